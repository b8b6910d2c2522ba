"""A code is a rule without a check of its own: it is on in every set."""

from __future__ import annotations

from troth.contracts.lint.rule import SETS, Rule


def code(
    name: str,
    level: str,
    means: str,
    why: str,
    bad: str,
    good: str,
    *,
    spectral: str = "",
    redocly: str = "",
    vacuum: str = "",
) -> Rule:
    """A code that words and loader find; notes and warnings are not in the minimal set."""
    sets = " ".join(chosen for chosen in SETS if level.startswith("error") or chosen != "minimal")
    return Rule(name, means, why, bad, good, level, sets, spectral=spectral, redocly=redocly, vacuum=vacuum)
