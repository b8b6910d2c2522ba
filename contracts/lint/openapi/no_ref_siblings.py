"""Nothing stands beside a `$ref` that is ignored there."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import PATHS, Node, Problem
from troth.contracts.lint.rule import Rule

PLAIN = {"$ref", "summary", "description"}
EMPTY: tuple[object, ...] = ({}, [], None)


def check(node: Node) -> Iterator[Problem]:
    """In 3.0 any key beside `$ref`, in 3.1 any but `summary` and `description` outside of schemas.

    Nothing is lost with what is empty there.
    """
    if node.kind in PATHS:
        return
    if node.graph.version == "3.0":
        ignored = [key for key in node.value if key != "$ref"]
    elif node.kind == "schema":
        ignored = []
    else:
        ignored = [key for key, value in node.value.items() if key not in PLAIN and value not in EMPTY]
    for key in ignored:
        yield node.says(f"{key!r} has no effect beside `$ref`", key)


RULE = Rule(
    name="no-$ref-siblings",
    means="a key stands beside `$ref`, where OpenAPI says that it is ignored",
    why="The author believes that it counts; most tools drop it. `allOf: [{$ref: …}]` takes siblings.",
    bad="""components:
  schemas:
    A: {type: string}
    B: {$ref: '#/components/schemas/A', maxLength: 3}""",
    good="""components:
  schemas:
    A: {type: string}
    B: {allOf: [{$ref: '#/components/schemas/A'}], maxLength: 3}""",
    sets="recommended spectral redocly vacuum",
    on="reference",
    check=check,
    spectral="no-$ref-siblings",
    redocly="spec-ref-siblings",
    vacuum="no-$ref-siblings oas3-no-$ref-siblings",
)
