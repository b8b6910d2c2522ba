"""What of a document cannot be used is reported and left out; the rest of it is used.

A reference to nothing says nothing, and a keyword that JSON Schema does not know in this form does not hold:
an author reads of both, and everything else is linted, served and checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, unquote

import jsonschema_rs

from troth.contracts.document.annex_b import with_u
from troth.contracts.document.dynamic import KEYWORD as DYNAMIC
from troth.contracts.document.engine_patterns import can_be_tried, in_engine, is_ecma
from troth.contracts.document.hints import did_you_mean
from troth.contracts.document.pointers import join, named_in, reference, split, walk
from troth.contracts.document.references import (
    EMBEDDED,
    base_of,
    identified,
    own_ids,
    references,
    resolved,
    schemas_of,
    target,
)
from troth.contracts.document.schemas import upgrade
from troth.contracts.document.structure import misplaced
from troth.contracts.document.tangles import untangled
from troth.contracts.model import Node, Pointer

ROUNDS = 20
"""How often one schema is mended before all of it is left out."""

_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_URIS = ("uri", "uri-reference", "iri", "iri-reference")


@dataclass(frozen=True)
class Fault:
    """Something that was left out: where it stood, and why."""

    code: str
    pointer: Pointer
    message: str


def name_targets(data: dict[str, Node]) -> None:
    """References by ``$id`` and ``$anchor`` (JSON Schema 2020-12, section 8.2) as pointers, in place.

    Within a schema that has an ``$id``, references start from it, where they lead anywhere.
    """
    known = identified(data)
    if not known:
        return
    own = own_ids(known)
    for keyword in ("$ref", DYNAMIC):
        for at, ref in references(data, keyword):
            meant = _named(data, known, own, at, ref)
            if meant is not None:
                walk(data, split(at))[keyword] = reference(meant)["$ref"]
    for pointer in own:
        walk(data, split(pointer)).pop("$id", None)


def _named(
    data: Node, known: Mapping[str, Pointer], own: Mapping[Pointer, str], at: Pointer, ref: str
) -> Pointer | None:
    """The pointer that a reference means, where it is not one into the whole document."""
    absolute = resolved(base_of(own, at), ref)
    for name in (absolute, ref):
        if name in known:
            return known[name]
    name, _, fragment = absolute.partition("#")
    if name not in known:
        return None
    if fragment and not _exists(walk(data, split(known[name])), f"#{fragment}"):
        return None
    return known[name] + unquote(fragment)


def lost_dynamic(data: dict[str, Node]) -> list[Fault]:
    """Dynamic references to what is not there, left out in place."""
    faults = []
    for at, ref in references(data, DYNAMIC):
        if not _exists(data, ref):
            walk(data, split(at)).pop(DYNAMIC)
            faults.append(Fault("C03", join(at, DYNAMIC), f"{DYNAMIC} {ref!r} points to nothing"))
    return faults


def mend(data: dict[str, Node], version: str) -> list[Fault]:
    """Leave out what cannot be used, in place; says what that was."""
    misshapen = []
    for pointer, why in list(misplaced(data)):
        _remove(data, split(pointer))
        misshapen.append(Fault("D01", pointer, why))
    written = references(data)
    faults = [*_lost(data, written), *_circles(data, written), *_no_schemas(data, version)]
    for fault in faults:
        walk(data, split(fault.pointer)[:-1]).pop("$ref", None)
    tangled = [
        Fault("D01", pointer, f"the schema {why}") for pointer, why in untangled(data, _meant(written))
    ]
    found = [*misshapen, *faults, *tangled, *_malformed(data, version)]
    _encode(data)
    return found


_OF_FRAGMENTS = re.compile(r"[^A-Za-z0-9\-._~:@!$&'()*+,;=/?%#]")


def _encode(data: dict[str, Node]) -> None:
    """What may not stand in a URI as it is (RFC 3986, section 3.5) encoded in references, in place: many
    write the braces of paths, and blanks, as they are."""
    for at, ref in references(data):
        if ref.startswith("#") and _OF_FRAGMENTS.search(ref):
            walk(data, split(at))["$ref"] = _OF_FRAGMENTS.sub(lambda found: quote(found[0], safe=""), ref)


def _meant(written: Sequence[tuple[Pointer, str]]) -> list[str]:
    """What is referred to, each once."""
    return list(dict.fromkeys(ref for _, ref in written if ref.startswith("#/")))


def _lost(data: Node, written: Sequence[tuple[Pointer, str]]) -> list[Fault]:
    """References to what is not there."""
    known: dict[str, bool] = {}
    faults = []
    for at, ref in written:
        if ref not in known:
            known[ref] = _exists(data, ref)
        if not known[ref]:
            message = f"$ref {_written(ref)!r} points to nothing{_hint(data, ref)}"
            if "://" in ref:
                message = f"$ref {ref!r} leads to the network, which is not read"
            faults.append(Fault("C03", join(at, "$ref"), message))
    return faults


def _no_schemas(data: Node, version: str) -> Iterator[Fault]:
    """References of schemas to what is none and cannot be read as one: a parameter, a response."""
    roots, none = dict(schemas_of(data)), dict[str, bool]()
    for root, schema in roots.items():
        for at, ref in references(schema):
            if ref not in none:
                none[ref] = _is_none(data, ref, roots, version)
            if none[ref]:
                message = f"$ref {_written(ref)!r} points to what is no schema"
                yield Fault("C03", root + join(at, "$ref"), message)


def _is_none(data: Node, ref: str, roots: Mapping[Pointer, Node], version: str) -> bool:
    """Whether a reference leads to what stands in no schema of the document, and cannot be one."""
    tokens = target(ref)
    if tokens[:1] == (EMBEDDED,):
        return False
    if not _exists(data, ref):
        return False
    if any(join("", *tokens[:end]) in roots for end in range(len(tokens) + 1)):
        return False
    return _error(walk(data, tokens), version) is not None


def _exists(data: Node, ref: str) -> bool:
    if ref == "#":
        return True
    if not ref.startswith("#/"):
        return False
    try:
        walk(data, target(ref))
    except LookupError:
        return False
    return True


def _written(ref: str) -> str:
    """A reference as its file has it: without the place where another file is embedded."""
    if not ref.startswith(f"#/{EMBEDDED}/"):
        return ref
    return "#" + "/".join(["", *ref.split("/")[3:]])


def _hint(data: Node, ref: str) -> str:
    tokens = target(ref)
    try:
        siblings = walk(data, tokens[:-1])
    except LookupError:
        return ""
    if not isinstance(siblings, dict):
        return ""
    if not tokens:
        return ""
    return did_you_mean(tokens[-1], siblings)


def _circles(data: Node, written: Sequence[tuple[Pointer, str]]) -> list[Fault]:
    """References that lead back to themselves with nothing said on the way."""
    faults, done = [], set()
    for start, ref in reversed(written):
        way: list[Pointer] = [start]
        while way and way[-1] not in done:
            ahead = next((p for p in _same(data, way[-1]) if p not in done), None)
            if ahead in way:
                message = f"$ref {_written(ref)!r} leads back to itself"
                faults.append(Fault("C03", join(start, "$ref"), message))
                done.update(way)
            elif ahead is None:
                done.add(way.pop())
            else:
                way.append(ahead)
    return faults


def _same(data: Node, pointer: Pointer) -> list[Pointer]:
    """The places that say what a node is: where its ``$ref`` leads, the parts of its ``allOf``."""
    try:
        node = walk(data, split(pointer))
    except LookupError:
        return []
    if not isinstance(node, dict):
        return []
    ref, parts = node.get("$ref"), node.get("allOf")
    found = []
    if isinstance(ref, str) and ref.startswith("#/"):
        found.append(join("", *target(ref)))
    if isinstance(parts, list):
        found += [join(pointer, "allOf", i) for i in range(len(parts))]
    return found


def _malformed(data: dict[str, Node], version: str) -> Iterator[Fault]:
    """Schemas that JSON Schema does not allow, mended one after another."""
    for pointer, schema in [*schemas_of(data), *_in_other_files(data)]:
        for _ in range(ROUNDS):
            error = _error(schema, version)
            if error is None:
                break
            place = (*split(pointer), *_in_document(schema, named_in(schema, error.instance_path)))
            if _reads_otherwise(data, place, error):
                continue
            yield Fault("D01", join("", *place), _wording(error))
            _leave_out(data, place, error)
            schema = walk(data, split(pointer))
        else:
            _put(data, split(pointer), {})


def _in_other_files(data: dict[str, Node]) -> list[tuple[Pointer, Node]]:
    """The schemas of other files that schemas refer to."""
    found: dict[Pointer, Node] = {}
    if EMBEDDED not in data:
        return []
    waiting = [schema for _, schema in schemas_of(data)]
    while waiting:
        for _, ref in references(waiting.pop()):
            place = join("", *target(ref))
            if place not in found and place.startswith(f"/{EMBEDDED}/") and _exists(data, ref):
                found[place] = walk(data, target(ref))
                waiting.append(found[place])
    return list(found.items())


def _error(schema: Node, version: str) -> Any:
    """The first way in which a schema is none; it is looked for in the dialect that all become."""
    if version == "3.0":
        schema = upgrade(schema)
    if _meta_schema().is_valid(schema):
        return None
    return min(_meta_schema().iter_errors(schema), key=lambda error: -len(error.instance_path))


@cache
def _meta_schema() -> Any:
    """JSON Schema 2020-12's own; references are looked after elsewhere."""
    return jsonschema_rs.Draft202012Validator(
        {"$ref": "https://json-schema.org/draft/2020-12/schema"},
        validate_formats=True,
        formats=dict.fromkeys(_URIS, lambda _: True) | {"regex": _is_pattern},
    )


def _is_pattern(text: str) -> bool:
    """Whether a pattern is one, and one that the engine tries."""
    if not is_ecma(text):
        return False
    return can_be_tried(text)


def _in_document(schema: Node, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """A place in the upgraded schema as it is in the written one, or the nearest one above it."""
    found: list[str | int] = []
    tokens = list(path)
    while tokens:
        token = tokens.pop(0)
        try:
            schema = schema[token]
        except (LookupError, TypeError):
            if token != "anyOf":  # noqa: S105 (a keyword that `nullable` has become)
                break
            tokens = tokens[1:]
            continue
        found.append(token)
    return tuple(found)


def _reads_otherwise(data: Node, place: tuple[str | int, ...], error: Any) -> bool:
    """Whether a pattern is one by the older rules, or in words that the engine does not know; it is then
    written in those that it knows."""
    if error.kind.name != "format":
        return False
    pattern = walk(data, map(str, place))
    if not isinstance(pattern, str):
        return False
    if not is_ecma(pattern):
        pattern = with_u(pattern)
    if not _is_pattern(in_engine(pattern)):
        return False
    _put(data, place, in_engine(pattern))
    return True


def _wording(error: Any) -> str:
    message = str(error.message)
    if [*error.instance_path][-1:] == ["type"] and error.kind.name in ("anyOf", "enum"):
        return f"{message.partition(' is not')[0]} is no type; valid: {', '.join(_TYPES)}"
    if error.kind.name == "format" and is_ecma(str(error.instance)):
        return f"the pattern {_shortened(json.dumps(error.instance))} takes more room than there is to try it"
    if error.kind.name == "format":
        return f"the pattern {message.partition(' is not a')[0]} is not a regular expression (ECMA-262)"
    message = _shortened(message)
    name = next((str(token) for token in reversed([*error.instance_path])), "this")
    return f"`{name}` is not what JSON Schema allows: {message}"


def _shortened(text: str) -> str:
    if len(text) <= 200:
        return text
    return f"{text[:120]} … {text[-70:]}"


def _leave_out(data: Node, place: tuple[str | int, ...], error: Any) -> None:
    """Take away what is wrong: a schema that is none becomes one that says nothing, a keyword goes."""
    value = walk(data, map(str, place))
    if _is_no_schema(error):
        _put(data, place, {})
    elif isinstance(value, list) and error.kind.name == "uniqueItems":
        _put(data, place, [item for at, item in enumerate(value) if item not in value[:at]])
    else:
        _remove(data, place)


def _remove(data: Node, place: tuple[str | int, ...]) -> None:
    parent = walk(data, map(str, place[:-1]))
    if isinstance(parent, dict):
        del parent[place[-1]]
    else:
        parent[int(place[-1])] = {}  # what stands behind it keeps its place


def _is_no_schema(error: Any) -> bool:
    if error.kind.name != "type":
        return False
    return {"boolean", "object"} <= set(getattr(error.kind, "types", ()))


def _put(data: Node, place: tuple[str | int, ...], value: Node) -> None:
    parent = walk(data, map(str, place[:-1]))
    if isinstance(parent, dict):
        parent[place[-1]] = value
    else:
        parent[int(place[-1])] = value
