"""The examples and the default of a schema keep it."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.examples import broken
from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """Every way in which `default`, `example` and each of `examples` break the schema, at the wrong key."""
    for key in ("example", "default"):
        if key not in node.value:
            continue
        for path, message in broken(node, node.value[key]):
            yield node.says(f"the {key} breaks its own schema at {message}", key, *path)
    for index, example in enumerate(node.list("examples")):
        for path, message in broken(node, example):
            yield node.says(f"the example breaks its own schema at {message}", "examples", index, *path)


RULE = Rule(
    name="oas3-valid-schema-example",
    means="an example or the default of a schema breaks the schema",
    why="Readers and mocks copy examples, servers fill in defaults: mend it.",
    bad="components: {schemas: {A: {type: string, example: 3}}}",
    good="components: {schemas: {A: {type: string, example: three}}}",
    sets="recommended spectral redocly vacuum",
    on="schema",
    check=check,
    spectral="oas3-valid-schema-example",
    redocly="no-invalid-schema-examples",
    vacuum="oas3-valid-schema-example",
)
