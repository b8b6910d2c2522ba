"""Which of some alternatives a made-up value follows, and what of two schemas holds together."""

from __future__ import annotations

from troth.contracts.document.pointers import listing, mapping
from troth.contracts.document.typing import types_of
from troth.contracts.model import Node, Schema


def usual(options: list[dict[str, Node]], depth: int, deep: int) -> list[dict[str, Node]]:
    """The alternatives that are not null; from some level on those that have no parts, or null."""
    likely = [option for option in options if types_of(option) != ("null",)] or options
    if depth < deep:
        return likely
    near = likely
    if depth > 2 * deep:  # null ends what would go on for ever
        near = options
    return [option for option in near if not _has_parts(option)] or likely


def over(base: dict[str, Node], option: Schema) -> dict[str, Node]:
    """Two schemas that hold together, as far as objects go."""
    made = {**base, **option}
    if "properties" in made:
        made["properties"] = {**mapping(base, "properties"), **mapping(option, "properties")}
    if "required" in made:
        required = [*listing(base, "required"), *listing(option, "required")]
        made["required"] = list(dict.fromkeys(required))
    return made


def _has_parts(schema: Node) -> bool:
    return types_of(schema)[:1] in (("object",), ("array",))
