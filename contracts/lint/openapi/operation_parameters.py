"""No parameter is declared twice."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """Two parameters of one list with the same name and place."""
    seen: set[tuple[str, str]] = set()
    for index, item in enumerate(node.list("parameters")):
        parameter = node.graph.resolve(item)
        key = (str(parameter.get("in")), str(parameter.get("name")))
        if "name" in parameter and key in seen:
            yield node.says(f"the {key[0]} parameter {key[1]!r} is declared twice", "parameters", index)
        seen.add(key)


RULE = Rule(
    name="operation-parameters",
    means="a parameter is declared twice in one list",
    why="Which of the two counts is open; one of them is usually a slip.",
    bad="""paths:
  /a:
    get:
      parameters:
        - {name: q, in: query, schema: {type: string}}
        - {name: q, in: query, schema: {type: integer}}
      responses: {'200': {description: Yes.}}""",
    good="""paths:
  /a:
    get:
      parameters:
        - {name: q, in: query, schema: {type: string}}
        - {name: q, in: header, schema: {type: integer}}
      responses: {'200': {description: Yes.}}""",
    level="error",
    sets="minimal recommended spectral redocly vacuum",
    on="*",
    where="parameters",
    check=check,
    spectral="operation-parameters",
    redocly="operation-parameters-unique",
    vacuum="operation-parameters",
)
