"""What the runtime of CEL says of an expression, in words for its author."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from troth.contracts.document.hints import closest

_INSTEAD: Mapping[str, str] = {
    "and": "`&&` is what CEL has for it",
    "or": "`||` is what CEL has for it",
    "not": "`!` is what CEL has for it",
    "is": "`==` is what CEL has for it",
    "like": "use `.matches('…')`, `.contains('…')` or `.startsWith('…')`",
    "between": "use `a <= x && x <= b`",
    "then": "use `condition ? one : other`",
    "if": "use `condition ? one : other`",
    "len": "`size(…)` is what CEL has for it",
    "length": "`size(…)` is what CEL has for it",
    "count": "`size(…)` is what CEL has for it",
    "nil": "`null` is what CEL has for it",
    "none": "`null` is what CEL has for it",
    "undefined": "`null` is what CEL has for it, `has(…)` asks whether something is there",
    "lower": "`.lowerAscii()` is what CEL has for it",
    "upper": "`.upperAscii()` is what CEL has for it",
    "includes": "`.contains('…')` is what CEL has for it, `x in list` for lists",
    "today": "`now` is the time of the call",
    "true": "`true` is written in lower case",
    "false": "`false` is written in lower case",
}
"""What authors write who come from other languages."""

_VARIABLES = ("self", "oldSelf", "request", "hidden", "parent", "now")
_FUNCTIONS = (
    "size", "contains", "startsWith", "endsWith", "matches", "has", "all", "exists", "exists_one", "filter",
    "map", "int", "double", "string", "bool", "timestamp", "duration", "type", "dyn", "lowerAscii",
    "upperAscii", "replace", "split", "join", "trim", "substring", "indexOf", "lastIndexOf", "charAt",
    "getFullYear", "getMonth", "getDate",
    "getDayOfMonth", "getDayOfWeek", "getHours", "getMinutes", "getSeconds",
)  # fmt: skip

END = "<EOF>"
"""What the parser calls the end of an expression."""

_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
_UNEXPECTED = re.compile(r"(?:mismatched|extraneous) input '(.*)' expecting (.*)", re.DOTALL)
_MISSING = re.compile(r"missing '(.*)' at '(.*)'")
_UNKNOWN_TOKEN = re.compile(r"token recognition error at: '(.*)'", re.DOTALL)
_NO_WAY = re.compile(r"no viable alternative at input '(.*)'", re.DOTALL)
_NO_KEY = re.compile(r"Key not found in map : \"(.*)\"")
_OVERLOAD = re.compile(r"[Nn]o matching overloads? (?:found )?(?::|for) ?'?([^']*)'?(?: applied to '(.*)')?")
_OPERATOR = re.compile(r"^[_@]([^_]+?)_?$")
_CODE = re.compile(r"^[A-Z_]+: ")
_TYPES: Mapping[str, str] = {"int64": "int"}


def syntax_problem(message: str) -> str:
    """Why an expression does not compile."""
    for pattern, wording in _WORDINGS.items():
        found = pattern.search(message)
        if found:
            return wording(*found.groups())
    if "overload" in message:
        return failure(message)
    return message.removeprefix("Syntax error: ")


def _missing(what: str, before: str) -> str:
    if before == END:
        return f"`{what}` is missing at the end"
    return f"`{what}` is missing before `{before}`"


def _undeclared(name: str) -> str:
    name = name.partition(".")[0]
    instead = _INSTEAD.get(name.lower())
    if instead is not None:
        return f"there is no `{name}`: {instead}"
    near = closest(name, (*_VARIABLES, *_FUNCTIONS, *_INSTEAD))
    if near is not None and near in _INSTEAD:
        return f"there is no `{name}`: {_INSTEAD[near]}"
    if near is not None:
        return f"there is no `{name}`; did you mean `{near}`?"
    return f"there is no `{name}`; valid: {', '.join(_VARIABLES)}, and functions of CEL"


def _unexpected(token: str, expected: str) -> str:
    if token == END:
        wanted = re.findall(r"'([\])}:])'", expected)
        if expected.count(",") < 4 and wanted:
            return f"it ends where `{wanted[0]}` is missing"
        return "it ends too early: a value is missing at the end"
    if token.lower() in _INSTEAD:
        return f"there is no `{token}`: {_INSTEAD[token.lower()]}"
    return _not_expected(token)


def _not_expected(token: str) -> str:
    return f"`{token.removesuffix(END)}` is not expected here"


def _unknown_token(token: str) -> str:
    token = token.strip()
    if token in _NO_OPERATORS:
        return f"`{token}` is no operator; {_NO_OPERATORS[token]}"
    if token.startswith(("'", '"')):
        if "\\" in token:
            return (
                f"the text {token} has an escape that CEL does not know; write r'…' for a regular expression"
            )
        return "a text begins here and does not end: a quote is missing"
    if token in ("\u201c", "\u201d", "\u2018", "\u2019"):
        return f"{token} is no quote in CEL; write ' or \""
    return f"`{token}` means nothing in CEL"


_NO_OPERATORS = {"=": "`==` compares", "&": "`&&` is", "|": "`||` is"}
_WORDINGS: Mapping[re.Pattern[str], Callable[..., str]] = {
    _UNDECLARED: _undeclared,
    _MISSING: _missing,
    _UNEXPECTED: _unexpected,
    _UNKNOWN_TOKEN: _unknown_token,
    _NO_WAY: _not_expected,
}


def failure(message: str) -> str:
    """Why an expression has no value."""
    if found := _NO_KEY.search(message):
        return f"there is no {found[1]!r}; ask `has(…)` (or `{found[1]!r} in …`) first"
    if found := _OVERLOAD.search(message):
        return _types_do_not_fit(found[1], found[2])
    if "Applying SELECT to non-message type" in message:
        return "a property is asked of a value that has none"
    if found := re.search(r"Index error: index=(-?\d+) size=(\d+)", message):
        return f"there is no item {found[1]} in a list of {found[2]}"
    return _CODE.sub("", message)


def _types_do_not_fit(what: str, applied: str | None) -> str:
    if "jump_condition" in what:
        return "a condition before `?` is neither true nor false"
    name, _, types = what.partition("(")
    types = types.rstrip(")") or (applied or "").strip("()")
    operator = _OPERATOR.match(name.strip())
    shown = name.strip()
    if operator is not None:
        shown = operator[1]
    if shown.startswith("!"):
        shown = "!"
    said = ", ".join(_TYPES.get(kind.strip(), kind.strip()) for kind in types.split(",") if kind.strip())
    if not said:
        return f"`{shown}` does not take values of these types"
    return f"`{shown}` does not take values of these types ({said})"
