"""The shape of a document's words: JSON Schema of each place, and what is wrong with it, in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from troth.contracts.document import Document, did_you_mean, join
from troth.contracts.document.carriers import KEY, carriers
from troth.contracts.document.hints import closest
from troth.contracts.document.openapi import VERSIONS, places
from troth.contracts.document.pointers import mapping
from troth.contracts.model import Finding, Node, Pointer, Schema
from troth.contracts.words import WORDS

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError


@lru_cache(maxsize=1)
def meta_schema() -> Mapping[str, Any]:
    """JSON Schema 2020-12 of ``x-contract``, by where it stands (``$defs/document|operation|schema``)."""
    by_place = {}
    for place in ("document", "operation", "schema"):
        properties = {word.name: word.schema for word in WORDS if word.name and place in word.places}
        if place == "operation":
            properties["assumed"] = {"type": "boolean"}
        by_place[place] = {"type": "object", "additionalProperties": False, "properties": properties}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {**_COMMON, **by_place},
    }


_COMMON: Schema = {
    "cel": {"type": "string", "minLength": 1},
    "name": {
        "type": "string",
        "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
        "description": "a name of letters, digits and _",
    },
    "duration": {
        "type": "string",
        "pattern": r"^P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$",
        "description": "an ISO 8601 duration of days and less, such as PT24H",
    },
    "pointer": {"type": "string", "pattern": "^/", "description": "a JSON Pointer such as /error"},
    "states": {
        "oneOf": [
            {"type": "string"},
            {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
        ]
    },
    "status": {"oneOf": [{"type": "integer", "minimum": 400, "maximum": 599}, {"enum": ["4XX", "5XX"]}]},
    "outcome": {
        "oneOf": [
            {"enum": ["applied", "ignored", "rejected"]},
            {
                "type": "array",
                "items": {"enum": ["applied", "ignored", "rejected"]},
                "minItems": 2,
                "uniqueItems": True,
            },
        ]
    },
}


def shape_findings(document: Document) -> list[Finding]:
    """What is wrong with the document's frame and with the shape of its words (C01, C02)."""
    found = list(frame_findings(document))
    if found:
        return found
    for at, place in carriers(document):
        pointer = join(at, KEY)
        if place:
            found += _word_findings(document, pointer, place, document.at(pointer))
        else:
            message = f"{KEY!r} has no effect here; it is read at the document, in operations and in schemas"
            found.append(document.finding("C02", message, pointer))
    return found + list(_near_misses(document))


def frame_findings(document: Document) -> Iterator[Finding]:
    """C01: what is no OpenAPI document of a version that is read."""
    data = document.data
    if "swagger" in data:
        message = (
            f"is Swagger {data['swagger']}, which is not read; convert it to OpenAPI 3 first, "
            "for example with `npx swagger2openapi FILE -o openapi.yaml` or in the Swagger Editor"
        )
        yield document.finding("C01", message, "/swagger")
    elif "openapi" not in data:
        close = closest("openapi", data)
        hint = ", such as `openapi: 3.0.3`"
        if close is not None:
            hint = f"; is {close!r} meant to be it?"
        yield document.finding("C01", f"does not say its version: `openapi` is missing{hint}", "")
    elif not isinstance(data["openapi"], str) or document.version not in VERSIONS:
        message = f"`openapi: {data['openapi']}` is not read; valid are texts such as "
        message += "'3.0.3', '3.1.0' and '3.2.0'"
        yield document.finding("C01", message, "/openapi")
    elif not isinstance(data.get("paths", {}), dict):
        yield document.finding("C01", "`paths` must be a mapping of paths", "/paths")


def _word_findings(document: Document, pointer: Pointer, place: str, value: Node) -> list[Finding]:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - a document without words need not wait for it

    schema = {**meta_schema(), "$ref": f"#/$defs/{place}"}
    found = []
    for error in Draft202012Validator(schema).iter_errors(value):
        error = _deepest(error)
        broken: Any = error.schema
        instance: Any = error.instance
        if error.validator == "additionalProperties":
            known = broken.get("properties", {})
            for name in instance:
                if name not in known:
                    message = f"there is no {name!r} here{did_you_mean(name, known)}"
                    found.append(document.finding("C01", message, join(pointer, *error.absolute_path, name)))
        else:
            found.append(document.finding("C01", _wording(error), join(pointer, *error.absolute_path)))
    return found


def _deepest(error: ValidationError) -> ValidationError:
    """Of alternatives, the one that the author most likely meant: the one of the same type."""
    while error.context:
        fitting = [e for e in error.context if e.validator != "type"]
        error = max(fitting or error.context, key=lambda e: len(e.absolute_path))
        if not fitting:
            break
    return error


def _wording(error: ValidationError) -> str:
    wanted: Any = error.validator_value
    schema: Any = error.schema
    found = _found(error.instance)
    if error.validator == "enum":
        close = closest(str(error.instance), wanted)
        if close is None:
            return f"found {found}; valid: {_listed(wanted)}"
        return f"found {found}; did you mean {close!r}?"
    if error.validator == "type":
        return f"found {found}, expected {_KINDS.get(wanted, wanted)}"
    if error.validator == "pattern":
        return f"found {found}, expected {schema.get('description', f'text like {wanted}')}"
    return str(error.message)


def _found(value: Node) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value)


_KINDS = {"object": "a mapping", "array": "a list", "string": "text", "boolean": "true or false"}


def _listed(values: Iterable[object]) -> str:
    return ", ".join(map(str, values))


def _near_misses(document: Document) -> Iterator[Finding]:
    """C02: an extension whose name is almost ``x-contract`` would be silently without effect."""
    carrying: list[Pointer] = ["", *(place.pointer for place in places(document))]
    schemas = mapping(mapping(document.data, "components"), "schemas")
    carrying += [join("/components/schemas", name) for name in schemas]
    for at in carrying:
        node = document.at(at)
        if not isinstance(node, dict):
            continue
        for key in node:
            if key != KEY and _is_close(str(key).lower().replace("_", "-")):
                yield document.finding("C02", f"{key!r} has no effect; did you mean {KEY!r}?", join(at, key))


def _is_close(name: str) -> bool:
    if name in ("xcontract", "contract"):
        return True
    return name.startswith("x-") and closest(name, [KEY], 0.85) is not None
