"""``paging``: how an API cuts its lists into pages, said once: ``{page: page, size: limit, default: 10}``.

``page`` and ``size`` are query parameters (pages count from 1), ``default`` is the size where none is sent;
``total`` and ``pages`` point to where a body says how many records and pages there are. With ``cursor`` the
parameter names the record after which to go on: its id, or what the body says at ``next``; ``more`` points to
whether there are any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from troth.contracts.contract import Contract
from troth.contracts.contract.asked import Question, question_of
from troth.contracts.contract.selection import Found, Listing
from troth.contracts.document import join, split
from troth.contracts.frozen import replace
from troth.contracts.model import Finding, Json, Node, Operation, Record, Unknown
from troth.contracts.promises.denial import Denial, with_words
from troth.contracts.promises.facts import BREAKS, MAYBE, Compatibility, Fact
from troth.contracts.promises.promise import Aspect, PlannedCall, Probe, Promise, Sentence, Subject, Turn
from troth.contracts.words._binding import Binding
from troth.contracts.words._page_sizes import usual_size
from troth.contracts.words._pages import Paging, of_query
from troth.contracts.words._stages import ApplyStage
from troth.contracts.words._starts import filled_start
from troth.contracts.words._step import Step
from troth.contracts.words._word import Site, Word

SIZES = (2, 3, 5)
MANY = 4
MOST_MADE = 30
"""Records of which small pages are full, with more to come."""

FAR = 9999
"""A page that no test account has."""


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

    def parse(self, value: Node, site: Site) -> Paging:
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
        paging = declared_paging(contract)
        if paging is None:
            return
        if not any(paging.applies(operation) for operation in contract.operations.values()):
            message = "no list operation has a query parameter that is named here"
            yield contract.document.finding("C03", message, paging.pointer)

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        if paging_of(contract, operation) is None:
            return None
        return self

    def apply(self, step: Step) -> Step:
        paging = paging_of(step.contract, step.operation)
        if paging is None or step.records is None:
            return step
        records = step.records
        if isinstance(records, Listing):  # one index does for all pages
            records = records.without((paging.page, paging.size, paging.cursor))
            step = replace(step, records=records)
        page, size = paging.cut(step.call.query)
        if size is None:
            size = _usual(step, paging)
        total = len(records)
        length = size
        if length is None:
            length = total  # one page with everything, and nothing after it
        start = (page - 1) * length
        if paging.cursor:
            start = _after(records, step.call.query.get(paging.cursor))
        if start:
            start += paging.shift
        cut = records[start : start + length]
        shows = _shown(step, paging, start, cut, size)
        for name, value in ((paging.page, page), (paging.size, size or max(total, 1))):
            if name and _echoed(step, paging, name):
                shows[(*paging.total[:-1], name)] = value
        shows.pop((), None)  # what the word does not place
        return replace(step, records=cut, shows={**step.shows, **shows}, total=total)

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        paging = cut_of(contract, operation)
        if paging is None:
            return
        given = filled_start(contract, operation)
        says = f"{operation.id} shows one page, and counts all records"
        base, subject = f"{operation.id}/paging", Subject(operation.id, Aspect.PAGING)
        probes = tuple(Probe((planned,), given, beside=MANY) for planned in _pages(operation, paging))
        denials = tuple(_uncut(operation, paging))
        yield Promise(
            base,
            operation.id,
            says,
            paging.pointer,
            probes,
            subject=subject,
            turn=Turn.PAGES,
            denials=denials,
        )
        if paging.default and paging.default <= MOST_MADE:
            yield Promise(
                f"{base}/default",
                operation.id,
                f"a page of {operation.id} has {paging.default} records where nothing else is asked for",
                paging.pointer,
                (Probe((PlannedCall(operation.id),), given, beside=paging.default + 1),),
                subject=Subject(operation.id, Aspect.PAGING, "default"),
                turn=Turn.PAGES,
                denials=tuple(_otherwise_long(operation, paging, paging.default)),
            )
        if any((paging.page, paging.cursor, paging.offset)):
            says = f"the pages of {operation.id} show every record once"
            through = Probe((PlannedCall(operation.id),), given, walk=True, beside=_for_two_pages(paging))
            displaced = tuple(_displaced(operation, paging))
            yield Promise(
                f"{base}/walk",
                operation.id,
                says,
                paging.pointer,
                (through,),
                turn=Turn.PAGES,
                denials=displaced,
            )

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is None:
            return
        paging = paging_of(contract, operation)
        if paging is None:
            return
        yield Sentence(f"Shows one page: {', '.join(_told(paging))}.", paging.pointer)
        if paging.total:
            yield Sentence(f"`{join('', *paging.total)}` counts all records.", paging.pointer)
        if paging.pages:
            yield Sentence(f"`{join('', *paging.pages)}` counts the pages.", paging.pointer)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        paging = declared_paging(contract)
        if operation is None and paging is not None:
            yield from _facts(paging)

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if new is None:
            return MAYBE, "how lists are cut is not said now"
        if old is None:
            return MAYBE, "lists that came whole may come in pages"
        if old.key != ("default",):
            return BREAKS, "clients that go through pages find nothing under the old name"
        return MAYBE, "pages have another size where none is asked for"


def _after(records: Sequence[Record], cursor: Json) -> int:
    """The place behind the record that the cursor names; the end where it names none."""
    if cursor is None:
        return 0
    place = None
    if isinstance(records, Found):
        place = records.place(str(cursor))
    if place is None:
        return len(records)
    return place + 1


def _usual(step: Step, paging: Paging) -> int | None:
    """The size of a page for which nobody asks, as far as the parameter says it; a tester does not know."""
    if paging.size is None or isinstance(step.world.moment, Unknown):
        return None
    return usual_size(step.contract, step.operation, paging.size)


def _shown(
    step: Step, paging: Paging, start: int, cut: Sequence[Record], size: int | None
) -> dict[tuple[str, ...], Json]:
    """What the body says of the page, by its place."""
    assert step.records is not None
    total = len(step.records)
    left = start + len(cut) < total
    shows: dict[tuple[str, ...], Json] = {
        paging.total: total,
        paging.pages: pages(total, size),
        paging.next: None,
        paging.more: left,
    }
    if cut and left:
        shows[paging.next] = cut[-1].id
    return shows


def _echoed(step: Step, paging: Paging, name: str) -> bool:
    """Whether the body repeats what was asked for: an object about the page does, and what it declares."""
    if len(paging.total) > 1:
        return True
    success = step.operation.success
    if not paging.total or success is None or not success.schema:
        return False
    schema = step.contract.document.schemas.resolve(success.schema)
    return name in schema.get("properties", {})


def _for_two_pages(paging: Paging) -> int:
    """How many records take two pages, as far as that is no great number."""
    if paging.size or not paging.default or paging.default > MOST_MADE:
        return MANY
    return paging.default + 1


def _pages(operation: Operation, paging: Paging) -> Iterator[PlannedCall]:
    """The first page, pages of several sizes, and one behind the last."""
    yield PlannedCall(operation.id)
    if paging.size:
        for size in SIZES:
            yield PlannedCall(operation.id, query={paging.size: size})
    for name in (paging.page, paging.offset):
        if name:
            yield PlannedCall(operation.id, query={name: FAR})


def _uncut(operation: Operation, paging: Paging) -> Iterator[Denial]:
    """The size that is asked for is ignored."""
    if paging.size is not None:
        says = f"{paging.size} is ignored"
        yield _denied(operation, says, replace(paging, size=None), _asked(operation).without(paging.size))


def _otherwise_long(operation: Operation, paging: Paging, default: int) -> Iterator[Denial]:
    """A page for which nobody asks is one record longer, or one shorter."""
    for size in (default + 1, default - 1):
        if size:
            asked = _asked(operation).with_default(paging.size, size)
            yield _denied(operation, f"it has {size}", replace(paging, default=size), asked)


def _displaced(operation: Operation, paging: Paging) -> Iterator[Denial]:
    """A record is left out between pages, or shown on two."""
    for shift, says in ((1, "one record is left out"), (-1, "one record is shown twice")):
        asked = replace(_asked(operation), shift=shift)
        yield _denied(operation, says, replace(paging, shift=shift), asked)


def _asked(operation: Operation) -> Question:
    """What `query` says of a list."""
    return question_of(operation) or Question()


def _denied(operation: Operation, says: str, paging: Paging, asked: Question) -> Denial:
    """A contract that cuts the list otherwise, by whichever word says how it is cut."""
    if not paging.of_query:
        return Denial(says, words={PagingWord.name: paging}, judged=False)
    query = replace(operation.words["query"], question=asked)
    return Denial(says, with_words(operation, query=query), judged=False)


def _told(paging: Paging) -> Iterator[str]:
    """What the parameters do, in words."""
    if paging.page:
        yield f"`{paging.page}` counts pages from 1"
    if paging.size:
        yield f"`{paging.size}` is the size of a page"
    if paging.cursor:
        yield f"`{paging.cursor}` continues after a record"
    if paging.default:
        yield f"a page has {paging.default} records where nothing else is asked for"


def _facts(paging: Paging) -> Iterator[Fact]:
    """What is said, each piece a fact."""
    for part in fields(paging):
        value = shown = getattr(paging, part.name)
        if part.name in ("pointer", "of_query") or value in (None, ()):
            continue
        if isinstance(value, tuple):
            shown = join("", *value)
        about = f"`{part.name}` of paging"
        yield Fact((part.name,), value, f"is `{shown}`", paging.pointer, about=about)


def declared_paging(contract: Contract) -> Paging | None:
    """How the API cuts its lists, where that is said."""
    paging: Paging | None = contract.words.get(PagingWord.name)
    return paging


def paging_of(contract: Contract, operation: Operation) -> Paging | None:
    """How an operation's list is cut; None where it is not."""
    paging = declared_paging(contract)
    if paging is None:
        return None
    if not paging.applies(operation):
        return None
    return paging


def cut_of(contract: Contract, operation: Operation) -> Paging | None:
    """How an operation's list is cut, by what `paging` says or else `query`; None where nothing says it."""
    paging, question = paging_of(contract, operation), question_of(operation)
    if paging is not None:
        return paging
    if question is None or operation.verb != "list":
        return None
    return of_query(question, operation.words["query"])


def pages(total: int, size: int | None) -> int:
    """How many pages there are."""
    if not size:
        return min(total, 1)
    return -(-total // size)
