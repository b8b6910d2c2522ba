"""Paths are written in small letters with hyphens."""

from __future__ import annotations

import re
from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule

KEBAB = re.compile(r"(?:[a-z0-9]+(?:[-.][a-z0-9]+)*)?")


def check(node: Node) -> Iterator[Problem]:
    """A part that is neither a parameter nor kebab-case."""
    parts = re.sub(r"\{[^}]*\}", "", node.name).strip("/").split("/")
    wrong = [part for part in parts if not KEBAB.fullmatch(part)]
    if wrong:
        yield node.says(f"not kebab-case: {', '.join(map(repr, wrong))}")


RULE = Rule(
    name="paths-kebab-case",
    means="a part of a path is not kebab-case",
    why="One way to write them: nobody has to remember which.",
    bad="paths: {/lightBulbs: {}}",
    good="paths: {/light-bulbs: {}}",
    level="note",
    sets="vacuum",
    on="path",
    check=check,
    redocly="paths-kebab-case",
    vacuum="paths-kebab-case",
)
