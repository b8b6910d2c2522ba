"""``troth specs``: what ships with troth."""

from __future__ import annotations

import click

from troth.contracts.loading.catalogue import bundled_names, find, load
from troth.contracts.reports.columns import columns


@click.command()
def specs() -> None:
    """List the specs that ship with troth.

    \b
    Example:
      troth specs

    \b
    Exit codes:
       0  listed
       2  could not run: bad usage
      70  a fault of troth's own: one line on stderr says where the details are
    """
    rows = [("name", "title", "operations", "file")]
    for name in bundled_names():
        contract = load(name)
        rows.append((name, contract.title, str(len(contract.operations)), str(find(name))))
    click.echo(columns(rows))
