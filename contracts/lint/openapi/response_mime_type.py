"""Answers come in the agreed media types."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import HOUSE, Rule


def check(node: Node, allowed: list[str] | None = None) -> Iterator[Problem]:
    """A response in another media type."""
    for media in node.map("content"):
        if media not in (allowed or ALLOWED):
            yield node.says(f"{media!r} is not among: {', '.join(allowed or ALLOWED)}", "content", media)


ALLOWED = ["application/json", "application/problem+json"]

RULE = Rule(
    name="response-mime-type",
    means="a response has another media type than those agreed on (`allowed`)",
    why="A house that speaks JSON does not want one operation that does not.",
    bad="components: {responses: {a: {description: A., content: {text/plain: {}}}}}",
    good="components: {responses: {a: {description: A., content: {application/json: {}}}}}",
    level="note",
    sets=HOUSE,
    on="response",
    where="content",
    check=check,
    redocly="response-mime-type",
    options={"allowed": ALLOWED},
)
