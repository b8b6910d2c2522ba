"""What became of every mutant, for people: what could not be tried, what survived, then one line."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from troth.contracts.check.mutants import FOUND, SURVIVED, UNTRIED, Mutant, MutantReport

NAME = "text"
COMMAND = "mutants"

_COLOURS = {FOUND: "green", SURVIVED: "bold red", UNTRIED: "dim"}


def render(report: MutantReport, everything: bool = False) -> str:
    """What the terminal shows, as it takes colours; ``everything``: also each mutant that is found."""
    console = Console(soft_wrap=True, highlight=False)
    with console.capture() as shown:
        for outcome in (FOUND, UNTRIED, SURVIVED) if everything else (UNTRIED, SURVIVED):
            for mutant in report.mutants:
                if mutant.outcome == outcome:
                    _show(mutant, console)
        _summarize(report, console)
    return shown.get()


def _show(mutant: Mutant, console: Console) -> None:
    colour = _COLOURS[mutant.outcome]
    console.print(f"[{colour}]{mutant.outcome}[/] [bold]{escape(mutant.promise)}[/] if {escape(mutant.says)}")
    if mutant.reason is not None:
        console.print(f"  {escape(mutant.reason)}\n  [dim]promised at {escape(mutant.where)}[/]")
    elif mutant.by not in (None, mutant.promise):
        console.print(f"  by {escape(str(mutant.by))}")


def _summarize(report: MutantReport, console: Console) -> None:
    parts = [f"[{_COLOURS[name]}]{count} {name}[/]" for name, count in report.counts.items() if count]
    told = ", ".join(parts) or "nothing to try"
    end = ""
    if report.stopped:
        end = " · stopped"
    tried = f"{report.tried} of {report.of} promises in {report.seconds:.1f} s"
    console.print(f"{escape(report.spec)}: {told} · {tried}{end}")
