"""One file: its text, its data, and the line and column of any place in it.

Positions are looked up only for what is reported: :meth:`Source.locate` composes the text at its first call
(which costs as much as parsing), and of JSON looks only into what leads to the place.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

import yaml

from troth.contracts.document.files import STDIN, NoFileError, read_file, read_stdin
from troth.contracts.document.json_places import JsonPlaces
from troth.contracts.document.pointers import split
from troth.contracts.document.yaml_loader import DEEPEST, TooDeepError, Yaml12Loader, brackets_open
from troth.contracts.errors import SourceError
from troth.contracts.model import Finding, Location, Node

LIMIT = 64 * 1024 * 1024
"""Bytes: a larger file is a mistake (the largest public documents have 8 MB)."""

MOST_VALUES = 10_000_000
"""What a file may grow to through its aliases."""


class Source:
    """A parsed file; ``name`` is how messages call it."""

    def __init__(self, path: Path, name: str, most: int = LIMIT) -> None:
        self.path = path
        self.name = name
        if str(path) == STDIN:
            self.name = name = "<stdin>"
        self.text = _text(path, name, most)
        self.is_json = _is_json(path, self.text)
        self.data: Node = _parse(self.text, name, is_json=self.is_json)
        within_bounds(self.data, name)
        if _HALF.search(self.text):
            self.data = _in_characters(self.data)

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
            offset = place.key if key else place.value
            return Location(self.name, *self._places.position(offset))
        if self._root is None:
            return Location(self.name)
        node, mark = self._root, self._root.start_mark
        for token in split(pointer):
            found = _child(node, token)
            if found is None:
                break
            key_node, node = found
            mark = node.start_mark
            if key and key_node is not None:
                mark = key_node.start_mark
        return Location(self.name, mark.line + 1, mark.column + 1)

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
        if node is None:
            return None
        return node.start_mark.index, node.end_mark.index

    def beside(self, reference: str) -> tuple[Path, str]:
        """The file that a relative reference in this one means, and how messages call it."""
        relative = unquote(reference).replace("\0", "%00")
        return self.path.parent / relative, os.path.normpath(Path(self.name).parent / relative)

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
        if not 0 < number <= len(self._lines):
            return ""
        return self._lines[number - 1]

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.splitlines()


def _child(node: yaml.Node | None, token: str) -> tuple[yaml.Node | None, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next((pair for pair in node.value if pair[0].value == token), None)
    if isinstance(node, yaml.SequenceNode) and token.isdigit():
        items = node.value[int(token) :]
        return (None, items[0]) if items else None
    return None


def _is_json(path: Path, text: str) -> bool:
    """Whether a text is JSON: by the name of its file, or by itself where it has none."""
    if str(path) != STDIN:
        return path.suffix == ".json"
    return is_json_text(text)


def is_json_text(text: str) -> bool:
    """Whether a text is a JSON object."""
    try:
        return text.lstrip().startswith("{") and json.loads(text) is not None
    except (ValueError, RecursionError):
        return False


def _fail(message: str, name: str, line: int = 1, column: int = 1) -> SourceError:
    return SourceError([Finding("C01", message, location=Location(name, line, column))])


def _text(path: Path, name: str, most: int) -> str:
    if path.is_dir():
        raise _fail("is a directory; name the OpenAPI document inside it", name)
    try:
        if str(path) == STDIN:
            return read_stdin(most).decode("utf-8-sig")
        return read_file(path, most).decode("utf-8-sig")
    except NoFileError as error:
        raise _fail(str(error.strerror), name) from None
    except FileNotFoundError:
        raise _fail("there is no such file", name) from None
    except UnicodeDecodeError as error:
        raise _fail(f"is not UTF-8 text (byte {error.start})", name) from None
    except OSError as error:
        raise _fail(f"cannot be read: {error.strerror}", name) from None


def _too_deep(name: str) -> SourceError:
    return _fail(f"is nested too deeply; at most {DEEPEST} levels are read", name)


def within_bounds(data: Node, name: str) -> None:
    """Raises SourceError where data is too much or nested too deeply."""
    try:
        size, depth = _measure(data, {})
    except RecursionError:
        raise _too_deep(name) from None
    if depth > DEEPEST:
        raise _too_deep(name)
    if size > MOST_VALUES:
        raise _fail(f"grows to {size:,} values through its aliases; at most {MOST_VALUES:,} are read", name)


def _measure(value: Node, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """How many values there are, aliases counted each time, and how deep they stand."""
    if not isinstance(value, (dict, list)):
        return 1, 0
    if id(value) in known:
        return known[id(value)]
    values = value.values() if isinstance(value, dict) else value
    size, depth = 1 + len(value), 0
    for inner in values:
        if isinstance(inner, (dict, list)):
            inner_size, inner_depth = _measure(inner, known)
            size += inner_size - 1
            depth = max(depth, inner_depth)
    known[id(value)] = size, depth + 1
    return known[id(value)]


def _parse(text: str, name: str, *, is_json: bool) -> Node:
    if is_json:
        return _parse_json(text, name)
    try:
        return yaml.load(text, Loader=Yaml12Loader)  # noqa: S506 (derives from a safe loader)
    except (TooDeepError, RecursionError):
        raise _too_deep(name) from None
    except yaml.MarkedYAMLError as error:
        raise _unreadable(error, text, name) from None
    except yaml.YAMLError as error:
        raise _fail(f"is not YAML: {str(error).splitlines()[0]}", name) from None


_QUOTE = "; a value with characters that mean something in YAML is put into quotes, or under `>-`"
_SYNTAX = re.compile(r"expected|not allowed|cannot start|undefined alias|unexpected")
_VALUE = re.compile(r"""[ \t-]*[\w$./{}"'-]+:[ \t]+(?P<value>\S.*)""")
_SAYS_MORE = re.compile(r"""^[!@`%*&|>"'\[{-]|[=!<>]=|&&|\|\||\b(self|oldSelf|request|hidden|parent)\.|: """)


def _is_value(text: str, index: int) -> bool:
    """Whether YAML stumbles over a value that looks like an expression, or begins as nothing plain can."""
    start = text.rfind("\n", 0, index) + 1
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else len(text)]
    found = _VALUE.match(line)
    return found is not None and _SAYS_MORE.search(found["value"]) is not None


def _unreadable(error: yaml.MarkedYAMLError, text: str, name: str) -> SourceError:
    mark = error.problem_mark or error.context_mark
    problem = str(error.problem or "is not YAML")
    if mark is None:
        return _fail(problem, name)
    if brackets_open(text[: mark.index]) > DEEPEST:
        return _too_deep(name)
    if "recursive" in problem:
        problem = "an alias stands inside of what it stands for"
    elif "the tag '!" in problem:
        problem = f"{problem.replace('could not determine a constructor for', 'nothing is known of')}{_QUOTE}"
    elif _SYNTAX.search(problem) and _is_value(text, mark.index):
        problem += _QUOTE
    return _fail(problem, name, mark.line + 1, mark.column + 1)


def _parse_json(text: str, name: str) -> Node:
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except _Twice as error:
        raise _fail(f"duplicate key {error.key!r}", name, *_second(text, error.key)) from None
    except json.JSONDecodeError as error:
        raise _fail(f"is not JSON: {error.msg}", name, error.lineno, error.colno) from None
    except RecursionError:
        raise _too_deep(name) from None
    except ValueError:  # the limit of Python's own numbers
        raise _fail("holds a number of too many digits", name, *_longest_number(text)) from None


def _longest_number(text: str) -> tuple[int, int]:
    """Line and column of the number with the most digits."""
    found = max(re.finditer(r"\d+", text), key=lambda digits: digits.end() - digits.start())
    before = text[: found.start()]
    return before.count("\n") + 1, found.start() - before.rfind("\n")


_HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""Half of a pair of surrogates, as escapes of JSON and YAML write it."""

_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def _in_characters(value: Node) -> Node:
    """A value in which pairs of surrogates are the characters that they stand for, and half of one, which no
    UTF-8 text can hold (RFC 3629, section 3), is written as its escape."""
    if isinstance(value, dict):
        return {_in_characters(key): _in_characters(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_in_characters(item) for item in value]
    if not isinstance(value, str):
        return value
    whole = _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), value)
    return whole.encode("utf-8", "backslashreplace").decode("utf-8")


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


def _unique(pairs: list[tuple[str, Node]]) -> dict[str, Node]:
    data = dict(pairs)
    if len(data) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _Twice(next(key for key in keys if keys.count(key) > 1))
    return data
