"""One lint rule as data: what it means and why, how it looks, who else has it; and how it is looked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from troth.contracts.lint.nodes import Problem
from troth.contracts.model import Json

Check: TypeAlias = Callable[..., Iterator[Problem]]
"""``check(node, **options)``: what is wrong with one node of a document."""

SETS: Mapping[str, str] = {
    "minimal": "only what makes a document invalid, or useless to a tool that reads it",
    "recommended": "what is wrong, or misleads: mistakes, not taste",
    "spectral": "what Spectral's `spectral:oas` switches on",
    "redocly": "what Redocly's `recommended` switches on",
    "vacuum": "what vacuum's `recommended` switches on",
    "all": "every rule, but those that mean nothing until their options are chosen",
}
"""The sets that a configuration can start from."""

HOUSE = "none"
"""The ``sets`` of a rule that says nothing until a house has chosen its options."""

OTHERS = ("spectral", "redocly", "vacuum")
"""The linters whose names for a rule are understood, too."""


@dataclass(frozen=True, eq=False)
class Rule:
    """A rule. ``sets``: those that it is in; ``spectral``, ``redocly``, ``vacuum``: its names there."""

    name: str
    means: str
    why: str
    bad: str
    good: str
    level: str = "warning"
    sets: str = ""
    on: str = ""
    """The kind of node that it looks at; empty for what other parts of troth find."""
    where: str = ""
    """Keys without which a node is passed over."""
    check: Check | None = None
    versions: tuple[str, ...] = ("3.0", "3.1", "3.2")
    spectral: str = ""
    redocly: str = ""
    vacuum: str = ""
    options: Mapping[str, Json] = field(default_factory=dict)
    """What can be set besides the severity, with its default."""
    fixable: bool = False

    def is_in(self, chosen: str) -> bool:
        """Whether a set has this rule."""
        return chosen in self.sets.split() or (chosen == "all" and self.sets != HOUSE)

    def names_in(self, linter: str) -> list[str]:
        """What another linter calls it (one or several rules there)."""
        names: Any = getattr(self, linter)
        return str(names).split()

    @property
    def aliases(self) -> list[str]:
        """Every other name, each once."""
        found = (name for linter in OTHERS for name in self.names_in(linter))
        return [name for name in dict.fromkeys(found) if name != self.name]
