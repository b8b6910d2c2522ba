"""How two targets answer the same calls, for people: the differences, then a table of operations."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from troth.contracts.check.results import Cleaned
from troth.contracts.check.side_by_side import Comparison, Found
from troth.contracts.reports.checked import answered, cut, harmless, remains

NAME = "text"
COMMAND = "compare"


def render(report: Comparison) -> str:
    """What the terminal shows, as it takes colours."""
    console = Console(soft_wrap=True, highlight=False)
    with console.capture() as shown:
        for found in report.found:
            _show(report, found, console)
        _by_operation(report, console)
        for target, left in report.left.items():
            for sentence in remains(Cleaned(left=tuple(left))):
                console.print(f"{escape(target)}: {escape(sentence)}")
        if report.ended is not None:
            console.print(f"ended early: {escape(harmless(report.ended))}")
        _summarize(report, console)
    return shown.get()


def _show(report: Comparison, found: Found, console: Console) -> None:
    first, second = report.targets
    console.print(
        f"\n[red]differs[/] [bold]{escape(found.operation)}[/] {escape(harmless(found.difference.at))}"
    )
    console.print(f"  {escape(first)}: {escape(cut(found.difference.first))}")
    console.print(f"  {escape(second)}: {escape(cut(found.difference.second))}")
    for exchange in (found.first, found.second):
        console.print(f"  {harmless(exchange.curl())}", markup=False)
        console.print(f"    → {answered(exchange)}", markup=False)
    if found.calls > 1:
        console.print(f"  [dim]in {found.calls} calls[/]")


def _by_operation(report: Comparison, console: Console) -> None:
    table = Table("operation", "calls", "differences", box=None, pad_edge=False)
    counts = Counter(found.operation for found in report.found)
    for operation, calls in report.calls.items():
        table.add_row(escape(operation), str(calls), str(counts[operation] or ""))
    console.print()
    console.print(table)


def _summarize(report: Comparison, console: Console) -> None:
    said = f"{len(report.found)} differences"
    if not report.found:
        said = "they answer alike"
    calls = f"{sum(report.calls.values())} calls compared, {report.skipped} left out"
    first, second = map(escape, report.targets)
    took = f"{report.seconds:.1f} s · seed {report.seed}"
    console.print(f"\n{escape(report.spec)}, {first} and {second}: {said} · {calls} in {took}")
