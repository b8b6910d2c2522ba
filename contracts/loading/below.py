"""Things that are made and listed below others and named by themselves: ``POST /posts/{id}/comments`` makes
what ``/comments/{id}`` names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from troth.contracts.loading.placing import ITEM, Operations, last_of
from troth.contracts.model import Operation


class Below(NamedTuple):
    """A collection below the things of a path, and whose things it holds."""

    schema: str
    above: str
    making: Operation
    listing: Operation | None


def collections_below(operations: Operations, owners: Mapping[str, str]) -> Iterator[Below]:
    """Each collection that makes what another path names, where nothing else makes it."""
    times, posted = Counter(owners.values()), by_end(operations)
    for path, schema in owners.items():
        match = ITEM.match(path)
        if match is None:
            continue
        if times[schema] != 1:
            continue
        own = match["collection"]
        if ("POST", own) in operations:
            continue
        alike = posted.get(last_of(own), ())
        found = [place for place in alike if place != own and _item(place) in owners]
        if len(found) == 1:
            [place] = found
            yield Below(schema, _item(place), operations["POST", place], operations.get(("GET", place)))


def by_end(operations: Operations) -> dict[str, list[str]]:
    """The paths that something can be posted to, by the word in which they end."""
    found: dict[str, list[str]] = {}
    for method, path in operations:
        if method == "POST":
            found.setdefault(last_of(path), []).append(path)
    return found


def _item(collection: str) -> str:
    """The path of the thing that a collection is below."""
    return collection.rpartition("/")[0]
