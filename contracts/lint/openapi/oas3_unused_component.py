"""Everything under `components` is used."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.document.pointers import join
from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule
from troth.contracts.model import Json


def check(node: Node) -> Iterator[Problem]:
    """What nothing refers to: no `$ref`, no discriminator, no `security`, no word of `x-contract`."""
    named = _named(node.graph.root.value, set())
    used = {reference for _, reference in node.graph.document.references}
    roots = {reference.split("/", 4)[2:4][0]: True for reference in used if reference.count("/") > 2}
    for section, components in node.value.items():
        if not isinstance(components, dict) or section.startswith("x-"):
            continue
        for name in components:
            at = join("#/components", section, name)
            if (
                name in named
                or at in used
                or (section in roots and any(u.startswith(f"{at}/") for u in used))
            ):
                continue
            yield node.says(f"nothing uses this component ({section}/{name})", section, name)


def _named(value: Json, found: set[str]) -> set[str]:
    """Names by which components are meant without a `$ref`."""
    if isinstance(value, list):
        for item in value:
            _named(item, found)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "security" and isinstance(item, list):
                found.update(
                    name for requirement in item if isinstance(requirement, dict) for name in requirement
                )
            elif key in ("discriminator", "x-contract"):
                found.update(_words(item))
            elif isinstance(item, (dict, list)):
                _named(item, found)
    return found


def _words(value: Json) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(_words(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(_words(item) for item in value))
    return {value, value.rpartition("/")[2]} if isinstance(value, str) else set()


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
