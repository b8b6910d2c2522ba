"""Changes of webhooks and callbacks: calls that clients take, so that what is sent is what they receive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from troth.contracts.diff.behaviour import Matched
from troth.contracts.diff.change import Change
from troth.contracts.diff.flat import REQUEST, RESPONSE, expanded
from troth.contracts.diff.operations import MatchedOperation, request_body, responses
from troth.contracts.diff.schemas import Comparison
from troth.contracts.document import Document, join
from troth.contracts.document.pointers import mapping
from troth.contracts.model import Operation, Pointer
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


class _MatchedWebhook(MatchedOperation):
    """A webhook in both versions: its body is received by clients, its answers are sent by them."""

    sent, received = RESPONSE, REQUEST

    def changes(self) -> Iterator[Change]:
        was, is_ = request_body(self.before, self.old), request_body(self.after, self.new)
        if was is not None and is_ is not None:
            yield from self._contents("the payload", was, is_, self.sent)
        elif was is not None or is_ is not None:
            says, why = "its payload came or went", "clients read it"
            yield self._change("webhook/payload", MAYBE, says, why, self.old.pointer, self.new.pointer)
        before, after = responses(self.before, self.old), responses(self.after, self.new)
        for key in before.keys() & after.keys():
            yield from self._contents(f"answer {key}", before[key], after[key], self.received)


def webhooks(old: Document, new: Document, comparison: Comparison) -> Iterator[Change]:
    """What differs in webhooks; their schemas are given to the comparison."""
    if expanded(old, "/webhooks") == expanded(new, "/webhooks"):
        return
    yield from _differences("webhook", (old, new), (_webhooks(old), _webhooks(new)), comparison)


def callbacks(old: Document, new: Document, pair: Matched, comparison: Comparison) -> Iterator[Change]:
    """What differs in the callbacks of an operation, which clients take as they take webhooks."""
    places = [f"{operation.pointer}/callbacks" for operation in pair]
    if expanded(old, places[0]) == expanded(new, places[1]):
        return
    known = _callbacks(old, pair[0]), _callbacks(new, pair[1])
    yield from _differences("callback", (old, new), known, comparison)


_Known: TypeAlias = Mapping[tuple[str, str], Operation]
"""Calls that clients take, by name and method."""


def _differences(
    kind: str, documents: tuple[Document, Document], known: tuple[_Known, _Known], comparison: Comparison
) -> Iterator[Change]:
    was, is_ = known
    for key, operation in was.items():
        if key in is_:
            yield from _MatchedWebhook(*documents, (operation, is_[key]), comparison).changes()
        else:
            says, why = f"the {kind} `{operation.path}` is gone", "clients wait for it"
            yield Change(f"{kind}/removed", BREAKS, says, why, (operation.path,), old=operation.pointer)
    for key, operation in is_.items():
        if key not in was:
            says, why = f"the {kind} `{operation.path}` is new", "nobody waits for it yet"
            yield Change(f"{kind}/added", SAFE, says, why, (operation.path,), new=operation.pointer)


def _webhooks(document: Document) -> _Known:
    found: dict[tuple[str, str], Operation] = {}
    for name in mapping(document.data, "webhooks"):
        found |= _operations(document, join("/webhooks", name), str(name))
    return found


def _callbacks(document: Document, operation: Operation) -> _Known:
    found: dict[tuple[str, str], Operation] = {}
    for name in mapping(document.at(operation.pointer), "callbacks"):
        at, item = document.resolve(join(operation.pointer, "callbacks", name))
        for expression in item if isinstance(item, dict) else ():
            if not expression.startswith("x-"):
                found |= _operations(document, join(at, expression), f"{name} {expression}")
    return found


def _operations(document: Document, pointer: Pointer, name: str) -> dict[tuple[str, str], Operation]:
    """The operations of a path item, called by the name of what it is."""
    found: dict[tuple[str, str], Operation] = {}
    at, item = document.resolve(pointer)
    for method in _METHODS:
        if isinstance(item, dict) and isinstance(item.get(method), dict):
            id = f"{method}_{name}"
            found[name, method] = Operation(id, method.upper(), name, join(at, method), (), (), False)
    return found
