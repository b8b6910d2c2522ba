"""References in the place of what no Reference Object may stand for: ``paths``, ``schemas``, ``properties``.

OpenAPI knows references to single things only, and yet documents are cut into files anywhere, because the
tools that put them together follow every ``$ref``. What is meant is put in its place.
"""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.document.origins import Origin
from troth.contracts.document.pointers import copied, join, split, walk
from troth.contracts.document.references import NAMED, references, target
from troth.contracts.model import Node, Pointer

_GROUPS = (NAMED - {"mapping"}) | {"components", "info", "servers", "tags", "security", "externalDocs"}
"""What is made of several things, or is one that the document has once."""

ROUNDS = 20
"""How often what was put in place may refer on."""


def is_group(pointer: Pointer) -> bool:
    """Whether a place looks like one of a group of things; an author may call a single one so, too."""
    return pointer.rpartition("/")[2] in _GROUPS


def inlined(data: Node, origin: Origin) -> Origin:
    """Put what groups refer to in their places, in place; where everything was written then."""
    for _ in range(ROUNDS):
        found = [place for place in _groups(data) if _leads_elsewhere(data, *place)]
        for pointer, ref in found:
            origin = _put(data, origin, pointer, ref)
        if not found:
            break
    return origin


def _groups(data: Node) -> Iterator[tuple[Pointer, str]]:
    """Groups that are a reference, with it."""
    for pointer, ref in references(data):
        if is_group(pointer) and not _is_named(split(pointer)):
            yield pointer, ref


def _is_named(tokens: tuple[str, ...]) -> bool:
    """Whether the last of some tokens is a name that the author gave."""
    named = False
    for token in tokens[:-1]:
        named = not named and token in NAMED
    return named


def _leads_elsewhere(data: Node, pointer: Pointer, ref: str) -> bool:
    meant = join("", *target(ref))
    if f"{pointer}/".startswith(f"{meant}/") or f"{meant}/".startswith(f"{pointer}/"):
        return False
    try:
        walk(data, split(meant))
    except LookupError:
        return False
    return ref.startswith("#/")


def _put(data: Node, origin: Origin, pointer: Pointer, ref: str) -> Origin:
    tokens = split(pointer)
    try:
        holder, meant = walk(data, tokens[:-1]), walk(data, target(ref))
    except LookupError:
        return origin  # what it stood in was put in place just now
    beside = {key: value for key, value in holder[tokens[-1]].items() if key != "$ref"}
    at = origin.under(target(ref))
    if isinstance(meant, dict):
        holder[tokens[-1]] = {**copied(meant), **beside}
        here = origin.under(tokens)
        own = {key: Origin(here.source, join(here.pointer, key)) for key in beside}
        at = at._replace(inner={**at.inner, **own})
    else:
        holder[tokens[-1]] = copied(meant)
    return _with(origin, tokens, at)


def _with(origin: Origin, tokens: tuple[str, ...], inner: Origin) -> Origin:
    """An origin whose part at the end of some tokens is another one."""
    if not tokens:
        return inner
    head = origin.under(tokens[:1])
    return origin._replace(inner={**origin.inner, tokens[0]: _with(head, tokens[1:], inner)})
