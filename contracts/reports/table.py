"""The result of a check for people: what is broken first and in full, then a table, then one line."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from troth.contracts.check.results import BROKEN, DIFFERS, KEPT, SKIPPED, Report, Verdict

_COLOURS = {KEPT: "green", BROKEN: "bold red", DIFFERS: "yellow", SKIPPED: "dim"}


def show(report: Report, console: Console, *, everything: bool = False) -> None:
    """Print a report; ``everything``: also each promise that is kept."""
    for verdict in report.verdicts:
        if verdict.result in (BROKEN, DIFFERS):
            _in_full(verdict, console)
    _by_operation(report, console)
    _rest(report, console, everything=everything)
    parts = [f"[{_COLOURS[result]}]{count} {result}[/]" for result, count in report.counts.items() if count]
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
    operations = dict.fromkeys(v.promise.operation for v in report.verdicts)
    for operation in operations:
        own = [v.result for v in report.verdicts if v.promise.operation == operation]
        cells = [f"[{colour}]{own.count(r)}[/]" if own.count(r) else "" for r, colour in _COLOURS.items()]
        table.add_row(operation, *cells)
    console.print()
    console.print(table)


def _rest(report: Report, console: Console, *, everything: bool) -> None:
    """Promises without evidence to show: those not exercised with the reason, the kept ones if asked for."""
    listed = [v for v in report.verdicts if v.result == SKIPPED or (everything and v.result == KEPT)]
    if not listed:
        return
    console.print()
    for verdict in listed:
        reason = f"  [dim]{escape(verdict.reason)}[/]" if verdict.reason else ""
        console.print(
            f"[{_COLOURS[verdict.result]}]{verdict.result}[/]  {escape(verdict.promise.id)}{reason}"
        )


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 300 else plain[:299] + "…"
