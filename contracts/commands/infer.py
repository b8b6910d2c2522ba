"""``troth infer``: the words that a bare document suggests, as an overlay to start from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click
import yaml

from troth.contracts.commands.left_out import tell_left_out
from troth.contracts.commands.options import outside_option, specs_that_fit
from troth.contracts.document import Document, read_document, split
from troth.contracts.document.fetched import is_fetched, named
from troth.contracts.document.references import EMBEDDED
from troth.contracts.errors import UsageError
from troth.contracts.loading.acting import Guess
from troth.contracts.loading.assembling import require_sound
from troth.contracts.loading.catalogue import find
from troth.contracts.loading.inference import infer
from troth.contracts.loading.unnamed import as_fragment, unnamed
from troth.contracts.model import Pointer


@click.command("infer")
@click.argument("spec", shell_complete=specs_that_fit)
@outside_option
@click.option("--output", type=click.Path(path_type=Path), help="A file that does not exist yet.")
def infer_command(spec: str, outside: bool, output: Path | None) -> None:
    """Print the words that SPEC's paths and schemas suggest, as an OpenAPI overlay.

    Identity only: which schemas are stored things and which operations act on them, with a comment on each
    guess. States, transitions and rules nobody can guess: add them. `troth mock` uses the same guesses for a
    document without words.

    \b
    Example:
      troth infer petstore.yaml --output petstore.overlay.yaml

    \b
    Exit codes:
       0  printed or written
       2  could not run: bad usage, unreadable document, nothing to infer, no place to write
      70  a fault of troth's own: one line on stderr says where the details are
    """
    path = find(spec)
    document = read_document(path, named(path), outside=outside)
    require_sound(document)
    tell_left_out(document)
    guesses = infer(document)
    if not guesses:
        raise UsageError(
            f"{named(path)}: has words already, "
            "or no path of the form /things/{id} shows a component schema"
        )
    text = _overlay(document, path, guesses, output)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{output}: cannot be written: {error.strerror}") from None


def _overlay(document: Document, path: Path, guesses: list[Guess], output: Path | None) -> str:
    info = document.data.get("info") or {}
    title = str(info.get("title", path.stem))
    folder = output.parent if output is not None else Path()
    head = {"overlay": "1.0.0", "info": {"title": f"{title}: behaviour", "version": "1"}}
    if not is_fetched(path):  # what was fetched is named again beside the overlay
        head["extends"] = os.path.relpath(path, folder)
    parts = ["# Guesses: read each of them before you rely on it.\n", _yaml(head), "actions:\n"]
    schemas = {one.name: {"$ref": _reference(document, one.pointer)} for one in unnamed(document)}
    if schemas:
        parts += _action(
            "", {"components": {"schemas": schemas}}, "things that no component schema describes"
        )
    for guess in guesses:
        if split(guess.pointer)[:1] == (EMBEDDED,):  # an overlay changes the document's own file
            parts.append(f"  # left out, for it stands in another file: {guess.because}\n")
            continue
        parts += _action(guess.pointer, {"x-contract": dict(guess.value)}, guess.because)
    return "".join(parts)


def _action(pointer: Pointer, update: object, because: str) -> Iterator[str]:
    target = "$" + "".join(f"[{_quoted(token)}]" for token in split(pointer))
    yield f"  # because of {because}\n"
    for line in _yaml([{"target": target, "update": update}]).splitlines(keepends=True):
        yield f"  {line}"


def _reference(document: Document, pointer: Pointer) -> str:
    """A place as the document refers to it: in its own file, or in another one."""
    source, inside = document.sources.place(pointer)
    written = as_fragment(inside)
    if source is document.sources[""]:
        return written
    return os.path.relpath(source.path, document.sources[""].path.parent) + written


def _quoted(token: str) -> str:
    return "'" + token.replace("\\", "\\\\").replace("'", "\\'") + "'"


class _Dumper(yaml.SafeDumper):
    """Writes equal parts twice: anchors are hard to edit."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _yaml(value: object) -> str:
    return yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )
