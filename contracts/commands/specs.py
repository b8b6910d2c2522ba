"""``troth specs``: what ships with troth."""

from __future__ import annotations

import click

from contracts.catalogue import bundled_names, find, open_spec


@click.command()
def specs() -> None:
    """List the specs that ship with troth."""
    rows = [("name", "title", "operations", "file")]
    for name in bundled_names():
        contract = open_spec(name)
        rows.append((name, contract.title, str(len(contract.operations)), str(find(name))))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:  # no rich table: it cuts paths off where the terminal is narrow
        click.echo("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip())
