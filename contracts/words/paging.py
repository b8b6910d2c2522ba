"""``paging``: how an API cuts its lists into pages, said once: ``{page: page, size: limit, default: 10}``.

``page`` and ``size`` are query parameters (pages count from 1), ``default`` is the size where none is sent;
``total`` and ``pages`` point to where a body says how many records and pages there are. With ``cursor`` the
parameter names the record after which to go on: its id, or what the body says at ``next``; ``more`` points to
whether there are any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace

from troth.contracts.contract import Contract
from troth.contracts.document import join, split
from troth.contracts.model import Finding, Json, Operation, Pointer
from troth.contracts.promises.facts import BREAKS, MAYBE, Compatibility, Fact
from troth.contracts.promises.promise import Aspect, PlannedCall, Probe, Promise, Sentence, Subject, Turn
from troth.contracts.words._stages import ApplyStage
from troth.contracts.words._starts import accepted_start
from troth.contracts.words._step import Step
from troth.contracts.words._word import Site, Word

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
    cursor: str | None = None
    next: tuple[str, ...] = ()
    more: tuple[str, ...] = ()

    def cut(self, query: Mapping[str, Json]) -> tuple[int, int | None]:
        """The page that a query asks for, and its size (None: all)."""
        page, size = query.get(self.page or "", 1), query.get(self.size or "", self.default)
        return (page if isinstance(page, int) else 1), (size if isinstance(size, int) else self.default)

    def applies(self, operation: Operation) -> bool:
        """Whether an operation lists page by page."""
        names = {p.name for p in operation.parameters if p.place == "query"}
        return operation.verb == "list" and bool(names & {self.page, self.size, self.cursor})


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
            "cursor": {"type": "string"},
            "next": {"$ref": "#/$defs/pointer"},
            "more": {"$ref": "#/$defs/pointer"},
        },
    }
    applies_at = ApplyStage.PAGE

    def parse(self, value: Json, site: Site) -> Paging:
        return Paging(
            site.pointer,
            value.get("page"),
            value.get("size"),
            value.get("default"),
            split(value.get("total", "")),
            split(value.get("pages", "")),
            value.get("cursor"),
            split(value.get("next", "")),
            split(value.get("more", "")),
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
        size_here = total if size is None else size  # one page with everything, and nothing after it
        start = _after(step, paging) if paging.cursor else (page - 1) * size_here
        cut = step.records[start : start + size_here]
        left = start + len(cut) < total
        shows: dict[tuple[str, ...], Json] = {
            paging.total: total,
            paging.pages: pages(total, size),
            paging.next: cut[-1].id if cut and left else None,
            paging.more: left,
        }
        asked = {paging.page: page, paging.size: size or total}
        shows |= {
            (*paging.total[:-1], name): v for name, v in asked.items() if name and _echoed(step, paging, name)
        }
        return replace(step, records=cut, shows={**step.shows, **{k: v for k, v in shows.items() if k}})

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        paging = paging_of(contract, operation)
        if paging is None:
            return
        base, at = f"{operation.id}/paging", paging.pointer
        given = accepted_start(operation)
        probes = [Probe((PlannedCall(operation.id),), given)]
        probes += [
            Probe((PlannedCall(operation.id, query={paging.size: n}),), given) for n in SIZES if paging.size
        ]
        probes += (
            [Probe((PlannedCall(operation.id, query={paging.page: FAR}),), given)] if paging.page else []
        )
        says = f"{operation.id} shows one page, and counts all records"
        subject = Subject(operation.id, Aspect.PAGING)
        yield Promise(base, operation.id, says, at, tuple(probes), subject=subject, turn=Turn.PAGES)
        if paging.page or paging.cursor:
            says = f"the pages of {operation.id} show every record once"
            through = Probe((PlannedCall(operation.id, fill=False),), given, walk=True)
            yield Promise(f"{base}/walk", operation.id, says, at, (through,), turn=Turn.PAGES)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        paging = paging_of(contract, operation) if operation else None
        if paging is None:
            return
        parts = [f"`{paging.page}` counts pages from 1"] if paging.page else []
        parts += [f"`{paging.size}` is the size of a page"] if paging.size else []
        parts += [f"`{paging.cursor}` continues after a record"] if paging.cursor else []
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

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if old is not None and new is not None and old.key != ("default",):
            return BREAKS, "clients that go through pages find nothing under the old name"
        if new is None:
            return MAYBE, "how lists are cut is not said now"
        if old is None:
            return MAYBE, "lists that came whole may come in pages"
        return MAYBE, "pages have another size where none is asked for"


def _after(step: Step, paging: Paging) -> int:
    """The place behind the record that the cursor names; the end where it names none."""
    cursor, records = step.call.query.get(paging.cursor or ""), step.records or ()
    if cursor is None:
        return 0
    return next((i + 1 for i, record in enumerate(records) if record.id == str(cursor)), len(records))


def _echoed(step: Step, paging: Paging, name: str) -> bool:
    """Whether the body repeats what was asked for: an object about the page does, and what it declares."""
    if len(paging.total) > 1:
        return True
    schemas, success = step.contract.document.schemas, step.operation.success
    schema = schemas.resolve(success.schema) if success and success.schema else {}
    return bool(paging.total) and name in schema.get("properties", {})


def paging_of(contract: Contract, operation: Operation) -> Paging | None:
    """How an operation's list is cut; None where it is not."""
    paging: Paging | None = contract.words.get("paging")
    return paging if paging is not None and paging.applies(operation) else None


def pages(total: int, size: int | None) -> int:
    """How many pages there are."""
    return -(-total // size) if size else 1
