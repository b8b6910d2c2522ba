"""Some value keeps the bounds of a schema."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.document.pointers import mapping
from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule
from troth.contracts.model import Node as Written

BOUNDS = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)


def check(node: Node) -> Iterator[Problem]:
    """A lower bound above the upper one."""
    for low, high in BOUNDS:
        least, most = node.value.get(low), node.value.get(high)
        if _above(least, most):
            yield node.says(f"`{low}: {least}` is more than `{high}: {most}`: no value fits", low)
    if node.value.get("additionalProperties") is False:
        yield from _forbidden(node)


def _forbidden(node: Node) -> Iterator[Problem]:
    """What is required, and not among the only properties that there may be."""
    if node.value.get("patternProperties"):
        return
    known = mapping(node.value, "properties")
    for index, name in enumerate(node.list("required")):
        if str(name) not in known:
            message = f"{name!r} is required, and `additionalProperties: false` forbids it: no object fits"
            yield node.says(message, "required", index)


def _above(least: Written, most: Written) -> bool:
    """Whether both are numbers, and the first is more."""
    for bound in (least, most):
        if isinstance(bound, bool) or not isinstance(bound, (int, float)):
            return False
    return bool(least > most)


RULE = Rule(
    name="schema-bounds",
    means="a lower bound is above the upper one, or what is required is forbidden",
    why="No value can keep the schema.",
    bad="components: {schemas: {A: {type: integer, minimum: 5, maximum: 1}}}",
    good="components: {schemas: {A: {type: integer, minimum: 1, maximum: 5}}}",
    level="error",
    sets="minimal recommended vacuum",
    on="schema",
    check=check,
    vacuum="oas-schema-check",
)
