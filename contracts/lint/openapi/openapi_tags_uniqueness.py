"""Each tag is declared once."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """The second and every further tag with one name."""
    seen = set()
    for index, tag in enumerate(node.list("tags")):
        name = str(tag.get("name")) if isinstance(tag, dict) else ""
        if name and name in seen:
            yield node.says(f"the tag {name!r} is declared already", "tags", index)
        seen.add(name)


RULE = Rule(
    name="openapi-tags-uniqueness",
    means="two tags of the document have one name",
    why="Which description counts is open, and OpenAPI forbids it.",
    bad="tags: [{name: a}, {name: a, description: Again.}]",
    good="tags: [{name: a}, {name: b}]",
    level="error",
    sets="minimal recommended spectral redocly",
    on="document",
    where="tags",
    check=check,
    spectral="openapi-tags-uniqueness",
    redocly="no-duplicated-tag-names",
)
