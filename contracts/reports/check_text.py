"""The result of a check for people: what is broken first and in full, then a table, then one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from troth.contracts.check.results import BROKEN, DIFFERS, KEPT, SKIPPED, Report, Verdict
from troth.contracts.reports.checked import MISMATCHES, answered, ending, harmless, tidied_up

NAME = "text"
COMMAND = "check"

ALIKE = 3
"""So many promises that were not exercised for the same reason are listed; more of them are counted."""

_COLOURS = {KEPT: "green", BROKEN: "bold red", DIFFERS: "yellow", SKIPPED: "dim"}


def render(report: Report, everything: bool = False) -> str:
    """What the terminal shows, as it takes colours; ``everything``: also each promise that is kept."""
    console = Console(soft_wrap=True, highlight=False)
    with console.capture() as shown:
        _show(report, console, everything=everything)
    return shown.get()


def _show(report: Report, console: Console, *, everything: bool) -> None:
    for verdict in report.verdicts:
        if verdict.result in (BROKEN, DIFFERS):
            _in_full(verdict, console)
    _by_operation(report, console)
    _rest(report, console, everything=everything)
    parts = [_part(report, result, count) for result, count in report.counts.items() if count]
    summary = (
        f"{', '.join(parts)} · {report.requests} requests in {report.seconds:.1f} s · seed {report.seed}"
    )
    said, tidied = list(ending(report)), tidied_up(report.cleaned)
    if said or tidied:
        console.print()
    for sentence in said:
        console.print(f"[yellow]{_text(sentence)}[/]")
    if tidied:
        console.print(f"[dim]{tidied}[/]")
    console.print(f"\n{_text(report.spec)} against {_text(report.target)}: {summary}")


def _part(report: Report, result: str, count: int) -> str:
    """How many promises have a result, and how many of them are not what they seem."""
    part = f"[{_COLOURS[result]}]{count} {result}[/]"
    if result == BROKEN and report.known:
        return f"{part} [dim]({report.known} known)[/]"
    if result == SKIPPED and report.undistinguished:
        return f"{part} [dim]({report.undistinguished} undistinguished)[/]"
    return part


def _in_full(verdict: Verdict, console: Console) -> None:
    colour = _COLOURS[verdict.result]
    if verdict.known is not None:
        colour = _COLOURS[SKIPPED]
    console.print(f"\n[{colour}]{verdict.result}[/] [bold]{escape(verdict.promise.id)}[/]")
    console.print(f"  {_text(verdict.promise.says)}\n  [dim]promised at {escape(verdict.where)}[/]")
    if verdict.known is not None:
        console.print(f"  known: {_text(verdict.known)}")
    if verdict.evidence is None:
        return
    for command in verdict.evidence.commands:
        console.print(f"  {harmless(command.line)}", markup=False)
        console.print(f"    → {answered(command.exchange)}", markup=False)
    for mismatch in verdict.evidence.mismatches[:MISMATCHES]:
        console.print(f"  {_text(mismatch.what)}")
        console.print(f"    expected  {_text(mismatch.expected)}")
        console.print(f"    got       [{colour}]{_text(mismatch.got)}[/]")


def _by_operation(report: Report, console: Console) -> None:
    table = Table("operation", *(_COLOURS), box=None, pad_edge=False, title_justify="left")
    table.columns[0].overflow = "fold"  # a name is never cut: it gets copied
    for column in table.columns[1:]:
        column.justify = "right"
    results: dict[str, list[str]] = {}
    for verdict in report.verdicts:
        results.setdefault(verdict.promise.operation, []).append(verdict.result)
    for operation, found in results.items():
        table.add_row(_text(operation), *_counted(found))
    console.print()
    console.print(table)


def _counted(results: list[str]) -> Iterator[str]:
    """How often each result is among those of an operation; nothing where it is not."""
    for result, colour in _COLOURS.items():
        count = results.count(result)
        yield f"[{colour}]{count}[/]" if count else ""


def _rest(report: Report, console: Console, *, everything: bool) -> None:
    """Promises without evidence to show: those not exercised with the reason, the kept ones if asked for."""
    shown = {SKIPPED, KEPT} if everything else {SKIPPED}
    listed = [verdict for verdict in report.verdicts if verdict.result in shown]
    alike = Counter(str(verdict.reason) for verdict in listed if verdict.reason == report.untried)
    if listed:
        console.print()
    for verdict in listed:
        if not everything and alike[str(verdict.reason)] > ALIKE:
            continue
        reason = f"  [dim]{_text(verdict.reason)}[/]" if verdict.reason else ""
        head = f"[{_COLOURS[verdict.result]}]{verdict.result}[/]"
        console.print(f"{head}  {_text(verdict.promise.id)}{reason}")
    for untried, count in alike.items():
        if not everything and count > ALIKE:
            console.print(f"[{_COLOURS[SKIPPED]}]{SKIPPED}[/]  {count} promises  [dim]{_text(untried)}[/]")


def _text(text: str) -> str:
    """Text that is no markup, and moves no cursor."""
    return escape(harmless(text))
