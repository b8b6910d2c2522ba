"""What the answer of a list says of the page that it shows: how much there is, and where the others are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlencode

from troth.contracts.contract.asked import Page, Question
from troth.contracts.contract.cel import UNKNOWN
from troth.contracts.frozen import replace
from troth.contracts.model import Json, Record
from troth.contracts.words._step import Step


def shown(what: str, step: Step, question: Question, page: Page, total: int, cut: Sequence[Record]) -> Json:
    """What stands in a place of the body that tells of the list."""
    end, left = page.start + len(cut), page.start + len(cut) < total
    size = page.size or max(total, 1)
    plain: Mapping[str, Json] = {
        "total": total,
        "pages": max(-(-total // size), 1) if total else 0,
        "items": len(cut),
        "left": total - end,
        "page": page.number if question.named("page") else page.start // size + page.first,
        "size": page.size if page.size is not None else size,
        "offset": page.start + question.first_offset,
        "more": left,
        "last": not left,
        "first": page.start == 0,
        "before": page.start > 0,
        "empty": not cut,
        "first-place": page.start + 1 if cut else None,
        "last-place": end if cut else None,
    }
    if what in plain:
        return plain[what]
    if what in ("first-id", "last-id", "cursor"):
        return _identity(what, left, cut)
    before = max(page.start - size, 0)
    if what in ("self-url", "first-url", "last-url"):
        return _address(what, step, question, page, max(-(-total // size), 1))
    there = page.start > 0
    if what.startswith("next"):
        there = left
    if page.size == 0 or not there:
        return None  # there is no end of pages with nothing on them
    if what.startswith("next"):
        return _neighbour(what, step, question, page, end, cut)
    return _neighbour(what, step, question, replace(page, number=page.number - 2), before, ())


def _identity(what: str, left: bool, cut: Sequence[Record]) -> Json:
    """The id of the first or the last record of the page; of the last one as a cursor where more follows."""
    if not cut:
        return None
    if what == "first-id":
        return cut[0].id
    if what == "last-id" or left:
        return cut[-1].id
    return None


def _address(what: str, step: Step, question: Question, page: Page, pages: int) -> Json:
    """The URL of this page, of the first or of the last; None where no page has a number."""
    here = step.call.url.removesuffix("?") or UNKNOWN
    if what == "self-url":
        return here
    number = pages if what == "last-url" else 1
    if not {question.named("page"), question.named("offset")} - {None}:
        return here if pages == 1 else None
    start = (number - 1) * (page.size or 0)
    return _neighbour("url", step, question, replace(page, number=number - 2 + page.first), start, ())


def _neighbour(
    what: str, step: Step, question: Question, page: Page, start: int, cut: Sequence[Record]
) -> Json:
    """Another page: its number, or the URL under which it is."""
    paged, offset, cursor = question.named("page"), question.named("offset"), question.named("cursor")
    if what.endswith("page"):
        return start if paged is None and offset is not None else page.number + 1
    if paged is not None:
        return _url(step, paged, str(page.number + 1))
    if offset is not None:
        return _url(step, offset, str(start + question.first_offset))
    if cursor is not None and cut:
        return _url(step, cursor, cut[-1].id)
    return None


def _url(step: Step, name: str, value: str) -> Json:
    """The URL of the request with another value of one parameter."""
    if not step.call.url:
        return UNKNOWN
    address, _, query = step.call.url.partition("?")
    pairs = [(key, text) for key, text in parse_qsl(query, keep_blank_values=True) if key != name]
    return f"{address}?{urlencode([*pairs, (name, value)])}"
