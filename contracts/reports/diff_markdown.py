"""Changes as Markdown, for the comment of a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from troth.contracts.contract import Contract
from troth.contracts.diff import Change
from troth.contracts.docs.markup import code, plain, table
from troth.contracts.reports.diff_text import LEVELS, concerned, places_of, summary

NAME = "markdown"
COMMAND = "diff"


def render(old: Contract, new: Contract, changes: Sequence[Change]) -> str:
    """A heading with the counts, and a table for each level."""
    parts = [f"### {plain(old.title)}: {summary(changes)}\n"]
    for level, (word, _) in LEVELS.items():
        found = [change for change in changes if change.breaking == level]
        rows = [_row(old, new, change) for change in found]
        if rows:
            parts.append(f"**{word.capitalize()}**\n\n{table(['where', 'change', 'because', 'place'], rows)}")
    return "\n".join(parts)


def _row(old: Contract, new: Contract, change: Change) -> list[str]:
    places = ", ".join(map(code, places_of(old, new, change)))
    return [_where(change), plain(change.sentence), plain(change.why), places]


def _where(change: Change) -> str:
    names = concerned(change).splitlines()
    if not change.operations:
        return ", ".join(names)
    return ", ".join(map(code, names))
