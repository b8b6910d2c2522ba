"""A nullable enum has null among its values."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """`nullable: true`, or type null, and no `null` in the enum."""
    type_ = node.value.get("type")
    nullable = node.value.get("nullable") is True or (isinstance(type_, list) and "null" in type_)
    if nullable and None not in node.list("enum"):
        yield node.says("null is allowed, but not in the `enum`", "enum")


RULE = Rule(
    name="nullable-enum-contains-null",
    means="a nullable schema has an enum without null",
    why="By the letter null is then refused; tools differ, so write it down.",
    bad="components: {schemas: {A: {type: string, nullable: true, enum: [a]}}}",
    good="components: {schemas: {A: {type: string, nullable: true, enum: [a, null]}}}",
    level="note",
    sets="vacuum",
    on="schema",
    where="enum",
    check=check,
    vacuum="nullable-enum-contains-null",
)
