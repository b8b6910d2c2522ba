"""Rules of other linters that are left out on purpose, and why: so that nobody has to look for them."""

from __future__ import annotations

from collections.abc import Mapping

LEFT_OUT: Mapping[str, tuple[tuple[str, ...], str]] = {
    "component-name-unique": (
        ("redocly",),
        "files are embedded whole, and components of two files with one name are never mixed up",
    ),
    "path-segment-plural": (
        ("redocly",),
        "whether a word is a plural is a guess about English, wrong too often to be worth an ignore",
    ),
    "response-contains-property": (
        ("redocly",),
        "`required` in the response's schema says it, and the checks hold the API to that",
    ),
    "spec-strict-refs": (
        ("redocly",),
        "where a `$ref` may stand, D01 says from the official schema",
    ),
    "spec-example-values": (
        ("redocly",),
        "it is about the Example Object of OpenAPI 3.2, which is not read yet",
    ),
    "oas3_2-no-deprecated-xml-attribute": (
        ("spectral",),
        "it is about OpenAPI 3.2, which is not read yet",
    ),
    "oas2-*": (
        ("spectral", "vacuum"),
        "Swagger 2 is not read: convert the document first",
    ),
    "migrate-zally-ignore": (
        ("vacuum",),
        "it renames the ignore comments of another linter",
    ),
    "owasp-*": (
        ("vacuum",),
        "a set about security; whether an API keeps out callers without a token, `troth check` tries",
    ),
}
"""Per name: the linters that have it, and the reason."""
