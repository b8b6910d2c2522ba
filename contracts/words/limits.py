"""``limits``: quota policies as in RateLimit-Policy: ``{burst: {q: 10, w: 1}}`` is 10 calls a second.

On an operation it counts the calls of that operation, at the root those of the whole API; per credential.
Refused calls count in the mock; documents rarely say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from troth.contracts.contract import Contract
from troth.contracts.document import join
from troth.contracts.model import Finding, Hit, Json, Operation, Pointer, Refusal
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE, Compatibility, Fact
from troth.contracts.promises.promise import PlannedCall, Probe, Promise, Sentence
from troth.contracts.words._phrases import answered
from troth.contracts.words._stages import RefusalStage
from troth.contracts.words._starts import accepted_start, refused_start
from troth.contracts.words._step import Step
from troth.contracts.words._word import Site, Word


@dataclass(frozen=True)
class Policy:
    """At most ``calls`` in any ``window`` of seconds, counted under ``scope``."""

    name: str
    scope: str
    calls: int
    window: int
    pointer: Pointer
    assumed: bool = False


class Limits(Word):
    """Counts, and refuses what is too much."""

    name = "limits"
    places = ("document", "operation")
    schema = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {
            "type": "object",
            "required": ["q", "w"],
            "additionalProperties": False,
            "properties": {
                "q": {"type": "integer", "minimum": 1},
                "w": {"type": "integer", "minimum": 1},
                "assumed": {"type": "boolean"},
            },
        },
    }
    refuses_at = RefusalStage.QUOTA

    def parse(self, value: Json, site: Site) -> tuple[Policy, ...]:
        scope = site.operation.id if site.operation else "*"
        return tuple(
            Policy(name, scope, entry["q"], entry["w"], join(site.pointer, name), entry.get("assumed", False))
            for name, entry in value.items()
        )

    def advice(self, contract: Contract) -> Iterator[Finding]:
        """C11: limited, but no 429 is documented."""
        for operation in contract.operations.values():
            status = contract.errors.kind("limited").status or 429
            for policy in policies(contract, operation)[:1]:
                if operation.response(status) is None:
                    message = f"{operation.id} is limited, but `responses` does not document {status}"
                    yield contract.document.finding("C11", message, policy.pointer, "warning")

    def refusals(self, step: Step) -> Iterator[Refusal]:
        for policy in policies(step.contract, step.operation):
            hits = step.world.hits(hit_key(policy, step.call.credential))
            if hits is None:  # not known: either answer
                yield Refusal(
                    "limited", policy.pointer, assumed=policy.assumed, certain=False, preferred=False
                )
            elif wait := _wait(policy, hits, step.world.now):
                yield Refusal("limited", policy.pointer, assumed=policy.assumed, detail=str(wait))

    def counts(self, step: Step) -> tuple[Hit, ...]:
        credential, found = step.call.credential, policies(step.contract, step.operation)
        return tuple(Hit(hit_key(policy, credential), policy.window) for policy in found)

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        safe = operation.verb in ("read", "list")
        for policy in (*operation.words.get(self.name, ()), *_at_root(contract, operation)):
            says = f"at most {policy.calls} calls of {operation.id} in {policy.window} s ({policy.name})"
            planned = PlannedCall(operation.id, fill=False)
            quota = (policy.calls, policy.window)
            probes: tuple[Probe, ...] = ()
            if safe:
                probes = (
                    Probe((planned,), accepted_start(operation), quota),
                    *_together(contract, operation, policy),
                )
            elif refused_start(contract, operation) is not None:  # used up by refused calls, if those count
                probes = (Probe((planned, planned), accepted_start(operation), quota),)
            needs = (
                None if probes else "its calls change things: one cannot be made often enough to exceed it"
            )
            id = f"{operation.id}/limits/{policy.name}"
            yield Promise(id, operation.id, says, policy.pointer, probes, policy.assumed, needs)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        policies: tuple[Policy, ...] = (operation or contract).words.get(self.name, ())
        for policy in policies:
            calls = "1 call" if policy.calls == 1 else f"{policy.calls} calls"
            window = "a second" if policy.window == 1 else f"in {policy.window} seconds"
            what = "" if operation else " of the whole API"
            says = f"At most {calls}{what} {window} (`{policy.name}`)."
            yield Sentence(says, policy.pointer, policy.assumed)
        if policies:
            says = f"A call beyond a limit is refused {answered(contract, 'limited')}."
            yield Sentence(says, policies[0].pointer, contract.errors.kind("limited").assumed)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        for policy in (operation or contract).words.get(self.name, ()):
            says = f"allows {policy.calls} calls in {policy.window} s"
            value, about = (policy.calls, policy.window), f"limit `{policy.name}`"
            yield Fact(
                (policy.name,), value, says, policy.pointer, policy.assumed, None, about, renamable=True
            )

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if old is None:
            return BREAKS, "calls that worked are refused as too many"
        if new is None:
            return SAFE, "more calls are allowed"
        (was, over), (calls, window) = old.value, new.value
        if calls <= was and window >= over:
            return BREAKS, "fewer calls are allowed"
        if calls >= was and window <= over:
            return SAFE, "more calls are allowed"
        return MAYBE, "more calls in more time, or fewer in less"


def policies(contract: Contract, operation: Operation) -> tuple[Policy, ...]:
    """Every policy that counts an operation: its own and the API's."""
    return (*operation.words.get("limits", ()), *contract.words.get("limits", ()))


def _at_root(contract: Contract, operation: Operation) -> tuple[Policy, ...]:
    """The API's policies, tried on the first operation that only reads."""
    root: tuple[Policy, ...] = contract.words.get("limits", ())
    first = next((o for o in contract.operations.values() if o.verb in ("list", "read")), None)
    return root if first is operation else ()


def _together(contract: Contract, operation: Operation, policy: Policy) -> Iterator[Probe]:
    """A policy of the whole API, used up by calls of two operations in turn."""
    others = (o for o in contract.operations.values() if o.verb == "read" and o is not operation)
    other = next(others, None) if policy.scope == "*" else None
    if other is not None:
        planned_calls = (PlannedCall(operation.id, fill=False), PlannedCall(other.id, fill=False))
        yield Probe(planned_calls, accepted_start(other), (policy.calls, policy.window))


def hit_key(policy: Policy, credential: str | None) -> str:
    """Under which name the calls of one credential are counted."""
    return f"{policy.scope}/{policy.name}/{credential or ''}"


def _wait(policy: Policy, hits: Sequence[datetime], now: datetime) -> int:
    """Whole seconds until a call is allowed again; 0 where it is allowed now."""
    window = timedelta(seconds=policy.window)
    inside = [hit for hit in hits if hit > now - window]
    if len(inside) < policy.calls:
        return 0
    return -int((now - inside[-policy.calls] - window).total_seconds() // 1)
