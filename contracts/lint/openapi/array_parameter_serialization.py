"""A parameter that is a list says how it is written."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """A query parameter of type array without `style` and `explode`."""
    schema = node.graph.resolve(node.value.get("schema"))
    if node.value.get("in") == "query" and schema.get("type") == "array":
        missing = [key for key in ("style", "explode") if key not in node.value]
        if missing:
            yield node.says(f"a list in the query without {' and '.join(f'`{m}`' for m in missing)}")


RULE = Rule(
    name="array-parameter-serialization",
    means="a query parameter is an array, and does not say how it is written",
    why="`a=1,2` or `a=1&a=2`: many do not know the default.",
    bad="components: {parameters: {a: {name: a, in: query, schema: {type: array, items: {}}}}}",
    good="""components:
  parameters:
    a: {name: a, in: query, style: form, explode: true, schema: {type: array, items: {}}}""",
    level="note",
    on="parameter",
    where="schema",
    check=check,
    redocly="array-parameter-serialization",
)
