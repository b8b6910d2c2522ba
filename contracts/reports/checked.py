"""What the formats of a check's report have in common: its evidence in plain lines, and harmless text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from troth.contracts.check.exchange import Exchange
from troth.contracts.check.results import BROKEN, DIFFERS, Cleaned, Evidence, Report, Verdict
from troth.contracts.model import Location
from troth.contracts.reports.linted import shown_file

LONGEST = 300
"""Characters of an answer that are shown."""

MISMATCHES = 6
"""So many differences of one finding are shown."""

_CONTROL = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\ufffe\\uffff]")


def harmless(text: str) -> str:
    """Text without what a terminal, an XML reader or an encoder would stumble over: as ``\\\\x1b``."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def cut(text: str, longest: int = LONGEST) -> str:
    """The beginning of a text, on one line."""
    plain = " ".join(harmless(text[: longest * 8]).split())
    if len(plain) <= longest:
        return plain
    return plain[: longest - 1] + "…"


def answered(exchange: Exchange, longest: int = LONGEST) -> str:
    """What came back, on one line."""
    return f"{exchange.reply.status} {cut(exchange.told, longest)}".rstrip()


def lines(evidence: Evidence) -> Iterator[str]:
    """The requests as commands, from nothing, each with its answer, and what differs."""
    for command in evidence.commands:
        yield harmless(command.line)
        yield f"  → {answered(command.exchange)}"
    for mismatch in evidence.mismatches[:MISMATCHES]:
        yield harmless(mismatch.what)
        yield f"  expected  {cut(mismatch.expected)}"
        yield f"  got       {cut(mismatch.got)}"


def told(verdict: Verdict) -> str:
    """All that is known of a finding, as a text."""
    found = [harmless(verdict.promise.says), f"promised at {verdict.where}"]
    if verdict.known is not None:
        found.append(f"known: {harmless(verdict.known)}")
    if verdict.evidence is not None:
        found += lines(verdict.evidence)
    return "\n".join(found)


def gist(verdict: Verdict) -> str:
    """A finding in one line."""
    text = verdict.promise.says
    if verdict.evidence is not None and verdict.evidence.mismatches:
        first = verdict.evidence.mismatches[0]
        text += f": {first.what}: expected {cut(first.expected, 120)}, got {cut(first.got, 120)}"
    return " ".join(harmless(text).split())


def findings(report: Report) -> list[Verdict]:
    """What is broken or differs."""
    return [verdict for verdict in report.verdicts if verdict.result in (BROKEN, DIFFERS)]


def level(verdict: Verdict) -> str:
    """How bad a finding is: error, warning or note."""
    if verdict.fails:
        return "error"
    if verdict.known is not None:
        return "note"
    return "warning"


class Place(NamedTuple):
    """Where something stands."""

    file: str
    line: int
    column: int


def place(verdict: Verdict) -> Place | None:
    """Where a promise stands in the document; None where nobody knows."""
    match = re.fullmatch(r"(.+?):(\d+):(\d+)", verdict.where)
    if match is None:
        return None
    line, column = int(match[2]), int(match[3])
    return Place(shown_file(Location(match[1], line, column)), line, column)


def ending(report: Report) -> Iterator[str]:
    """Sentences about how the run ended, and what it left."""
    if report.ended is not None:
        yield f"ended early: {harmless(report.ended)}"
    for trouble, count in report.troubles.items():
        yield f"trouble of the target, {count}×: {harmless(trouble)}"
    for id in report.mended:
        yield f"known, but kept now: {id} (take it off the list)"
    yield from remains(report.cleaned)


NAMED = 5
"""Records that were left behind which are named."""


def tidied_up(cleaned: Cleaned) -> str:
    """What became of the records that a run made, in numbers; empty where it made none."""
    counts = {"removed": cleaned.removed, "led to a final state": cleaned.ended}
    told = [f"{count} {what}" for what, count in counts.items() if count]
    if not told:
        return ""
    return f"records of this run: {', '.join(told)}"


def remains(cleaned: Cleaned) -> Iterator[str]:
    """What was left behind, told together where the reason is the same."""
    alike: dict[tuple[str, str], list[str]] = {}
    for left in cleaned.left:
        alike.setdefault((left.resource, left.why), []).append(harmless(left.id))
    for (resource, why), ids in alike.items():
        shown, more = ", ".join(ids[:NAMED]), ""
        if len(ids) > NAMED:
            more = f" and {len(ids) - NAMED} more (all in the JSON report)"
        yield f"left behind: {len(ids)} {resource} ({harmless(why)}): {shown}{more}"
