"""Changes of shape: which operations there are, and where; ``operations`` tells what is inside of them."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract import Contract
from troth.contracts.diff.behaviour import Matched, label
from troth.contracts.diff.change import Change
from troth.contracts.diff.operations import MatchedOperation, call_shape
from troth.contracts.diff.schemas import Comparison
from troth.contracts.diff.webhooks import callbacks, webhooks
from troth.contracts.document import Document
from troth.contracts.model import Operation
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE


def matched(old: Contract, new: Contract) -> list[Matched]:
    """The operations that are the same: by method and path, whatever parameters are called, then by id."""
    rest = {call_shape(operation): operation for operation in new.operations.values()}
    pairs: list[Matched] = []
    alone: list[Operation] = []
    for operation in old.operations.values():
        twin = rest.pop(call_shape(operation), None)
        if twin is None:
            alone.append(operation)
        else:
            pairs.append((operation, twin))
    left = {operation.id: operation for operation in rest.values()}
    for operation in alone:
        if operation.id in left:
            pairs.append((operation, left[operation.id]))
    return pairs


def structure(old: Contract, new: Contract, pairs: list[Matched]) -> Iterator[Change]:
    """What differs in shapes."""
    if old.document.data == new.document.data:
        return
    yield from _operations(old, new, pairs)
    yield from _servers(old.document, new.document)
    comparison = Comparison.of(old.document, new.document)
    for pair in pairs:
        yield from MatchedOperation(old.document, new.document, pair, comparison).changes()
        yield from callbacks(old.document, new.document, pair, comparison)
    yield from webhooks(old.document, new.document, comparison)
    yield from comparison.changes()


def _operations(old: Contract, new: Contract, pairs: list[Matched]) -> Iterator[Change]:
    stayed = {id(operation) for pair in pairs for operation in pair}
    for operation in old.operations.values():
        if id(operation) not in stayed:
            says, why = f"{label(operation)} is gone", "calls of it fail"
            yield Change("operation/removed", BREAKS, says, why, (label(operation),), old=operation.pointer)
    for operation in new.operations.values():
        if id(operation) not in stayed:
            says, why = f"{label(operation)} is new", "nobody calls it yet"
            yield Change("operation/added", SAFE, says, why, (label(operation),), new=operation.pointer)


def _servers(old: Document, new: Document) -> Iterator[Change]:
    was, is_ = _urls(old), _urls(new)
    for url in was:
        if url not in is_:
            says, why = f"the server `{url}` is gone", "clients may call it there"
            yield Change("servers/removed", MAYBE, says, why, old="/servers", new="/servers")
    for url in is_:
        if url not in was:
            says, why = f"the server `{url}` is new", "nobody calls it yet"
            yield Change("servers/added", SAFE, says, why, new="/servers")


def _urls(document: Document) -> list[str]:
    servers = document.data.get("servers") or [{"url": "/"}]
    return [str(server.get("url")) for server in servers]
