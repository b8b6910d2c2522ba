"""Lists inside of things that are changed below them: ``POST /cart/items`` shows the cart.

Items that have a path of their own, and are shown there, are things by themselves; these are not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from troth.contracts.document import Document, join
from troth.contracts.document.pointers import mapping
from troth.contracts.document.typing import types_of
from troth.contracts.loading.acting import Guess
from troth.contracts.loading.answers import names_in, parts_shown, top
from troth.contracts.loading.naming import identifier, letters_of, properties_of
from troth.contracts.loading.placing import ITEM, Operations, last_of
from troth.contracts.model import Node, Operation

_PLAIN = (("string",), ("integer",), ("number",))
_ON_LIST = {"POST": "add", "PUT": "set", "DELETE": "clear"}
_ON_ONE = {"PUT": "change", "PATCH": "change", "DELETE": "remove", "GET": "show"}


def by_parent(operations: Operations) -> Mapping[str, Collection[str]]:
    """The paths right below each path, also those that only lead to others."""
    found: dict[str, dict[str, None]] = {}
    for _, path in operations:
        for at in (path, path.rpartition("/")[0]):
            found.setdefault(at.rpartition("/")[0], {})[at] = None
    return found


def list_held(
    document: Document, operations: Operations, below: Mapping[str, Collection[str]], path: str
) -> str | None:
    """The list of what a path shows, where that is shown again when something is added to it below."""
    for schema in names_in([top(document, operations.get(("GET", path)))]):
        for at, name, _ in _lists_below(document, below, path, schema):
            adding = operations.get(("POST", at))
            if adding is None:
                continue
            if schema in names_in(parts_shown(document, adding)):
                return name
    return None


def contained(
    document: Document, operations: Operations, above: Mapping[str, str], owners: Mapping[str, str]
) -> Iterator[Guess]:
    """What is done with the items of lists; ``above``: the paths of things, with their schemas."""
    below = by_parent(operations)
    for path, schema in above.items():
        for at, name, items in _lists_below(document, below, path, schema):
            yield from _of_list(document, operations, at, schema, name)
            inside = [ITEM.match(one) for one in below.get(at, ())]
            matches = [match for match in inside if match is not None and match[0] not in owners]
            yield from _of_items(document, operations, matches, schema, name, items)
        for at, name, items in _lists_below(document, below, path, schema, plain=True):
            yield from _of_plain(document, operations, at, schema, name, items)


def _lists_below(
    document: Document, below: Mapping[str, Collection[str]], path: str, schema: str, *, plain: bool = False
) -> Iterator[tuple[str, str, Node]]:
    """The paths right below one that are called like a list of what that shows, with the list."""
    near = [at for at in below.get(path, ()) if "{" not in last_of(at)]
    if not near:
        return
    known = _lists(document, schema, plain=plain)
    lists = {letters_of(name): (name, items) for name, items in known.items()}
    for at in near:
        if letters_of(last_of(at)) in lists:
            yield (at, *lists[letters_of(last_of(at))])


def _lists(document: Document, schema: str, *, plain: bool) -> dict[str, Node]:
    """The lists of objects that a thing has, or of plain values, with the schemas of their items."""
    found = {}
    for name, one in properties_of(document, schema).items():
        resolved = document.schemas.resolve(one)
        items = mapping(resolved, "items")
        if types_of(resolved)[:1] != ("array",):
            continue
        if plain and types_of(document.schemas.resolve(items)) in _PLAIN:
            found[name] = items
        if not plain and mapping(document.schemas.whole(items), "properties"):
            found[name] = items
    return found


def _of_plain(
    document: Document, operations: Operations, at: str, schema: str, name: str, items: Node
) -> Iterator[Guess]:
    """What is done at the path of a list of plain values, where bodies say such values: `{users: [ann]}`."""
    for method, does in _ON_LIST.items():
        operation = operations.get((method, at))
        if operation is None or not _is_about(document, operation, schema):
            continue
        if method == "DELETE" and not operation.contents:
            yield _guess(operation, schema, {"in": name, "does": "clear"})
        elif _says_values(document, operation, name, items):
            does = "remove" if method == "DELETE" else does
            yield _guess(operation, schema, {"in": name, "does": does})


def _says_values(document: Document, operation: Operation, name: str, items: Node) -> bool:
    """Whether a body is a list of such values, or has one under its name and nothing else."""
    body, kind = document.schemas.whole(operation.body), types_of(document.schemas.resolve(items))
    sent = mapping(body, "properties")
    listed = body
    if sent:
        listed = document.schemas.resolve(sent.get(name)) if len(sent) == 1 else {}
    return types_of(document.schemas.resolve(mapping(listed, "items"))) == kind


def _of_list(document: Document, operations: Operations, at: str, schema: str, name: str) -> Iterator[Guess]:
    """What is done at the path of a list."""
    for method, does in _ON_LIST.items():
        operation = operations.get((method, at))
        if operation is None:
            continue
        if not _is_about(document, operation, schema):
            continue
        if method == "PUT" and not _sends_list(document, operation):
            continue
        if method == "DELETE" and operation.contents:
            does = "remove"
        yield _guess(operation, schema, {"in": name, "does": does})


def _of_items(
    document: Document,
    operations: Operations,
    matches: list[re.Match[str]],
    schema: str,
    name: str,
    items: Node,
) -> Iterator[Guess]:
    """What is done at the paths of items of a list."""
    known = mapping(document.schemas.whole(items), "properties")
    for match in matches:
        key = identifier(document, known, match["id"], match["collection"])
        for method, does in _ON_ONE.items():
            operation = operations.get((method, match[0]))
            if operation is not None and key is not None:
                words = {"in": name, "does": does, "by": match["id"], "key": key}
                yield _guess(operation, schema, words)


def _guess(operation: Operation, schema: str, parts: dict[str, Node]) -> Guess:
    verb = "read" if operation.method == "GET" else "action"
    why = f"{operation.method} {operation.path} is about {parts['in']} of the {schema}"
    serves = verb == "read" or "{" not in operation.path
    return Guess(operation.pointer, {"acts": f"{schema}.{verb}"}, why, serves, {"parts": parts})


def _sends_list(document: Document, operation: Operation) -> bool:
    """Whether a body is a list, or has one."""
    body = document.schemas.whole(operation.body)
    inside = mapping(body, "properties").values()
    return any(types_of(document.schemas.resolve(one))[:1] == ("array",) for one in (body, *inside))


def _is_about(document: Document, operation: Operation, schema: str) -> bool:
    """Whether an operation on a list answers with the thing that has it, or with nothing."""
    shown = top(document, operation)
    return shown is None or schema in names_in(parts_shown(document, operation))


def related(document: Document, operations: Operations, above: Mapping[str, str]) -> Iterator[Guess]:
    """What is done with the relationships of a thing (JSON:API): ``/articles/{id}/relationships/tags``."""
    for path, schema in above.items():
        around = document.schemas.resolve(properties_of(document, schema).get("relationships"))
        for name, one in mapping(around, "properties").items():
            data = mapping(document.schemas.resolve(one), "properties").get("data")
            if types_of(document.schemas.resolve(data))[:1] != ("array",):
                continue
            for method, does in {"POST": "add", "PATCH": "set", "DELETE": "remove"}.items():
                operation = operations.get((method, f"{path}/relationships/{name}"))
                if operation is not None:
                    at = join("", "relationships", name, "data")
                    yield _guess(operation, schema, {"in": at, "does": does})
