"""``troth docs``: a page about an API, from its contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from troth.contracts.commands.left_out import tell_left_out
from troth.contracts.commands.options import outside_option, overlay_option, specs_that_fit
from troth.contracts.contract import Contract
from troth.contracts.docs import html, markdown
from troth.contracts.docs.diagram import svg
from troth.contracts.docs.graph import Graph, mermaid
from troth.contracts.docs.markup import anchor, fenced, plain
from troth.contracts.errors import UsageError
from troth.contracts.loading.catalogue import load

_ENDS = {"markdown": ".md", "html": ".html"}


@click.command()
@click.argument("spec", shell_complete=specs_that_fit)
@overlay_option
@outside_option
@click.option(
    "--format", "form", type=click.Choice(["markdown", "html"]), default="markdown", show_default=True
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE|DIR",
    help="Where to write, diagrams beside it; else the page is printed.",
)
def docs(spec: str, overlays: tuple[Path, ...], outside: bool, form: str, output: Path | None) -> None:
    """Write a page about SPEC: operations, promises in sentences, who may write what when, state diagrams.

    \b
    Example:
      troth docs openapi.yaml --format html --output site/api.html

    \b
    Exit codes:
       0  written
       2  could not run: bad usage, a document that cannot be read or is not sound, no place to write
      70  a fault of troth's own: one line on stderr says where the details are
    """
    contract = load(spec, overlays=overlays, run=False, outside=outside)
    tell_left_out(contract.document)
    if output is None:
        click.echo(_page(contract, form), nl=False)
        return
    path = output
    if output.is_dir() or not output.suffix:
        path = output / f"{contract.name}{_ENDS[form]}"
    for file, text in pages(contract, form, path):
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        except OSError as error:
            raise UsageError(f"{file}: cannot be written: {error.strerror}") from None
        click.echo(f"wrote {file}")


def _page(contract: Contract, form: str) -> str:
    if form == "html":
        return html(contract)
    return markdown(contract, _mermaid)


def pages(contract: Contract, form: str, path: Path) -> Iterator[tuple[Path, str]]:
    """The files of a page, each with its text: the page itself, and in Markdown the pictures beside it."""
    if form == "html":
        yield path, html(contract)
        return
    pictures: dict[Path, Graph] = {}

    def figure(graph: Graph) -> str:
        picture = path.with_name(f"{path.stem}-{anchor(graph.name)}.svg")
        pictures[picture] = graph
        source = f"<details><summary>As Mermaid text</summary>\n\n{_mermaid(graph)}\n</details>\n"
        return f"![The states of {plain(graph.name)}]({picture.name})\n\n{source}"

    yield path, markdown(contract, figure)
    for picture, graph in pictures.items():
        yield picture, svg(graph)


def _mermaid(graph: Graph) -> str:
    return fenced(mermaid(graph), "mermaid")
