"""Bodies as HTML forms: ``application/x-www-form-urlencoded`` and ``multipart/form-data``.

A form knows texts only: numbers, booleans, lists and objects are what the schema makes of them. Members of
objects and lists are named with brackets (``card[name]``, ``tags[]``, ``tags[0]``), lists also by a name that
is there several times (OpenAPI 3.1, section 4.8.15; brackets are its ``deepObject``, and everybody's custom).
A part of ``multipart/form-data`` that is an object comes as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from troth.contracts.document.casting import Texts, kinds_of, texts_of
from troth.contracts.document.pointers import listing, mapping
from troth.contracts.document.schemas import Schemas
from troth.contracts.document.typing import types_of
from troth.contracts.model import Json, Node, Schema

MULTIPART = "multipart/form-data"
FORMS = ("application/x-www-form-urlencoded", MULTIPART)
DEEPEST = 50
"""Levels of objects and lists in a form; more are taken for text."""

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def form_type(media_types: Iterable[str]) -> str | None:
    """The form type of a body that comes as a form only; None where JSON (or anything) is taken, too."""
    names = [media.partition(";")[0].strip().lower() for media in media_types]
    if any(takes_json(name) for name in names):
        return None
    return next((name for name in names if name in FORMS), None)


def takes_json(media: str) -> bool:
    """Whether a media type, or range of them, is JSON or anything."""
    if "*" in media:
        return True
    return "json" in media


def pairs(body: Json, deep: frozenset[str] = frozenset(), *, as_json: bool = False) -> list[tuple[str, str]]:
    """The fields of a form; what no form can say (an empty list) is left out.

    A list repeats its name, unless it is one of the ``deep`` ones or has parts: those are numbered.
    Objects are JSON with ``as_json``, else their members are fields.
    """
    found: list[tuple[str, str]] = []
    if not isinstance(body, Mapping):
        return found
    for name, value in body.items():
        if name in deep:
            found += _fields(name, value)
            continue
        for one in _repeated(value, as_json=as_json):
            if as_json and _has_parts(one):
                found.append((name, json.dumps(one)))
            else:
                found += _fields(name, one)
    return found


def _repeated(value: Json, *, as_json: bool) -> Sequence[Json]:
    """The values of a name that is there several times; one for any other."""
    if not isinstance(value, list):
        return [value]
    if as_json:
        return value
    if any(_has_parts(item) for item in value):
        return [value]
    return value


def _has_parts(value: Json) -> bool:
    return isinstance(value, (list, Mapping))


def _fields(name: str, value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _fields(f"{name}[{key}]", item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _fields(f"{name}[{index}]", item)
    elif value is None:
        yield name, ""
    elif isinstance(value, bool):
        yield name, str(value).lower()
    else:
        yield name, str(value)


def from_pairs(schemas: Schemas, schema: Node, fields: Iterable[tuple[str, str]]) -> dict[str, Json]:
    """The body that a form means, its texts typed as the schema asks."""
    tree: dict[str, Node] = {}
    for name, text in fields:
        _put(tree, _path(name), text)
    typed: dict[str, Json] = _typed(schemas, schema, tree)
    return typed


def _path(name: str) -> list[str]:
    """``card[name]`` taken apart; a name that is none of this kind is one part."""
    found = _NAME.fullmatch(name)
    if found is None:
        return [name]
    inner = re.findall(r"\[([^\[\]]*)\]", found[2])
    if len(inner) > DEEPEST:
        return [name]
    return [found[1], *inner]


def _put(tree: dict[str, Node], path: list[str], text: str) -> None:
    """Hang a text into the tree; several of one name are a list."""
    for part in path[:-1]:
        inner = tree.get(part)
        if not isinstance(inner, dict):
            inner = {}
        tree[part] = inner
        tree = inner
    last = path[-1] or str(len(tree))
    old = tree.get(last)
    if old is None:
        tree[last] = text
    elif isinstance(old, list):
        old.append(text)
    else:
        tree[last] = [old, text]


def _typed(schemas: Schemas, schema: Node, value: Node) -> Node:
    """A text, a list of texts or a tree of them as the types of a schema allow."""
    options = _options(schemas, schema)
    kinds = kinds_of(schemas, schema)
    if isinstance(value, dict):
        if not _is_list(value, kinds):
            return _object(schemas, options, value)
        value = list(value.values())
    if isinstance(value, list):
        return _list(schemas, options, value) if "array" in kinds else value[-1]
    if "array" in kinds and not _may_be_text(options, value):
        return _list_of_text(schemas, options, value)
    return _typed_text(schemas, schema, texts_of(schemas, schema), value)


def _typed_text(schemas: Schemas, schema: Node, texts: Texts, text: str) -> Json:
    if _may_be_json(texts.kinds, text):
        with suppress(ValueError):
            parsed: Json = json.loads(text)
            return parsed
    if texts.several and text.startswith(("{", "[")) and not schemas.fits(schema, text):
        return _as_json(schemas, schema, text)
    return texts.read(text)


def _as_json(schemas: Schemas, schema: Node, text: str) -> Json:
    """What a text means that is none of the texts of its schema: JSON, if that keeps it."""
    with suppress(ValueError, RecursionError):
        parsed: Json = json.loads(text)
        if schemas.fits(schema, parsed):
            return parsed
    return text


def _options(schemas: Schemas, schema: Node) -> list[Node]:
    """A schema and its alternatives, with references followed."""
    resolved = schemas.resolve(schema)
    if not isinstance(resolved, Mapping):
        return [{}]
    alternatives = listing(resolved, "anyOf") or listing(resolved, "oneOf")
    return [resolved, *map(schemas.resolve, alternatives)]


def _is_list(tree: Mapping[str, Node], kinds: Collection[str]) -> bool:
    """Whether the members of a tree are items: by the schema, or by numbers for names."""
    if "array" in kinds:
        return True
    if "object" in kinds:
        return False
    if not kinds:
        return False
    if not tree:
        return False
    return all(key.isdigit() for key in tree)


def _list(schemas: Schemas, options: list[Node], values: list[Node]) -> list[Node]:
    items: Node = next((option["items"] for option in options if "items" in option), {})
    return [_typed(schemas, items, one) for one in values]


def _list_of_text(schemas: Schemas, options: list[Node], text: str) -> list[Node]:
    """A list that came as one text: JSON where its items are no texts, else its only item."""
    items: Node = next((option["items"] for option in options if "items" in option), {})
    kinds = kinds_of(schemas, items)
    if text.startswith("[") and kinds and _may_be_json(("array", *kinds), text):
        with suppress(ValueError):
            parsed: Json = json.loads(text)
            if isinstance(parsed, list):
                return parsed
    return [_typed(schemas, items, text)]


def _may_be_json(kinds: Collection[str], text: str) -> bool:
    if "string" in kinds:
        return False
    if {"object", "array"}.isdisjoint(kinds):
        return False
    if not text.startswith(("{", "[")):
        return False
    return text.count("[") + text.count("{") <= DEEPEST


def _may_be_text(options: list[Node], text: str) -> bool:
    """Whether a text may be meant as it is, and not as a list of one."""
    texts = [option for option in options if "string" in types_of(option)]
    return any(text in option.get("enum", (text,)) for option in texts)


def _object(schemas: Schemas, options: list[Node], value: Mapping[str, Node]) -> dict[str, Node]:
    known: dict[str, Node] = {}
    others: list[Schema] = []
    for option in options:
        known = {**mapping(option, "properties"), **known}
        if not isinstance(option, Mapping):
            continue
        if isinstance(option.get("additionalProperties"), dict):
            others.append(option["additionalProperties"])
    more = others[0] if others else {}
    return {name: _typed(schemas, known.get(name, more), one) for name, one in value.items()}
