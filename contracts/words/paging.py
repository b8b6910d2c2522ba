"""``paging``: how an API cuts its lists into pages, said once: ``{page: page, size: limit, default: 10}``.

``page`` and ``size`` are query parameters (pages count from 1), ``default`` is the size where none is sent;
``total`` and ``pages`` point to where a body says how many records and pages there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace

from contracts.contract import Contract
from contracts.document import join, split
from contracts.model import Finding, Json, Operation, Pointer
from contracts.promises import BREAKS, MAYBE, Fact, Judgement, Probe, Promise, Sentence, Shot
from contracts.words._word import Site, Step, Word

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
        probes = [Probe((Shot(operation.id),))]
        probes += [Probe((Shot(operation.id, query={paging.size: n}),)) for n in SIZES if paging.size]
        probes += [Probe((Shot(operation.id, query={paging.page: FAR}),))] if paging.page else []
        says = f"{operation.id} shows one page, and counts all records"
        yield Promise(base, operation.id, says, at, tuple(probes))

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        paging = paging_of(contract, operation) if operation else None
        if paging is None:
            return
        parts = [f"`{paging.page}` counts pages from 1"] if paging.page else []
        parts += [f"`{paging.size}` is the size of a page"] if paging.size else []
        parts += [f"a page has {paging.default} records where nothing else is asked for"] * bool(
            paging.default
        )
        yield Sentence(f"Shows one page: {', '.join(parts)}.", paging.pointer)
        counts = {"all records": paging.total, "the pages": paging.pages}
        for what, at in counts.items():
            if at:
                yield Sentence(f"`{join('', *at)}` counts {what}.", paging.pointer)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        paging: Paging | None = contract.words.get(self.name)
        if operation is not None or paging is None:
            return
        for part in fields(paging):
            value = getattr(paging, part.name)
            if part.name != "pointer" and value not in (None, ()):
                shown = join("", *value) if isinstance(value, tuple) else value
                about = f"`{part.name}` of paging"
                yield Fact((part.name,), value, f"is `{shown}`", paging.pointer, about=about)

    def judge(self, old: Fact | None, new: Fact | None) -> Judgement:
        if old is not None and new is not None and old.key != ("default",):
            return BREAKS, "clients that go through pages find nothing under the old name"
        if new is None:
            return MAYBE, "how lists are cut is not said now"
        if old is None:
            return MAYBE, "lists that came whole may come in pages"
        return MAYBE, "pages have another size where none is asked for"


def paging_of(contract: Contract, operation: Operation) -> Paging | None:
    """How an operation's list is cut; None where it is not."""
    paging: Paging | None = contract.words.get("paging")
    return paging if paging is not None and paging.applies(operation) else None


def pages(total: int, size: int | None) -> int:
    """How many pages there are."""
    return -(-total // size) if size else 1
