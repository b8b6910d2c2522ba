"""Bodies are sent in the agreed media types."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import HOUSE, Rule


def check(node: Node, allowed: list[str] | None = None) -> Iterator[Problem]:
    """A request in another media type."""
    for media in node.map("content"):
        if media not in (allowed or ALLOWED):
            yield node.says(f"{media!r} is not among: {', '.join(allowed or ALLOWED)}", "content", media)


ALLOWED = ["application/json"]

RULE = Rule(
    name="request-mime-type",
    means="a request body has another media type than those agreed on (`allowed`)",
    why="A house that speaks JSON does not want one operation that does not.",
    bad="components: {requestBodies: {a: {content: {text/plain: {}}}}}",
    good="components: {requestBodies: {a: {content: {application/json: {}}}}}",
    level="note",
    sets=HOUSE,
    on="request-body",
    where="content",
    check=check,
    redocly="request-mime-type",
    options={"allowed": ALLOWED},
)
