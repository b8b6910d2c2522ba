"""Bodies as HTML forms: ``application/x-www-form-urlencoded`` and ``multipart/form-data``.

A form knows texts only: numbers, booleans, lists and objects are what the schema makes of them. Members of
objects and lists are named with brackets (``card[name]``, ``tags[]``, ``tags[0]``), lists also by a name that
is there several times (OpenAPI 3.1, section 4.8.15; brackets are its ``deepObject``, and everybody's custom).
A part of ``multipart/form-data`` that is an object comes as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from troth.contracts.document.schemas import Schemas, types_of
from troth.contracts.model import Json

MULTIPART = "multipart/form-data"
FORMS = ("application/x-www-form-urlencoded", MULTIPART)
DEEPEST = 50
"""Levels of objects and lists in a form; more are taken for text."""

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,300})(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?")


def form_type(media_types: Iterable[str]) -> str | None:
    """The form type of a body that comes as a form only; None where JSON (or anything) is taken, too."""
    names = [media.partition(";")[0].strip().lower() for media in media_types]
    if any("json" in name or "*" in name for name in names):
        return None
    return next((name for name in names if name in FORMS), None)


def pairs(body: Json, deep: frozenset[str] = frozenset(), *, as_json: bool = False) -> list[tuple[str, str]]:
    """The fields of a form; what no form can say (an empty list) is left out.

    A list repeats its name, unless it is one of the ``deep`` ones or has parts: those are numbered.
    Objects are JSON with ``as_json``, else their members are fields.
    """
    found: list[tuple[str, str]] = []
    for name, value in body.items() if isinstance(body, Mapping) else ():
        plain = isinstance(value, list) and not any(isinstance(item, (list, Mapping)) for item in value)
        repeated = value if isinstance(value, list) and (plain or as_json) and name not in deep else [value]
        for one in repeated:
            whole = as_json and isinstance(one, (list, Mapping)) and name not in deep
            found += [(name, json.dumps(one))] if whole else _fields(name, one)
    return found


def _fields(name: str, value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, (Mapping, list)):
        for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _fields(f"{name}[{key}]", item)
    elif isinstance(value, bool) or value is None:
        yield name, "" if value is None else str(value).lower()
    else:
        yield name, str(value)


def from_pairs(schemas: Schemas, schema: Json, fields: Iterable[tuple[str, str]]) -> dict[str, Json]:
    """The body that a form means, its texts typed as the schema asks."""
    tree: dict[str, Json] = {}
    for name, text in fields:
        found = _NAME.fullmatch(name)
        inner = re.findall(r"\[([^\[\]]*)\]", found[2]) if found else []
        path = [found[1], *inner] if found and len(inner) <= DEEPEST else [name]
        _put(tree, path, text)
    typed: dict[str, Json] = _typed(schemas, schema, tree)
    return typed


def _put(tree: dict[str, Json], path: list[str], text: str) -> None:
    """Hang a text into the tree; several of one name are a list."""
    for part in path[:-1]:
        inner = tree.get(part)
        tree[part] = tree = inner if isinstance(inner, dict) else {}
    last = path[-1] or str(len(tree))
    old = tree.get(last)
    tree[last] = text if old is None else [*(old if isinstance(old, list) else [old]), text]


def _typed(schemas: Schemas, schema: Json, value: Json) -> Json:
    """A text, a list of texts or a tree of them as the types of a schema allow."""
    resolved = schemas.resolve(schema) if schema else {}
    resolved = resolved if isinstance(resolved, Mapping) else {}
    options = [resolved, *map(schemas.resolve, resolved.get("anyOf") or resolved.get("oneOf") or ())]
    kinds = tuple(dict.fromkeys(kind for option in options for kind in types_of(option)))
    if isinstance(value, dict):
        numbered = bool(value) and all(key.isdigit() for key in value)
        if "array" in kinds or (numbered and "object" not in kinds and kinds):
            value = list(value.values())
        else:
            return _object(schemas, options, value)
    if isinstance(value, list) or ("array" in kinds and not _text(options, value)):
        items: Json = next((option["items"] for option in options if "items" in option), {})
        listed = value if isinstance(value, list) else [value]
        return [_typed(schemas, items, one) for one in listed] if "array" in kinds else listed[-1]
    shallow = value.count("[") + value.count("{") <= DEEPEST
    if shallow and value[:1] in ("{", "[") and "string" not in kinds and {"object", "array"} & {*kinds}:
        with suppress(ValueError):
            return json.loads(value)
    return scalar(kinds, value)


def _text(options: list[Any], text: str) -> bool:
    """Whether a text may be meant as it is, and not as a list of one."""
    texts = [option for option in options if "string" in types_of(option)]
    return any(text in option.get("enum", (text,)) for option in texts)


def _object(schemas: Schemas, options: list[Any], value: Mapping[str, Json]) -> dict[str, Json]:
    known: dict[str, Json] = {}
    for option in options:
        known = {**(option.get("properties") or {}), **known}
    others = (option.get("additionalProperties") for option in options)
    more = next((other for other in others if isinstance(other, dict)), {})
    return {name: _typed(schemas, known.get(name, more), one) for name, one in value.items()}


def scalar(kinds: Iterable[str], text: str) -> Json:
    """The typed value, or the text itself: that it is none is for validation to say."""
    number: Any = _NUMBER.fullmatch(text)
    for kind in kinds:
        if kind == "boolean" and text in ("true", "false"):
            return text == "true"
        if kind == "integer" and number and number[2] is number[3] is None:
            return int(text)
        if kind == "number" and number:
            return float(text)
    return text
