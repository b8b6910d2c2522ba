"""``paging``: how an API cuts its lists into pages, said once: ``{page: page, size: limit, default: 10}``.

``page`` and ``size`` are query parameters (pages count from 1), ``default`` is the size where none is sent;
``total`` and ``pages`` point to where a body says how many records and pages there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from contracts.contract import Contract
from contracts.document import split
from contracts.model import Finding, Json, Operation, Pointer
from contracts.promises import Probe, Promise, Shot
from contracts.words._word import Site, Step, Word, accepting

SIZES = (2, 3, 5)
FAR = 9999
"""A page that no test account has."""


@dataclass(frozen=True)
class Paging:
    """The word's value: parameter names, the default size, and pointers into list bodies."""

    pointer: Pointer
    page: str | None = None
    size: str | None = None
    default: int | None = None
    total: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()

    def cut(self, query: Mapping[str, Json]) -> tuple[int, int | None]:
        """The page that a query asks for, and its size (None: all)."""
        page, size = query.get(self.page or "", 1), query.get(self.size or "", self.default)
        return (page if isinstance(page, int) else 1), (size if isinstance(size, int) else self.default)

    def applies(self, operation: Operation) -> bool:
        """Whether an operation lists page by page."""
        names = {p.name for p in operation.parameters if p.place == "query"}
        return operation.verb == "list" and bool(names & {self.page, self.size})


class PagingWord(Word):
    """Cuts lists, and counts."""

    name = "paging"
    places = ("document",)
    schema = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {
            "page": {"type": "string"},
            "size": {"type": "string"},
            "default": {"type": "integer", "minimum": 1},
            "total": {"$ref": "#/$defs/pointer"},
            "pages": {"$ref": "#/$defs/pointer"},
        },
    }
    applies_at = 15

    def parse(self, value: Json, site: Site) -> Paging:
        return Paging(
            site.pointer,
            value.get("page"),
            value.get("size"),
            value.get("default"),
            split(value.get("total", "")),
            split(value.get("pages", "")),
        )

    def errors(self, contract: Contract) -> Iterator[Finding]:
        paging: Paging | None = contract.words.get(self.name)
        if paging is not None and not any(paging.applies(o) for o in contract.operations.values()):
            message = "no list operation has a query parameter that is named here"
            yield contract.document.finding("C03", message, paging.pointer)

    def apply(self, step: Step) -> Step:
        paging = paging_of(step.contract, step.operation)
        if paging is None or step.records is None:
            return step
        page, size = paging.cut(step.call.query)
        total = len(step.records)
        shows: dict[tuple[str, ...], Json] = {paging.total: total, paging.pages: pages(total, size)}
        if len(paging.total) > 1:  # an object about the page repeats what was asked for
            shows[*paging.total[:-1], paging.page or ""] = page
            shows[*paging.total[:-1], paging.size or ""] = size or total
        size_here = total if size is None else size  # one page with everything, and nothing after it
        cut = step.records[(page - 1) * size_here : page * size_here]
        return replace(
            step, records=cut, shows={**step.shows, **{k: v for k, v in shows.items() if all(k) and k}}
        )

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        paging = paging_of(contract, operation)
        if paging is None:
            return
        base, at = f"{operation.id}/paging", paging.pointer
        given = accepting(operation)
        probes = [Probe((Shot(operation.id),), given)]
        probes += [Probe((Shot(operation.id, query={paging.size: n}),), given) for n in SIZES if paging.size]
        probes += [Probe((Shot(operation.id, query={paging.page: FAR}),), given)] if paging.page else []
        says = f"{operation.id} shows one page, and counts all records"
        yield Promise(base, operation.id, says, at, tuple(probes))


def paging_of(contract: Contract, operation: Operation) -> Paging | None:
    """How an operation's list is cut; None where it is not."""
    paging: Paging | None = contract.words.get("paging")
    return paging if paging is not None and paging.applies(operation) else None


def pages(total: int, size: int | None) -> int:
    """How many pages there are."""
    return -(-total // size) if size else 1
