"""The method says what is done, the path to what."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node, verbs: list[str] | None = None) -> Iterator[Problem]:
    """A part of the path that is a method."""
    for part in node.name.lower().split("/"):
        if part in (verbs or VERBS):
            yield node.says(f"the path has the verb {part!r}")


VERBS = ["get", "post", "put", "patch", "delete", "options", "head", "trace"]

RULE = Rule(
    name="no-http-verbs-in-path",
    means="a path has the name of an HTTP method as one of its parts",
    why="`GET /get/users` says it twice, `POST /delete/users` contradicts itself.",
    bad="paths: {/get/users: {}}",
    good="paths: {/users: {}}",
    level="note",
    sets="vacuum",
    on="path",
    check=check,
    redocly="no-http-verbs-in-paths",
    vacuum="no-http-verbs-in-path",
    options={"verbs": VERBS},
)
