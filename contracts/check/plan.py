"""Which promises a contract makes, and in which order they are tried."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract import Contract
from troth.contracts.model import Operation
from troth.contracts.promises.promise import Probe, Promise, Shot
from troth.contracts.words import WORDS
from troth.contracts.words._word import accepting

NEGATIVE = 6
"""Broken bodies drawn for each operation, beside those on the edges of its schema."""


def promises(contract: Contract) -> list[Promise]:
    """Every promise: what the words say, and what holds for every operation without a word."""
    found: dict[str, Promise] = {}
    for operation in contract.operations.values():
        for word in WORDS:
            for promise in word.promises(contract, operation):
                found.setdefault(promise.id, promise)
        for promise in _always(operation):
            found.setdefault(promise.id, promise)
    return list(found.values())


def ordered(all_promises: list[Promise], contract: Contract) -> list[Promise]:
    """Making records first, then reading; what uses a record up, and quotas, last."""
    return sorted(all_promises, key=lambda promise: _turn(promise, contract))


def _turn(promise: Promise, contract: Contract) -> int:
    operation = contract.operations[promise.operation]
    if any(probe.quota for probe in promise.probes):
        return 9
    if any(
        text.startswith("hidden.") or " hidden." in text
        for p in promise.probes
        if p.given
        for text, _ in p.given.where
    ):
        return 8
    if operation.verb == "delete":
        return 7
    if "/paging" in promise.id:
        return 6  # when there is more than one page
    if operation.verb == "create":
        return 0 if "/acts/create" in promise.id else 2
    return 1 if operation.verb in ("read", "list") else 3


def _always(operation: Operation) -> Iterator[Promise]:
    """The defaults: schemas are kept, refusals change nothing, successes only what is declared."""
    at, base = operation.pointer, operation.id
    plain = (Probe((Shot(base),)),) if operation.resource is None else ()
    yield Promise(f"{base}/response", base, f"every answer of {base} fits its documented response", at, plain)
    if operation.body is not None and operation.body_pointer is not None:
        shot = Shot(base, negative=True, fill=False)
        probes = (Probe((shot,), accepting(operation)),) * NEGATIVE
        says = f"{base} refuses bodies that break its schema"
        yield Promise(f"{base}/schema/broken", base, says, operation.body_pointer, probes)
    if operation.resource is None:
        return
    if operation.verb not in ("read", "list"):
        says = f"a success of {base} changes nothing but what is declared"
        yield Promise(f"{base}/frame/declared", base, says, at)
    if operation.verb != "list":
        yield Promise(f"{base}/frame/refused", base, f"a refused {base} changes nothing", at)
    yield Promise(f"{base}/frame/others", base, f"{base} leaves other records alone", at)
