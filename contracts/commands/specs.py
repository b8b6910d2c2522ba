"""``troth specs``: what ships with troth."""

from __future__ import annotations

import click

from contracts.catalogue import bundled_names, find, open_spec
from contracts.reports.columns import columns


@click.command()
def specs() -> None:
    """List the specs that ship with troth."""
    rows = [("name", "title", "operations", "file")]
    for name in bundled_names():
        contract = open_spec(name)
        rows.append((name, contract.title, str(len(contract.operations)), str(find(name))))
    click.echo(columns(rows))
