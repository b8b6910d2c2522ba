"""The values of an enum have the type of their schema."""

from __future__ import annotations

import json
from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule
from troth.contracts.lint.types import is_of


def check(node: Node) -> Iterator[Problem]:
    """An entry of an enum that is not of the declared type."""
    declared = node.value["type"]
    types = [declared] if isinstance(declared, str) else node.list("type")
    if node.value.get("nullable") is True:
        types = [*types, "null"]
    for index, value in enumerate(node.list("enum")):
        if types and not any(is_of(value, type_) for type_ in types):
            yield node.says(
                f"{json.dumps(value)} is not of type {' or '.join(map(str, types))}", "enum", index
            )


RULE = Rule(
    name="typed-enum",
    means="an entry of an enum is not of the schema's type",
    why="No value can be both: the entry can never be sent.",
    bad="components: {schemas: {A: {type: integer, enum: [1, two]}}}",
    good="components: {schemas: {A: {type: integer, enum: [1, 2]}}}",
    sets="recommended spectral redocly vacuum",
    on="schema",
    where="enum type",
    check=check,
    spectral="typed-enum",
    redocly="no-enum-type-mismatch",
    vacuum="typed-enum",
)
