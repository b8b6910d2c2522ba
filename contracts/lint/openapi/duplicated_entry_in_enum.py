"""An enum has each value once."""

from __future__ import annotations

import json
from collections.abc import Iterator

from troth.contracts.lint.nodes import Fix, Node, Problem
from troth.contracts.lint.rule import Rule
from troth.contracts.model import Json


def check(node: Node) -> Iterator[Problem]:
    """Every entry of an enum that stood there already."""
    seen = set()
    for index, value in enumerate(node.list("enum")):
        key = _equal(value)
        if key in seen:
            at = f"{node.pointer}/enum/{index}"
            yield node.says(
                f"the enum has {json.dumps(value, ensure_ascii=False)} already",
                "enum",
                index,
                fix=Fix(at, remove=True),
            )
        seen.add(key)


def _equal(value: Json) -> str:
    """The same for values that JSON Schema holds to be equal: 1 and 1.0 are, 1 and true are not."""
    return json.dumps(_whole(value), sort_keys=True, default=str)


def _whole(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _whole(item) for key, item in value.items()}
    return value


RULE = Rule(
    name="duplicated-entry-in-enum",
    means="an enum has an entry twice",
    why="Generated code does not compile; often another value was meant.",
    bad="components: {schemas: {A: {type: string, enum: [a, b, a]}}}",
    good="components: {schemas: {A: {type: string, enum: [a, b]}}}",
    sets="recommended spectral redocly vacuum",
    on="schema",
    where="enum",
    check=check,
    spectral="duplicated-entry-in-enum",
    redocly="no-duplicated-enum-values",
    vacuum="duplicated-entry-in-enum",
    fixable=True,
)
