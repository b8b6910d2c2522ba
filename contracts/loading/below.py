"""Things that are made and listed below others and named by themselves: ``POST /posts/{id}/comments`` makes
what ``/comments/{id}`` names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from troth.contracts.loading.placing import ITEM, Operations
from troth.contracts.model import Operation


class Below(NamedTuple):
    """A collection below the things of a path, and whose things it holds."""

    schema: str
    above: str
    making: Operation
    listing: Operation | None


def collections_below(operations: Operations, owners: Mapping[str, str]) -> Iterator[Below]:
    """Each collection that makes what another path names, where nothing else makes it."""
    for path, schema in owners.items():
        match = ITEM.match(path)
        if match is None:
            continue
        if list(owners.values()).count(schema) != 1:
            continue
        own = match["collection"]
        if ("POST", own) in operations:
            continue
        found = [place for place in _named_alike(operations, own) if _item(place) in owners]
        if len(found) == 1:
            [place] = found
            yield Below(schema, _item(place), operations["POST", place], operations.get(("GET", place)))


def _named_alike(operations: Operations, collection: str) -> Iterator[str]:
    """The paths that something can be posted to, and that end as a collection does."""
    last = collection.rpartition("/")[2]
    for method, path in operations:
        if method == "POST" and path != collection and path.rpartition("/")[2] == last:
            yield path


def _item(collection: str) -> str:
    """The path of the thing that a collection is below."""
    return collection.rpartition("/")[0]
