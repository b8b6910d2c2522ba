"""How a list is cut into pages, whichever word says it: `paging` for all lists, or `query` of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from troth.contracts.contract.asked import Question
from troth.contracts.model import Json, Operation, Pointer


@dataclass(frozen=True)
class Paging:
    """The word's value: parameter names, the default size, and pointers into list bodies."""

    pointer: Pointer
    page: str | None = None
    size: str | None = None
    default: int | None = None
    total: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    cursor: str | None = None
    next: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    shift: int = 0
    """In denied contracts only: how far the pages after the first one are displaced."""
    offset: str | None = None
    first: int | None = None
    """The first page, or the first offset, where that is said."""
    of_query: bool = False
    """It is `query` that says how a list is cut."""

    def cut(self, query: Mapping[str, Json]) -> tuple[int, int | None]:
        """The page that a query asks for, and its size (None: all)."""
        page, size = _number(query, self.page), _number(query, self.size)
        if page is None:
            page = 1
        elif self.first is not None:
            page += 1 - self.first
        if size is None:
            size = self.default
        return page, size

    def start(self, query: Mapping[str, Json]) -> int:
        """How many records lie before the page that a query asks for."""
        offset = _number(query, self.offset)
        if offset is not None:
            return offset - self.first_offset
        page, size = self.cut(query)
        return (page - 1) * (size or 1)

    @property
    def first_page(self) -> int:
        """The number of the first page."""
        if self.first is None:
            return 1
        return self.first

    @property
    def first_offset(self) -> int:
        """The offset of the first record."""
        if self.first is None:
            return 0
        return self.first

    def following(self, pages: int, records: int) -> Mapping[str, Json]:
        """The query of the page that comes after so many pages, which had so many records."""
        if self.page is not None:
            return {self.page: pages + self.first_page}
        if self.offset is not None:
            return {self.offset: records + self.first_offset}
        return {}

    def applies(self, operation: Operation) -> bool:
        """Whether an operation lists page by page."""
        if operation.verb != "list":
            return False
        names = {p.name for p in operation.parameters if p.place == "query"}
        return not names.isdisjoint({self.page, self.size, self.cursor})


def of_query(question: Question, query: Any) -> Paging | None:
    """What `query` says of pages; None where it says nothing."""
    page, size = question.named("page"), question.named("size")
    cursor, offset = question.named("cursor"), question.named("offset")
    if page is not None:
        offset = None
    if not any((page, size, cursor, offset)):
        return None
    told: dict[str, tuple[str, ...]] = {what: place for place, what in query.shows.items()}
    starts = question.parameters.get(page or offset or "")
    sizes = question.parameters.get(size or "")
    return Paging(
        query.pointer,
        page,
        size,
        sizes.default if sizes else None,
        told.get("total", ()),
        told.get("pages", ()),
        cursor,
        told.get("cursor", ()),
        told.get("more", ()),
        offset=offset,
        first=starts.first if starts else None,
        of_query=True,
    )


def _number(query: Mapping[str, Json], name: str | None) -> int | None:
    """The whole number that is sent under a name."""
    if name is None:
        return None
    value = query.get(name)
    if isinstance(value, int):
        return value
    return None
