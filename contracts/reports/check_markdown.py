"""The result of a check as Markdown: for a summary of a build, or a comment of a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.check.results import RESULTS, Report, Verdict
from troth.contracts.reports.checked import ending, findings, harmless, lines

NAME = "markdown"
COMMAND = "check"

MOST = 20
"""So many findings are told in full: a comment has a greatest length."""


def render(report: Report, everything: bool = False) -> str:
    """A heading, a table by operation, each finding with its requests."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    counts = ", ".join(f"**{count} {result}**" for result, count in report.counts.items() if count)
    yield f"## troth check: {_text(report.spec)} against {_text(report.target)}"
    yield ""
    took = f"{report.requests} requests in {report.seconds:.1f} s · seed {report.seed}"
    yield f"{counts or 'nothing tried'} · {took}"
    yield ""
    for sentence in ending(report):
        yield f"- {_text(sentence)}"
    yield ""
    yield f"| operation | {' | '.join(RESULTS)} |"
    yield f"| --- |{' ---: |' * len(RESULTS)}"
    for operation, results in by_operation(report).items():
        numbers = [str(results.count(result) or "") for result in RESULTS]
        yield f"| `{operation}` | {' | '.join(numbers)} |"
    found = findings(report)
    for verdict in found[:MOST]:
        yield from _finding(verdict)
    if len(found) > MOST:
        yield f"\n… and {len(found) - MOST} more."


def by_operation(report: Report) -> dict[str, list[str]]:
    """The results of each operation's promises."""
    results: dict[str, list[str]] = {}
    for verdict in report.verdicts:
        results.setdefault(verdict.promise.operation, []).append(verdict.result)
    return results


def _finding(verdict: Verdict) -> Iterator[str]:
    result = verdict.result
    if verdict.known is not None:
        result = f"{result} (known: {_text(verdict.known)})"
    yield f"\n### {result}: `{harmless(verdict.promise.id)}`\n"
    yield f"{_text(verdict.promise.says)} (promised at `{verdict.where}`)"
    if verdict.evidence is None:
        return
    shown = "\n".join(lines(verdict.evidence))
    fence = "```"
    while fence in shown:
        fence += "`"
    yield f"\n{fence}sh\n{shown}\n{fence}"


def _text(text: str) -> str:
    """Text that is no markup."""
    plain = harmless(text)
    for sign in "\\`*_<>[]|":
        plain = plain.replace(sign, f"\\{sign}")
    return plain
