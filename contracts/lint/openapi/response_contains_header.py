"""Answers carry the agreed headers."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.document.pointers import mapping
from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import HOUSE, Rule


def check(node: Node, names: list[str] | None = None) -> Iterator[Problem]:
    """A response of 2xx without one of them."""
    for status, response in node.map("responses").items():
        if not status.startswith("2"):
            continue
        headers = mapping(node.graph.resolve(response), "headers")
        known = {name.lower() for name in headers}
        for name in names or NAMES:
            if name.lower() not in known:
                yield node.says(f"the {status} response has no header {name}", "responses", status)


NAMES = ["X-Request-Id"]

RULE = Rule(
    name="response-contains-header",
    means="a 2xx response lacks one of the headers agreed on (`names`)",
    why="What every answer carries must be found in every answer.",
    bad="paths: {/a: {get: {responses: {'200': {description: Yes.}}}}}",
    good="""paths:
  /a:
    get:
      responses: {'200': {description: Yes., headers: {X-Request-Id: {schema: {type: string}}}}}""",
    level="note",
    sets=HOUSE,
    on="operation",
    where="responses",
    check=check,
    redocly="response-contains-header",
    options={"names": NAMES},
)
