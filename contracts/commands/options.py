"""What several commands take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from troth.contracts.errors import UsageError

overlay_option = click.option(
    "--overlay",
    "overlays",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="An OpenAPI Overlay to apply to the document; repeatable, in order.",
)


def require_one(specs: Sequence[str], overlays: Sequence[Path]) -> None:
    """Raises UsageError where it is open to which document overlays belong."""
    if overlays and len(specs) > 1:
        hint = "for several, name overlays that say which document each one `extends`"
        raise UsageError(f"--overlay goes with one document, {len(specs)} are named; {hint}")
