"""Which records the tester has made below which others: no list of another one may show them."""

from __future__ import annotations

from collections.abc import Iterable

from troth.contracts.check.looking import Items, Place
from troth.contracts.document.pointers import leaves
from troth.contracts.model import Json, Record


class Belonging:
    """Remembers below what nested records were made, as long as each can belong to one only.

    Where a call names what it adds, as a member of a team, or where the same id was made below two, the ids
    of a resource do not tell where a record belongs.
    """

    def __init__(self) -> None:
        self._parents: dict[str, dict[str, str]] = {}
        self._shared: set[str] = set()
        self.counted: set[str] = set()
        """Resources of which things below two others have the same id."""

    def note(self, made: Record, sent: Json) -> None:
        """A record was made by a call with such a body."""
        if made.parent is None:
            return
        known = self._parents.setdefault(made.resource, {})
        if known.get(made.id, made.parent) != made.parent:
            self.counted.add(made.resource)
        if any([made.id in map(str, leaves(sent)), made.resource in self.counted]):
            self._shared.add(made.resource)
        known[made.id] = made.parent

    def share(self, resource: str) -> None:
        """A list showed an id that is known of another parent."""
        self._shared.add(resource)

    def elsewhere(self, place: Place, own: Iterable[Record], field: str | None) -> Items:
        """Those of the tester's own records, by id, that belong to another one than this; ``field``: the
        property that says so itself."""
        resource, parent = place
        if parent is None:
            return {}
        others = [one for one in own if one.parent not in (None, parent)]
        if field is not None:
            return {one.id: one.data for one in others if str(one.data.get(field)) == one.parent}
        if resource in self._shared:
            return {}
        known = self._parents.get(resource, {})
        return {one.id: one.data for one in others if one.id in known}
