"""Changes for people: a table, what breaks clients first, then one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from troth.contracts.contract import Contract
from troth.contracts.diff import Change
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE

NAME = "text"
COMMAND = "diff"

LEVELS = {BREAKS: ("breaking", "bold red"), MAYBE: ("maybe", "yellow"), SAFE: ("fine", "green")}
WIDE = 160
"""Columns where there is no terminal: a report in a log is not folded to 80."""

MOST = 4
"""Operations that are listed: a schema that all share would fill the page."""


def render(old: Contract, new: Contract, changes: Sequence[Change]) -> str:
    """Every change with its places, as the terminal takes width and colours."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDE)
    with console.capture() as shown:
        _show(old, new, changes, console)
    return shown.get()


def _show(old: Contract, new: Contract, changes: Sequence[Change], console: Console) -> None:
    table = Table("breaks?", "where", "change", show_lines=True)
    for column, least in zip(table.columns, (8, 24, 40), strict=True):
        column.overflow, column.min_width = "fold", least
    for change in changes:
        word, colour = LEVELS[change.breaking]
        places = "\n".join(f"[dim]{escape(line)}[/]" for line in places_of(old, new, change))
        said = f"{escape(change.sentence)}\n[dim]because[/] {escape(change.why)}\n{places}"
        table.add_row(f"[{colour}]{word}[/]", escape(concerned(change)), said)
    if changes:
        console.print(table)
    console.print(f"{escape(old.document.name)} → {escape(new.document.name)}: {summary(changes)}")


def concerned(change: Change) -> str:
    """The operations that a change concerns, one a line; a few of many."""
    if not change.operations:
        return "the API"
    lines = list(change.operations[:MOST])
    rest = len(change.operations) - MOST
    if rest > 0:
        lines.append(f"and {rest} more")
    return "\n".join(lines)


def places_of(old: Contract, new: Contract, change: Change) -> Iterator[str]:
    """Where the change stands in both documents."""
    if change.old is not None:
        yield f"old {old.where(change.old)}"
    if change.new is not None:
        yield f"new {new.where(change.new)}"


def summary(changes: Sequence[Change]) -> str:
    """``1 breaking, 2 maybe, 3 fine``."""
    counts = {level: sum(change.breaking == level for change in changes) for level in LEVELS}
    parts = [f"{count} {LEVELS[level][0]}" for level, count in counts.items() if count]
    return ", ".join(parts) or "no change"
