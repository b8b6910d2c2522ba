"""What of a document could not be used is told, and the command goes on with the rest."""

from __future__ import annotations

import click

from troth.contracts.document import Document


def tell_left_out(*documents: Document) -> None:
    """One warning on stderr for each part of the documents that is left out."""
    for document in documents:
        for fault in document.faults:
            place = f"{fault.location}: " if fault.location else ""
            click.echo(f"{place}warning: {fault.message}; it is left out [{fault.code}]", err=True)
