"""How many findings there are, and nothing else."""

from __future__ import annotations

from troth.contracts.reports.linted import Linted

NAME = "count"
COMMAND = "lint"


def render(linted: Linted) -> str:
    """One number."""
    return str(len(linted.findings))
