"""D01: the document against the OpenAPI Initiative's own JSON Schema of its version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import jsonschema_rs

from troth.contracts.document import Document, join
from troth.contracts.document.bundle import EMBEDDED
from troth.contracts.document.official import official_schema
from troth.contracts.lint.beyond_schema import beyond
from troth.contracts.lint.schema_errors import Problem, problems
from troth.contracts.model import Finding

_DRAFTS: dict[str, Any] = {
    "3.0": jsonschema_rs.Draft4Validator,
    "3.1": jsonschema_rs.Draft202012Validator,
    "3.2": jsonschema_rs.Draft202012Validator,
}


def check(document: Document) -> Iterator[Finding]:
    """Where the document is not what its OpenAPI version allows: each mistake once, at its key."""
    whole = {key: value for key, value in document.data.items() if key != EMBEDDED}
    official = official_schema(document.version)
    told = {(fault.pointer, fault.message) for fault in document.faults}
    lost = {fault.pointer.removesuffix("/$ref") for fault in document.faults if fault.code == "C03"}
    found = [
        problem
        for error in _validator(document.version).iter_errors(whole)
        for problem in problems(error, official)
        if not _is_sibling(document, problem.path)
    ]
    for problem in (*_told_once(document, found), *beyond(document)):
        pointer = join("", *problem.path)
        if (pointer in lost and document.at(pointer) == {}) or (pointer, problem.message) in told:
            continue
        told.add((pointer, problem.message))
        yield document.finding("D01", problem.message, pointer, "error")


def _told_once(document: Document, found: Sequence[Problem]) -> Iterator[Problem]:
    """The problems without keys that are missing only because they are wrong, or wrongly spelled."""
    known = {fault.pointer for fault in document.faults}
    known |= {join("", *one.path[:-1], str(one.about)) for one in found if one.kind == "unexpected"}
    for problem in found:
        if problem.kind != "required" or join("", *problem.path, str(problem.about)) not in known:
            yield problem


def _is_sibling(document: Document, path: tuple[str | int, ...]) -> bool:
    """Whether a key stands beside a ``$ref``, which is a rule of its own."""
    if not path:
        return False
    parent = document.at(join("", *path[:-1]))
    return isinstance(parent, dict) and "$ref" in parent and path[-1] != "$ref"


@cache
def _validator(version: str) -> Any:
    return _DRAFTS[version](official_schema(version))
