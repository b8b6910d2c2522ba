"""``troth schema``: the JSON Schema that makes an editor complete and check ``x-contract`` as it is typed."""

from __future__ import annotations

import json

import click

from troth.contracts.loading.editor_schema import editor_schema


@click.command()
def schema() -> None:
    """Print the JSON Schema (draft-07) of OpenAPI documents with x-contract, for editors.

    \b
    Example:
      troth schema > x-contract.schema.json

    \b
    Exit codes:
       0  printed
       2  could not run: bad usage
      70  a fault of troth's own: one line on stderr says where the details are
    """
    click.echo(json.dumps(editor_schema(), indent=2, ensure_ascii=False))
