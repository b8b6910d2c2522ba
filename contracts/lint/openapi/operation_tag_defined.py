"""The tags of operations are declared at the root."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.document import did_you_mean
from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """A tag of an operation that the root's `tags` do not have."""
    known = [tag.get("name") for tag in node.graph.root.list("tags") if isinstance(tag, dict)]
    for index, tag in enumerate(node.list("tags")):
        if isinstance(tag, str) and tag not in known:
            hint = did_you_mean(tag, known)
            yield node.says(f"the tag {tag!r} is not declared in the document's `tags`{hint}", "tags", index)


RULE = Rule(
    name="operation-tag-defined",
    means="an operation has a tag that the document's `tags` do not declare",
    why="A misspelt tag opens a group of its own in the documentation.",
    bad="tags: [{name: pets}]\npaths: {/a: {get: {tags: [pest], responses: {default: {description: A.}}}}}",
    good="tags: [{name: pets}]\npaths: {/a: {get: {tags: [pets], responses: {default: {description: A.}}}}}",
    sets="spectral vacuum",
    on="operation",
    where="tags",
    check=check,
    spectral="operation-tag-defined",
    redocly="operation-tag-defined",
    vacuum="operation-tag-defined",
)
