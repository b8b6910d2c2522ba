"""The result of a check for people: what is broken first and in full, then a table, then one line."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from troth.contracts.check.results import BROKEN, DIFFERS, KEPT, SKIPPED, Report, Verdict

NAME = "text"
COMMAND = "check"

LONGEST = 300
"""Characters of an answer that are shown."""

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
    parts = [f"[{_COLOURS[result]}]{count} {result}[/]" for result, count in report.counts.items() if count]
    if report.undistinguished:
        parts[-1] += f" [dim]({report.undistinguished} undistinguished)[/]"
    summary = (
        f"{', '.join(parts)} · {report.requests} requests in {report.seconds:.1f} s · seed {report.seed}"
    )
    console.print(f"\n{escape(report.spec)} against {escape(report.target)}: {summary}")


def _in_full(verdict: Verdict, console: Console) -> None:
    colour = _COLOURS[verdict.result]
    console.print(f"\n[{colour}]{verdict.result}[/] [bold]{escape(verdict.promise.id)}[/]")
    console.print(f"  {escape(verdict.promise.says)}\n  [dim]promised at {escape(verdict.where)}[/]")
    if verdict.evidence is None:
        return
    for exchange in verdict.evidence.exchanges:
        console.print(f"  {exchange.curl()}", markup=False)
        console.print(f"    → {exchange.reply.status} {_cut(exchange.response.text)}", markup=False)
    for mismatch in verdict.evidence.mismatches[:6]:
        console.print(f"  {escape(mismatch.what)}")
        console.print(f"    expected  {escape(mismatch.expected)}")
        console.print(f"    got       [{colour}]{escape(mismatch.got)}[/]")


def _by_operation(report: Report, console: Console) -> None:
    table = Table("operation", *(_COLOURS), box=None, pad_edge=False, title_justify="left")
    table.columns[0].overflow = "fold"  # a name is never cut: it gets copied
    for column in table.columns[1:]:
        column.justify = "right"
    results: dict[str, list[str]] = {}
    for verdict in report.verdicts:
        results.setdefault(verdict.promise.operation, []).append(verdict.result)
    for operation, found in results.items():
        table.add_row(operation, *_counted(found))
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
    if listed:
        console.print()
    for verdict in listed:
        reason = f"  [dim]{escape(verdict.reason)}[/]" if verdict.reason else ""
        head = f"[{_COLOURS[verdict.result]}]{verdict.result}[/]"
        console.print(f"{head}  {escape(verdict.promise.id)}{reason}")


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    if len(plain) <= LONGEST:
        return plain
    return plain[: LONGEST - 1] + "…"
