"""Things that belong to others without being made there: ``PUT /teams/{id}/members/{userId}`` of a user."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from troth.contracts.document import Document
from troth.contracts.document.pointers import mapping
from troth.contracts.loading.acting import Guess
from troth.contracts.loading.answers import items_of, names_in, parts_shown
from troth.contracts.loading.belonging import form_of
from troth.contracts.loading.naming import letters_of, properties_of
from troth.contracts.loading.placing import ITEM, Operations, last_of
from troth.contracts.loading.written import wrapped
from troth.contracts.model import Node, Operation

_DOES = {"PUT": "add", "POST": "add", "DELETE": "remove", "GET": "has"}


def linked(document: Document, operations: Operations, paths: Collection[str]) -> dict[str, str]:
    """The collections below a thing that list things with a path of their own, which are added and taken out
    there by their ids; with the schema of those."""
    homes, found = _homes(document, operations, paths), {}
    puts = {other.rpartition("/")[0]: one for (method, other), one in operations.items() if method == "PUT"}
    for (method, path), listing in operations.items():
        if method != "GET" or ITEM.match(path.rpartition("/")[0]) is None:
            continue
        for schema in names_in(items_of(document, parts_shown(document, listing))):
            if all(home.startswith(path) for home in homes.get(schema, ())):
                continue
            adding = puts.get(path)
            if _adds(document, adding, operations.get(("POST", path)), properties_of(document, schema)):
                found[path] = schema
    return {path: schema for path, schema in found.items() if _elsewhere(homes[schema], found)}


def _elsewhere(homes: Collection[str], linked: Collection[str]) -> bool:
    """Whether one of the paths that read a thing is of its own, and not below something that lists it."""
    return any(home.rpartition("/")[0] not in linked for home in homes)


def _homes(document: Document, operations: Operations, paths: Collection[str]) -> dict[str, list[str]]:
    """The paths that read one thing of a schema."""
    found: dict[str, list[str]] = {}
    for path in paths:
        for schema in names_in(parts_shown(document, operations.get(("GET", path)))):
            found.setdefault(schema, []).append(path)
    return found


def _adds(
    document: Document, naming: Operation | None, making: Operation | None, known: Mapping[str, Node]
) -> bool:
    """Whether things are added to a collection by a path that names one, or by a body of ids."""
    if naming is not None:
        return set(_sent(document, naming)).isdisjoint(known) and not wrapped(document, naming, known)
    if making is None:
        return False
    return _by_body(document, making) is not None


def _by_body(document: Document, operation: Operation) -> str | None:
    """The only property of a body, where it holds ids."""
    sent = list(_sent(document, operation))
    if len(sent) == 1 and letters_of(sent[0]).endswith(("id", "ids")):
        return sent[0]
    return None


def _sent(document: Document, operation: Operation) -> Iterator[str]:
    yield from mapping(document.schemas.whole(operation.body), "properties")


def linking(
    document: Document, operations: Operations, owners: Mapping[str, str], found: Mapping[str, str]
) -> Iterator[Guess]:
    """What is done with things that are linked to others."""
    above = {form_of(item): schema for item, schema in owners.items()}
    for (method, path), operation in operations.items():
        match = ITEM.match(path)
        collection, by = path, _by_body(document, operation)
        if match is not None and match["collection"] in found:
            collection, by = match["collection"], match["id"]
        whose = above.get(form_of(collection.rpartition("/")[0]))
        if collection not in found or whose is None:
            continue
        does = _DOES.get(method)
        if (method, path) == ("GET", collection):
            does, by = "list", "id"
        if does is None or by is None:
            continue
        links: dict[str, Node] = {"of": found[collection], "does": does, "in": last_of(collection)}
        if does != "list":
            links["by"] = by
        why = f"{method} {path} is about the {found[collection]} that a {whose} has"
        yield Guess(operation.pointer, {"acts": f"{whose}.action", "links": links}, why, serves=True)
