"""Changes of webhooks: calls that clients take, so that what is sent is what they receive."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.diff.change import Change
from troth.contracts.diff.flat import REQUEST, RESPONSE, expanded
from troth.contracts.diff.operations import MatchedOperation, request_body, responses
from troth.contracts.diff.schemas import Comparison
from troth.contracts.document import Document, join
from troth.contracts.document.pointers import mapping
from troth.contracts.model import Operation
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
    was, is_ = _operations(old), _operations(new)
    for key, operation in was.items():
        if key in is_:
            yield from _MatchedWebhook(old, new, (operation, is_[key]), comparison).changes()
        else:
            says, why = f"the webhook `{operation.path}` is gone", "clients wait for it"
            yield Change("webhook/removed", BREAKS, says, why, (operation.path,), old=operation.pointer)
    for key, operation in is_.items():
        if key not in was:
            says, why = f"the webhook `{operation.path}` is new", "nobody waits for it yet"
            yield Change("webhook/added", SAFE, says, why, (operation.path,), new=operation.pointer)


def _operations(document: Document) -> dict[tuple[str, str], Operation]:
    """The webhooks, by name and method."""
    found = {}
    for name in mapping(document.data, "webhooks"):
        at, item = document.resolve(join("/webhooks", name))
        if not isinstance(item, dict):
            continue
        for method in _METHODS:
            if isinstance(item.get(method), dict):
                id = f"{method}_{name}"
                found[str(name), method] = Operation(
                    id, method.upper(), str(name), join(at, method), (), (), False
                )
    return found
