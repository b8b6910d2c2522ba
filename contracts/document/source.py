"""One file: its text, its data, and the line and column of any place in it.

Positions are looked up only for what is reported: :meth:`Source.locate` composes the text at its first call
(which costs as much as parsing), and of JSON looks only into what leads to the place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

from troth.contracts.document.json_places import JsonPlaces
from troth.contracts.document.pointers import split
from troth.contracts.errors import SourceError
from troth.contracts.model import Finding, Json, Location

LIMIT = 20_000_000
"""Bytes: a larger file is a mistake (the largest public documents have 8 MB)."""

MOST_VALUES, DEEPEST = 3_000_000, 200
"""What a file may grow to through its aliases, and how deep it may be nested."""

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Yaml12Loader(_Base):  # type: ignore[misc]
    """YAML 1.2 core schema (``on`` and dates stay strings), duplicate keys refused."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """As the base, but keys are strings (as in JSON) and none may come twice."""
        self.flatten_mapping(node)
        mapping: dict[Hashable, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be a string", key_node.start_mark
                )
            if key_node.value in mapping:
                raise yaml.constructor.ConstructorError(
                    None, None, f"duplicate key {key_node.value!r}", key_node.start_mark
                )
            mapping[key_node.value] = self.construct_object(value_node, deep=True)
        return mapping

    def construct_yaml_map(self, node: yaml.MappingNode) -> Any:
        data: dict[Hashable, Any] = {}
        yield data
        data.update(self.construct_mapping(node))


Yaml12Loader.add_constructor("tag:yaml.org,2002:map", Yaml12Loader.construct_yaml_map)
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+0123456789."),
    ("merge", r"^(?:<<)$", "<"),
):
    Yaml12Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def _int(loader: Any, node: yaml.ScalarNode) -> int:
    return int(loader.construct_scalar(node))


def _float(loader: Any, node: yaml.ScalarNode) -> float:
    return float(loader.construct_scalar(node))


Yaml12Loader.add_constructor("tag:yaml.org,2002:int", _int)
Yaml12Loader.add_constructor("tag:yaml.org,2002:float", _float)


class Source:
    """A parsed file; ``name`` is how messages call it."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self.text = _text(path, name)
        self.is_json = path.suffix == ".json"
        self.data: Json = _parse(self.text, name, is_json=self.is_json)
        within_bounds(self.data, name)

    @cached_property
    def _root(self) -> yaml.Node | None:
        try:
            return yaml.compose(self.text, Loader=Yaml12Loader)
        except yaml.YAMLError:  # JSON that YAML cannot read (tabs): findings then name the file only
            return None

    @cached_property
    def _places(self) -> JsonPlaces:
        return JsonPlaces(self.text)

    def locate(self, pointer: str, *, key: bool = True) -> Location:
        """Where a pointer stands (its key, for a member); the nearest existing parent where it does not."""
        if self.is_json:
            place = self._places.find(split(pointer))
            return Location(self.name, *self._places.position(place.key if key else place.value))
        node, mark = self._root, None
        for token in split(pointer):
            found = _child(node, token)
            if found is None:
                break
            key_node, node = found
            mark = key_node.start_mark if key and key_node else node.start_mark
        if mark is None and node is not None:
            mark = node.start_mark
        return Location(self.name, mark.line + 1, mark.column + 1) if mark else Location(self.name)

    def span(self, pointer: str) -> tuple[int, int] | None:
        """From where to where in the text the value at a pointer stands; None where that cannot be told."""
        if self.is_json:
            return self._places.span(split(pointer))
        node = self._root
        for token in split(pointer):
            found = _child(node, token)
            if found is None:
                return None
            node = found[1]
        return (node.start_mark.index, node.end_mark.index) if node is not None else None

    def beside(self, reference: str) -> tuple[Path, str]:
        """The file that a relative reference in this one means, and how messages call it."""
        relative = unquote(reference).replace("\0", "%00")
        return self.path.parent / relative, str(Path(self.name).parent / relative)

    def inside(self, pointer: str, text: str, offset: int) -> Location:
        """Where a character of a text value stands; where the value begins, if it is not on one line."""
        start = self.locate(pointer, key=False)
        line = self.line(start.line)[start.column - 1 :]
        for quote in ("", '"', "'"):
            if line.startswith(quote + text):
                return replace(start, column=start.column + len(quote) + offset)
        return start

    def line(self, number: int) -> str:
        """The text of a line, counted from 1."""
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.splitlines()


def _child(node: yaml.Node | None, token: str) -> tuple[yaml.Node | None, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next((pair for pair in node.value if pair[0].value == token), None)
    if isinstance(node, yaml.SequenceNode) and token.isdigit() and int(token) < len(node.value):
        return None, node.value[int(token)]
    return None


def _fail(message: str, name: str, line: int = 1, column: int = 1) -> SourceError:
    return SourceError([Finding("C01", message, location=Location(name, line, column))])


def _text(path: Path, name: str) -> str:
    if path.is_dir():
        raise _fail("is a directory; name the OpenAPI document inside it", name)
    try:
        size = path.stat().st_size
        if size > LIMIT:
            raise _fail(f"has {size:,} bytes; at most {LIMIT:,} are read", name)
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise _fail("there is no such file", name) from None
    except UnicodeDecodeError as error:
        raise _fail(f"is not UTF-8 text (byte {error.start})", name) from None
    except OSError as error:
        raise _fail(f"cannot be read: {error.strerror}", name) from None


def within_bounds(data: Json, name: str) -> None:
    """Raises SourceError where data is too much or nested too deeply."""
    try:
        size, depth = _measure(data, {})
    except RecursionError:
        size, depth = 0, DEEPEST + 1
    if depth > DEEPEST:
        raise _fail(f"is nested too deeply; at most {DEEPEST} levels are read", name)
    if size > MOST_VALUES:
        raise _fail(f"grows to {size:,} values through its aliases; at most {MOST_VALUES:,} are read", name)


def _measure(value: Json, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """How many values there are, aliases counted each time, and how deep they stand."""
    if not isinstance(value, (dict, list)):
        return 1, 0
    if id(value) not in known:
        values = value.values() if isinstance(value, dict) else value
        inner = [_measure(v, known) for v in values if isinstance(v, (dict, list))]
        size = 1 + len(value) - len(inner) + sum([n for n, _ in inner])
        known[id(value)] = size, 1 + max([d for _, d in inner], default=0)
    return known[id(value)]


def _parse(text: str, name: str, *, is_json: bool) -> Json:
    if is_json:
        return _parse_json(text, name)
    try:
        return yaml.load(text, Loader=Yaml12Loader)  # noqa: S506 (derives from CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = str(error.problem or "is not YAML")
        if "recursive" in problem:
            problem = "an alias stands inside of what it stands for"
        raise _fail(problem, name, line, column) from None
    except yaml.YAMLError as error:
        raise _fail(f"is not YAML: {str(error).splitlines()[0]}", name) from None
    except RecursionError:
        raise _fail(f"is nested too deeply; at most {DEEPEST} levels are read", name) from None


def _parse_json(text: str, name: str) -> Json:
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except _Twice as error:
        raise _fail(f"duplicate key {error.key!r}", name, *_second(text, error.key)) from None
    except json.JSONDecodeError as error:
        raise _fail(f"is not JSON: {error.msg}", name, error.lineno, error.colno) from None
    except RecursionError:
        raise _fail(f"is nested too deeply; at most {DEEPEST} levels are read", name) from None


class _Twice(Exception):
    def __init__(self, key: str) -> None:
        self.key = key


def _second(text: str, key: str) -> tuple[int, int]:
    """Line and column of a key that comes twice in one object; the top where YAML cannot read the text."""
    try:
        stack = [yaml.compose(text, Loader=Yaml12Loader)]
    except yaml.YAMLError:
        return 1, 1
    while stack:
        node = stack.pop()
        if isinstance(node, yaml.MappingNode):
            same = [key_node for key_node, _ in node.value if key_node.value == key]
            if len(same) > 1:
                return same[1].start_mark.line + 1, same[1].start_mark.column + 1
            stack += [value_node for _, value_node in node.value]
        elif isinstance(node, yaml.SequenceNode):
            stack += node.value
    return 1, 1


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    data = dict(pairs)
    if len(data) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _Twice(next(key for key in keys if keys.count(key) > 1))
    return data
