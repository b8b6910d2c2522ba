"""Everything under `components` is used."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from troth.contracts.document import Document
from troth.contracts.document.pointers import split
from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule
from troth.contracts.model import Node as Written


def check(node: Node) -> Iterator[Problem]:
    """What nothing refers to: no `$ref`, no discriminator, no `security`, no word of `x-contract`. A document
    of components alone is there for others."""
    if not {"paths", "webhooks", "x-contract"} & node.graph.root.value.keys():
        return
    named = set(_named(node.graph.root.value))
    used = _used(node.graph.document)
    for section, components in node.value.items():
        if not isinstance(components, dict) or section.startswith("x-"):
            continue
        for name in components:
            if name not in named and (section, name) not in used:
                yield node.says(f"nothing uses this component ({section}/{name})", section, name)


def _used(document: Document) -> set[tuple[str, ...]]:
    """Section and name of each component that a reference leads to, or into."""
    prefix = "#/components/"
    references = {ref for _, ref in document.references if ref.startswith(prefix)}
    return {split(unquote(ref.removeprefix(prefix)))[:2] for ref in references}


def _named(value: Written) -> Iterator[str]:
    """Names by which components are meant without a `$ref`."""
    if isinstance(value, list):
        for item in value:
            yield from _named(item)
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        if key in ("discriminator", "x-contract"):
            yield from _words(item)
        elif key == "security" and isinstance(item, list):
            for requirement in item:
                yield from requirement if isinstance(requirement, dict) else ()
        else:
            yield from _named(item)


def _words(value: Written) -> Iterator[str]:
    """Every text in a value, and what it ends with where it is a reference."""
    if isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from _words(item)
    elif isinstance(value, list):
        for item in value:
            yield from _words(item)
    elif isinstance(value, str):
        yield value
        yield value.rpartition("/")[2]


RULE = Rule(
    name="oas3-unused-component",
    means="nothing refers to a component",
    why="It is left over, or a reference to it was forgotten.",
    bad="components: {schemas: {A: {type: string}}}",
    good="""components:
  schemas:
    A: {type: string}
    B: {type: array, items: {$ref: '#/components/schemas/A'}}
  responses:
    C: {description: C., content: {text/plain: {schema: {$ref: '#/components/schemas/B'}}}}
paths: {/a: {get: {responses: {'200': {$ref: '#/components/responses/C'}}}}}""",
    sets="recommended spectral redocly vacuum",
    on="components",
    check=check,
    spectral="oas3-unused-component",
    redocly="no-unused-components",
    vacuum="oas3-unused-component",
)
