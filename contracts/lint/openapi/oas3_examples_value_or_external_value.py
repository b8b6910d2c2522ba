"""An example is here, or elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """Both `value` and `externalValue`, or neither."""
    both = {"value", "externalValue"} & node.value.keys()
    if len(both) == 2:
        yield node.says("`value` and `externalValue` exclude each other", "externalValue")
    elif not both and not {"dataValue", "serializedValue"} & node.value.keys():
        yield node.says("the example has neither `value` nor `externalValue`")


RULE = Rule(
    name="oas3-examples-value-or-externalValue",
    means="an example has both `value` and `externalValue`, or neither",
    why="Two could contradict each other; none says nothing.",
    bad="components: {examples: {a: {summary: Nothing}}}",
    good="components: {examples: {a: {value: 1}}}",
    sets="recommended spectral redocly vacuum",
    on="example",
    check=check,
    spectral="oas3-examples-value-or-externalValue",
    redocly="no-example-value-and-externalValue",
    vacuum="oas3-example-external-check",
)
