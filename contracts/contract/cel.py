"""CEL behind three verbs: compile, check, evaluate.

The runtime is cel-expr-python (Google's cel-cpp): names and types are checked when the document is
loaded, one evaluation takes about 5 µs, ``size()`` counts characters, and ``&&``/``||`` absorb errors of the
other side as CEL demands, which is what makes values that are not known evaluate to "unknown" only where
they matter.
"""

from __future__ import annotations

import marshal
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from cel_expr_python import cel

from troth.contracts.contract.cel_words import failure, syntax_problem
from troth.contracts.errors import ContractFault
from troth.contracts.model import Json, Node, Unknown

NAMES = ("self", "oldSelf", "request", "hidden", "parent", "now")
"""What an expression may speak of."""

LIMIT = 2000
"""Characters: a longer condition is a program, and those belong elsewhere."""

UNKNOWN = Unknown()
"""The result of an expression that depends on something not known."""

_SCALARS = frozenset({str, int, float, bool, type(None)})

_NOTHING = ...
"""Stands in a key for a property that is not there."""

LARGEST = 4000
"""Bytes of the values that an expression may read for its result to be remembered."""

RESULTS = 40 * LARGEST
"""Bytes of values for which results of one expression are remembered."""

_BY_VALUE = 2
"""The last version of marshal that writes equal values alike, whether or not they are one object."""

_OTHERWISE: dict[str, object] = dict.fromkeys(NAMES) | {"hidden": {}, "request": {}}
"""What an expression reads where a variable has no value."""

_TYPES = cel.Type
_ERROR = _TYPES.ERROR
_MAP = _TYPES.Map(_TYPES.STRING, _TYPES.DYN)
_EXTENSIONS = ("strings", "lists", "bindings", "two-var-comprehensions")
_ENVIRONMENT = cel.NewEnv(
    config=cel.NewEnvConfigFromYaml("extensions:\n" + "".join(f"- name: {name}\n" for name in _EXTENSIONS)),
    variables={
        "self": _TYPES.DYN,
        "oldSelf": _TYPES.DYN,
        "request": _MAP,
        "hidden": _MAP,
        "parent": _TYPES.DYN,
        "now": _TYPES.TIMESTAMP,
    },
)
_STRINGS = re.compile(r"r?(\"\"\".*?\"\"\"|'''.*?'''|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')", re.DOTALL)
_UNDECLARED = re.compile(r"undeclared reference to '([\w.]+)'")
_PLACE = re.compile(r"<input>:(\d+):(\d+): (.*)")


_HEADER = re.compile(
    r"(?P<begin>request\s*\.\s*headers\s*(?:\.\s*|\[\s*r?[\"']))(?P<name>[\w-]+)"
    r"|(?P<quote>[\"'])(?P<asked>[\w-]+)(?P<end>(?P=quote)\s+in\s+request\s*\.\s*headers\b)"
)
"""Where an expression names a header."""


def lowered(text: str) -> str:
    """An expression in which the names of headers are in lower case: they are the same in any."""
    if "headers" not in text:
        return text
    return _HEADER.sub(_in_lower_case, text)


def _in_lower_case(found: re.Match[str]) -> str:
    if found["name"] is not None:
        return found["begin"] + found["name"].lower()
    return found["quote"] + found["asked"].lower() + found["end"]


class ExpressionError(ValueError):
    """An expression that does not compile: what, and at which character of it (from 0)."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


@lru_cache(maxsize=4096)
def compile(text: str) -> Any:
    """The compiled expression; raises ExpressionError for syntax, unknown names and wrong types."""
    if len(text) > LIMIT:
        raise ExpressionError(f"has {len(text)} characters, at most {LIMIT} are taken")
    try:
        return _ENVIRONMENT.compile(lowered(text))
    except RuntimeError as error:
        found = _PLACE.search(str(error))
        if not found:
            raise ExpressionError(syntax_problem(str(error).splitlines()[0])) from None
        line, column, message = int(found[1]), int(found[2]), found[3]
        offset = sum(len(part) + 1 for part in text.split("\n")[: line - 1]) + column - 1
        if name := _UNDECLARED.search(message):
            offset = text.find(name[1])
        raise ExpressionError(syntax_problem(message), offset) from None


def names(text: str) -> frozenset[tuple[str, ...]]:
    """The dotted paths that an expression reads from its variables: ``{("self", "type"), …}``."""
    bare = _STRINGS.sub('""', text)
    paths = re.findall(rf"(?<![\w.])((?:{'|'.join(NAMES)})(?:\s*\.\s*[A-Za-z_]\w*(?!\w*\s*\())*)", bare)
    return frozenset(tuple(re.split(r"\s*\.\s*", path)) for path in paths)


@lru_cache(maxsize=4096)
def reads(text: str) -> Mapping[str, frozenset[str] | None]:
    """Which variables an expression reads, and which properties of each (None: all of them)."""
    found: dict[str, frozenset[str] | None] = {}
    for variable, *path in names(text):
        known = found.get(variable, frozenset())
        if path and known is not None:
            found[variable] = known | {path[0]}
        else:
            found[variable] = None
    return found


def narrowed(value: Node, properties: frozenset[str] | None) -> Node:
    """A mapping with nothing but the properties that are read."""
    if properties is None or not isinstance(value, Mapping):
        return value
    return {name: value[name] for name in properties if name in value}


def evaluate(text: str, values: Mapping[str, Json | datetime]) -> Json:
    """The value of an expression, or UNKNOWN where it hangs on something not known.

    ``values`` may hold :class:`Unknown` anywhere; a key that the contract knows of but whose value it
    does not is simply left out. Raises ContractFault when it fails although everything is known.
    """
    expression = _prepared(text)
    key = expression.key(values)
    if key is None:
        return _evaluated(expression, values)
    known = expression.results.get(key)
    if known is not None:
        return known[0]
    value = _evaluated(expression, values)
    if not isinstance(value, Unknown):
        expression.remember(key, value)
    return value


class _Expression:
    """A compiled expression, with what it has given for values that are not large."""

    def __init__(self, text: str) -> None:
        self.text, self.compiled = text, compile(text)
        self.reads = tuple(reads(text).items())
        self.results: dict[bytes, tuple[Json]] = {}
        self._held = 0

    def key(self, values: Mapping[str, Json | datetime]) -> bytes | None:
        """All that it reads, where that is not much; 1, 1.0 and true are not the same in CEL, nor here."""
        found: list[object] = []
        for name, properties in self.reads:
            member = values.get(name)
            if properties is None or type(member) is not dict:
                return None
            found.extend(member.get(part, _NOTHING) for part in properties)
        try:
            key = marshal.dumps(found, _BY_VALUE)
        except ValueError:  # something is not known, or in an order that is open
            return None
        if len(key) > LARGEST:
            return None
        return key

    def remember(self, key: bytes, value: Json) -> None:
        """Keep a result; where there are many, all are forgotten."""
        self._held += len(key)
        if self._held > RESULTS:
            self.results.clear()
            self._held = len(key)
        self.results[key] = (value,)


@lru_cache(maxsize=4096)
def _prepared(text: str) -> _Expression:
    return _Expression(text)


def _evaluated(expression: _Expression, values: Mapping[str, Json | datetime]) -> Json:
    text, whole = expression.text, True
    data: dict[str, object] = {}
    for name, properties in expression.reads:
        member, inner = _known(narrowed(values.get(name), properties))
        if member is None:
            member = _OTHERWISE[name]
        data[name] = member
        whole = whole and inner
    try:
        result = expression.compiled.eval(data=data)
    except (RuntimeError, OverflowError, ValueError, TypeError) as error:
        raise ContractFault(text, f"cannot be evaluated: {failure(str(error))}") from None
    if result.type() == _ERROR:
        if not whole:
            return UNKNOWN
        raise ContractFault(text, f"fails: {failure(str(result.value()))}")
    value: Json = result.plain_value()
    return value


def _known(value: object) -> tuple[object, bool]:
    """A value without what is not known in it, and whether that is all of it."""
    kind = type(value)
    if kind in _SCALARS:  # most are, and of those nothing else need be asked
        return value, True
    if type(value) is dict or isinstance(value, Mapping):  # the first is asked in no time
        return _known_members(value)
    if isinstance(value, Unknown):
        return None, False
    if isinstance(value, (list, tuple)):
        pairs = [_known(item) for item in value]
        return [item for item, _ in pairs], all(inner for _, inner in pairs)
    return value, True


def _known_members(value: Mapping[str, object]) -> tuple[dict[str, object], bool]:
    kept: dict[str, object] = {}
    whole = True
    for key, item in value.items():
        if type(item) in _SCALARS:
            kept[key] = item
        elif isinstance(item, Unknown):
            whole = False
        else:
            kept[key], inner = _known(item)
            whole = whole and inner
    return kept, whole
