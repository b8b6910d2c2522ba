"""The contact says who, where, and how to write to them."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """A contact without name, url or email."""
    missing = [name for name in ("name", "url", "email") if not node.value.get(name)]
    if missing:
        yield node.says(f"the contact has no {', '.join(missing)}")


RULE = Rule(
    name="contact-properties",
    means="`info.contact` lacks name, url or email",
    why="Readers look there for somebody to ask.",
    bad="info: {title: A, version: '1', contact: {name: We}}",
    good="info: {title: A, version: '1', contact: {name: We, url: 'https://a.test', email: a@a.test}}",
    level="note",
    on="contact",
    check=check,
    spectral="contact-properties",
    vacuum="contact-properties",
)
