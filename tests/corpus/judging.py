"""Whether an answer is what its document says, asked of validators that troth itself does not use."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from jsonschema import FormatChecker
from openapi_schema_validator import (
    OAS30ReadValidator,
    OAS30WriteValidator,
    OAS31Validator,
    OAS32Validator,
    oas30_format_checker,
    oas31_format_checker,
    oas32_format_checker,
)
from referencing import Registry
from referencing.jsonschema import DRAFT4, DRAFT202012

ROOT = "urn:document"
KINDS: dict[str, Any] = {
    "3.0": (OAS30ReadValidator, OAS30WriteValidator, oas30_format_checker, DRAFT4),
    "3.1": (OAS31Validator, OAS31Validator, oas31_format_checker, DRAFT202012),
    "3.2": (OAS32Validator, OAS32Validator, oas32_format_checker, DRAFT202012),
}

_OWN_FAULT = re.compile(r" reference '.*' could not be resolved$", re.DOTALL)
"""What is said of a discriminator whose values name no schema: that no answer can help."""


def _formats(known: Any) -> Any:
    """A checker of formats; ``time`` is RFC 3339's (OpenAPI Format Registry), not that of a draft of 2010."""
    found = FormatChecker(())
    found.checkers = {name: check for name, check in known.checkers.items() if name != "time"}
    return found


class Judge:
    """Holds bodies and answers against one document, as it is written."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.read, self.write, formats, dialect = KINDS[document.version]
        self.formats = _formats(formats)
        self.registry = Registry().with_resource(ROOT, dialect.create_resource(document.data))

    def broken(self, pointer: str, value: Any, *, sent: bool = False) -> str | None:
        """How a value breaks the schema at a pointer."""
        kind = self.write if sent else self.read
        schema = {"$ref": f"{ROOT}#{quote(pointer)}"}
        validator = kind(schema, registry=self.registry, format_checker=self.formats)
        found = (error for error in validator.iter_errors(value) if not _OWN_FAULT.search(error.message))
        error = next(found, None)
        if error is None:
            return None
        return f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"

    def judge(self, pointer: str, status: int, headers: dict[str, str], raw: bytes) -> list[str]:
        """What is wrong with an answer of an operation."""
        found = self._response(pointer, status)
        if found is None:
            return [f"{status} is not documented: {headers.get('x-mock-reason', '')}: {raw[:150]!r}"]
        at, response = found
        if raw and status in (204, 304):
            return ["a body where there can be none"]
        problems = [
            f"no header {name}"
            for name in response.get("headers") or {}
            if self.document.resolve(f"{at}/headers/{_token(name)}")[1].get("required")
            and name.lower() not in headers
        ]
        return problems + self._body(at, response.get("content") or {}, status, headers, raw)

    def _response(self, pointer: str, status: int) -> tuple[str, Any] | None:
        responses = self.document.at(pointer).get("responses") or {}
        if not responses and status < 400:
            return pointer, {}
        keys = {key.upper(): key for key in responses}
        for key in (str(status), f"{status // 100}XX", "DEFAULT"):
            if key in keys:
                found: tuple[str, Any] = self.document.resolve(f"{pointer}/responses/{_token(keys[key])}")
                return found
        return None

    def _body(self, at: str, content: Any, status: int, headers: dict[str, str], raw: bytes) -> list[str]:
        if not content or status in (204, 205, 304):
            return []
        media = headers.get("content-type", "").partition(";")[0].strip().lower()
        key = next((key for key in content if _takes(key, media)), None)
        if key is None:
            return [f"{media!r} is none of {list(content)}"]
        place, entry = self.document.resolve(f"{at}/content/{_token(key)}")
        if "schema" not in entry or "json" not in media or re.search("jsonl|ndjson|json-seq", media):
            return []
        wrong = self.broken(f"{place}/schema", json.loads(raw))
        return [f"{status}: {wrong}"] if wrong else []


def _token(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _takes(known: str, media: str) -> bool:
    known = known.partition(";")[0].strip().lower()
    return known in ("*/*", media) or (known.endswith("/*") and media.startswith(known[:-1]))
