"""No description is a copy."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """A longer description that stands elsewhere, word for word."""
    seen: dict[str, Node] = {}
    for other in node.graph.of("*", "description"):
        text = other.text("description").strip().lower()
        if len(text) < LEAST:
            continue
        if text in seen:
            yield other.says("the same description stands elsewhere", "description")
        seen.setdefault(text, other)


LEAST = 20
"""Shorter ones ("The id.") are the same for a reason."""

RULE = Rule(
    name="description-duplication",
    means="a description stands elsewhere, word for word",
    why="It was copied: one of the two places is described wrongly, or a component is missing.",
    bad="""tags:
  - {name: a, description: All that begins with the letter A.}
  - {name: b, description: All that begins with the letter A.}""",
    good="""tags:
  - {name: a, description: All that begins with the letter A.}
  - {name: b, description: All that begins with the letter B.}""",
    level="note",
    sets="vacuum",
    on="document",
    check=check,
    vacuum="description-duplication",
)
