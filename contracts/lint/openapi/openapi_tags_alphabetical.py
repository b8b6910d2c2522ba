"""The document's tags are sorted."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """The first tag that comes before its predecessor."""
    names = [str(tag.get("name", "")) for tag in node.list("tags") if isinstance(tag, dict)]
    for index in range(1, len(names)):
        if names[index].lower() < names[index - 1].lower():
            yield node.says(f"{names[index]!r} comes before {names[index - 1]!r}", "tags", index)
            return


RULE = Rule(
    name="openapi-tags-alphabetical",
    means="the document's `tags` are not in alphabetical order",
    why="A long list is found through faster; others order tags by importance, so this is off.",
    bad="tags: [{name: b}, {name: a}]",
    good="tags: [{name: a}, {name: b}]",
    level="note",
    on="document",
    where="tags",
    check=check,
    spectral="openapi-tags-alphabetical",
    redocly="tags-alphabetical",
    vacuum="openapi-tags-alphabetical",
)
