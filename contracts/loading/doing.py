"""What an action makes of a thing, by its word: ``POST /orders/{id}/cancel`` makes it cancelled.

Only for a mock: a server may do something else, or later, so that no check may hold it against this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set

from troth.contracts.document import Document
from troth.contracts.document.pointers import listing, mapping
from troth.contracts.document.typing import types_of
from troth.contracts.loading.naming import letters_of, properties_of
from troth.contracts.loading.placing import last_of
from troth.contracts.model import Node, Operation

_STATES = re.compile(r"(?:\w*(?:status|state|stage|phase))", re.IGNORECASE)
"""Properties that say in which state a thing is."""

_LATER: Mapping[str, tuple[str, ...]] = {
    "activate": ("active",),
    "begin": ("inprogress", "running", "active"),
    "deactivate": ("inactive", "disabled"),
    "disable": ("inactive",),
    "enable": ("active",),
    "finish": ("done", "completed"),
    "complete": ("done", "complete", "finished"),
    "hold": ("onhold", "held"),
    "pay": ("paid",),
    "publish": ("live",),
    "reactivate": ("active",),
    "reopen": ("open",),
    "restart": ("running",),
    "restore": ("active",),
    "resume": ("running", "active", "inprogress"),
    "send": ("sent",),
    "start": ("running", "inprogress", "active"),
    "unarchive": ("active",),
    "unpublish": ("draft",),
}
"""What is so after an action, besides what is made of its own word."""

_MARKS = re.compile(r"^(?:mark|set)(?:as)?")


def done_by(document: Document, operation: Operation, schema: str) -> dict[str, Node]:
    """``effects`` of an action; nothing where its word tells of no property what it becomes."""
    by = re.split("[.:/]", operation.path.rstrip("/"))[-1]
    called = letters_of(by)
    word, undone = _MARKS.sub("", called), operation.method == "DELETE"
    known = properties_of(document, schema)
    sets: dict[str, str] = {}
    if not undone:
        sets = dict(_states(document, known, tuple(_after(word))))
    forms = {*_after(word.removeprefix("un"))}
    if word == called:
        forms -= {word}  # what a thing may have, too (`/orders/{id}/comment`)
    undone = undone != word.startswith("un")
    sets |= dict(_flags(document, known, forms, undone=undone))
    sets = dict(_counters(document, known, word.removeprefix("un"), sets, undone=undone)) | sets
    if not sets:
        return {}
    return {"effects": {re.sub(r"\W", "_", by).lower(): {"set": sets}}}


def added_to(document: Document, operation: Operation, schema: str) -> dict[str, Node]:
    """``effects`` of ``POST /tickets/{id}/tags`` with `tags`: they are added to those of the ticket."""
    called = letters_of(last_of(operation.path).partition(".")[0])
    sent = mapping(document.schemas.whole(operation.body), "properties")
    for name, own in properties_of(document, schema).items():
        if (operation.method, letters_of(name)) != ("POST", called):
            continue
        lists = [document.schemas.resolve(one) for one in (own, sent.get(name))]
        items = {types_of(document.schemas.resolve(mapping({"": one}, "").get("items"))) for one in lists}
        kinds = {types_of(one)[:1] for one in lists}
        if (kinds, len(items), name.isidentifier()) == ({("array",)}, 1, True):
            more = f"request.body.{name}"
            value = f"has(self.{name}) ? self.{name} + {more} : {more}"
            return {"effects": {f"add_{name.lower()}": {"when": f"has({more})", "set": {name: value}}}}
    return {}


def set_by(document: Document, operation: Operation, schema: str) -> dict[str, Node]:
    """``effects`` of ``PUT /groups/{id}/properties``: the body is what the group has under that name."""
    called = letters_of(last_of(operation.path))
    sent = mapping(document.schemas.whole(operation.body), "properties")
    for name, own in properties_of(document, schema).items():
        if (operation.method, letters_of(name), name.isidentifier()) != ("PUT", called, True):
            continue
        bodies = [document.schemas.resolve(one) for one in (own, operation.body)]
        if sent.keys() - mapping(document.schemas.whole(own), "properties").keys():
            continue
        if {types_of(one)[:1] for one in bodies} == {("object",)}:
            return {"effects": {f"set_{name.lower()}": {"set": {name: "request.body"}}}}
    return {}


def moved_by(document: Document, operation: Operation, schema: str) -> dict[str, Node]:
    """``effects`` of ``POST /issues/{id}/transitions`` with a `status`: that is what the issue's becomes."""
    known = properties_of(document, schema)
    sent = mapping(document.schemas.whole(operation.body), "properties")
    effects: dict[str, Node] = {}
    for name in sent.keys() & known.keys():
        words = listing(document.schemas.resolve(known[name]), "enum")
        if _STATES.fullmatch(name) is None:
            continue
        if not words:
            continue
        if set(map(str, listing(document.schemas.resolve(sent[name]), "enum"))) <= set(map(str, words)):
            read = f"request.body.{name}"
            effects[f"move_{name.lower()}"] = {"when": f"has({read})", "set": {name: read}}
    if effects:
        return {"effects": effects}
    return {}


def _after(word: str) -> Iterator[str]:
    """What a thing is called after an action: ``cancel`` makes it ``canceled`` or ``cancelled``."""
    yield from (f"{word}ed", f"{word}d", f"{word}{word[-1:]}ed", word)
    if word.endswith("y"):
        yield f"{word[:-1]}ied"
    yield from _LATER.get(word, ())


def _states(
    document: Document, known: Mapping[str, Node], after: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """The state that one of a few is called by."""
    for name, schema in known.items():
        if _STATES.fullmatch(name) is None:
            continue
        values = {
            letters_of(str(value)): value for value in listing(document.schemas.resolve(schema), "enum")
        }
        for form in after:
            if isinstance(values.get(form), str):
                yield name, _quoted(values[form])
                return


def _flags(
    document: Document, known: Mapping[str, Node], forms: Set[str], *, undone: bool
) -> Iterator[tuple[str, str]]:
    """What is true of a thing after an action, and since when (``locked``, ``closed_at``)."""
    for name, schema in known.items():
        called, kinds = letters_of(name), types_of(document.schemas.resolve(schema))
        if "boolean" in kinds and called.removeprefix("is") in forms:
            yield name, str(not undone).lower()
        if undone:
            continue
        if "string" not in kinds:
            continue
        if called in {f"{form}at" for form in forms}:
            yield name, "string(now)"


def _counters(
    document: Document, known: Mapping[str, Node], word: str, flags: Mapping[str, str], *, undone: bool
) -> Iterator[tuple[str, str]]:
    """How often something has been done to a thing (``likes``, ``viewCount``); once more where it says itself
    whether it has been (``liked``) only if that changes."""
    called = {f"{word}s", f"{word}count", f"{word}scount", f"num{word}s", f"total{word}s", f"{word}es"}
    for name, schema in known.items():
        if letters_of(name) not in called:
            continue
        if "integer" not in types_of(document.schemas.resolve(schema)):
            continue
        before = f"(has(self.{name}) ? self.{name} : 0)"
        after = f"({before} > 0 ? {before} - 1 : 0)" if undone else f"{before} + 1"
        for flag, value in flags.items():
            if value in ("true", "false"):
                after = f"(has(self.{flag}) && self.{flag} == {value}) ? {before} : {after}"
        yield name, after


def _quoted(text: str) -> str:
    """A text as CEL writes it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
