"""``limits``: quota policies as in RateLimit-Policy: ``{burst: {q: 10, w: 1}}`` is 10 calls a second.

On an operation it counts the calls of that operation, at the root those of the whole API; per credential.
Refused calls count in the mock; documents rarely say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import transition_of
from troth.contracts.document import join
from troth.contracts.model import Finding, Hit, Node, Operation, Pointer, Refusal
from troth.contracts.promises.denial import Denial, with_words
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE, Compatibility, Fact
from troth.contracts.promises.promise import PlannedCall, Probe, Promise, Sentence
from troth.contracts.words._binding import Binding
from troth.contracts.words._phrases import answered
from troth.contracts.words._stages import RefusalStage
from troth.contracts.words._starts import accepted_start, refused_start
from troth.contracts.words._step import Step
from troth.contracts.words._values import name_of
from troth.contracts.words._word import Site, Word

MOST_WRITES = 20
"""A quota of more calls is not run into by calls that change things."""


@dataclass(frozen=True)
class Policy:
    """At most ``calls`` in any ``window`` of seconds, counted under ``scope``."""

    name: str
    scope: str
    calls: int
    window: int
    pointer: Pointer
    assumed: bool = False


@dataclass(frozen=True)
class Counting(Binding):
    """The policies that count an operation."""

    policies: tuple[Policy, ...]

    def refusals(self, step: Step) -> Iterator[Refusal]:
        for policy in self.policies:
            hits = step.world.hits(hit_key(policy, step.call.credential))
            if hits is None:  # not known: either answer
                yield Refusal(
                    "limited", policy.pointer, assumed=policy.assumed, certain=False, preferred=False
                )
            elif len(hits) < policy.calls:
                continue  # nobody has to know the time
            elif wait := _wait(policy, hits, step.world.now):
                yield Refusal("limited", policy.pointer, assumed=policy.assumed, detail=str(wait))

    def counts(self, step: Step) -> tuple[Hit, ...]:
        credential = step.call.credential
        return tuple(Hit(hit_key(policy, credential), policy.window) for policy in self.policies)


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
                "q": {"type": "integer", "minimum": 1, "maximum": 1_000_000_000},
                "w": {"type": "integer", "minimum": 1, "maximum": 1_000_000_000},
                "assumed": {"type": "boolean"},
            },
        },
    }
    refuses_at = RefusalStage.QUOTA

    def parse(self, value: Node, site: Site) -> tuple[Policy, ...]:
        scope = "*"
        if site.operation is not None:
            scope = site.operation.id
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

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        found = policies(contract, operation)
        if found:
            return Counting(found)
        return None

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        for policy in (*_own(operation), *_at_root(contract, operation)):
            says = f"at most {policy.calls} calls of {operation.id} in {policy.window} s ({policy.name})"
            probes, needs = tuple(_probes(contract, operation, policy)), None
            if not probes:
                needs = "its calls change things: one cannot be made often enough to exceed it"
            id = f"{operation.id}/limits/{policy.name}"
            denials = tuple(_moved(contract, operation, policy))
            if operation.verb not in ("read", "list"):
                denials = tuple(replace(d, allowed="refused calls need not count") for d in denials)
            yield Promise(
                id, operation.id, says, policy.pointer, probes, policy.assumed, needs, denials=denials
            )

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        policies = _at(contract, operation)
        for policy in policies:
            yield Sentence(_told(policy), policy.pointer, policy.assumed)
        if policies:
            says = f"A call beyond a limit is refused {answered(contract, 'limited')}."
            yield Sentence(says, policies[0].pointer, contract.errors.kind("limited").assumed)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        for policy in _at(contract, operation):
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


def _moved(contract: Contract, operation: Operation, policy: Policy) -> Iterator[Denial]:
    """One call more is allowed, or one less; the window is half as long, or twice."""
    for step in (1, -1):
        changed = replace(policy, calls=policy.calls + step)
        if changed.calls > 0:
            yield _denied(contract, operation, policy, changed, f"{changed.calls} calls are allowed")
    for window in (policy.window // 2, policy.window * 2):
        if window > 0:
            changed = replace(policy, window=window)
            yield _denied(contract, operation, policy, changed, f"the window is {window} s")


def _denied(contract: Contract, operation: Operation, policy: Policy, changed: Policy, says: str) -> Denial:
    """A policy that is another one."""
    if policy in _own(operation):
        own = tuple(changed if other is policy else other for other in _own(operation))
        return Denial(says, with_words(operation, limits=own), judged=False)
    whole = tuple(changed if other is policy else other for other in _at(contract, None))
    return Denial(says, words={Limits.name: whole}, judged=False)


def policies(contract: Contract, operation: Operation) -> tuple[Policy, ...]:
    """Every policy that counts an operation: its own and the API's."""
    return (*_own(operation), *_at(contract, None))


def _own(operation: Operation) -> tuple[Policy, ...]:
    """The policies that stand on an operation."""
    found: tuple[Policy, ...] = operation.words.get("limits", ())
    return found


def _at(contract: Contract, operation: Operation | None) -> tuple[Policy, ...]:
    """The policies that stand on an operation (None: at the root)."""
    if operation is not None:
        return _own(operation)
    found: tuple[Policy, ...] = contract.words.get("limits", ())
    return found


def _told(policy: Policy) -> str:
    """A policy for readers."""
    calls = f"{policy.calls} calls"
    if policy.calls == 1:
        calls = "1 call"
    if policy.scope == "*":
        calls += " of the whole API"
    window = f"in {policy.window} seconds"
    if policy.window == 1:
        window = "a second"
    return f"At most {calls} {window} (`{policy.name}`)."


def _at_root(contract: Contract, operation: Operation) -> tuple[Policy, ...]:
    """The API's policies, tried on the first operation that only reads."""
    first = next((o for o in contract.operations.values() if o.verb in ("list", "read")), None)
    if first is not operation:
        return ()
    return _at(contract, None)


def _probes(contract: Contract, operation: Operation, policy: Policy) -> Iterator[Probe]:
    """Calls until there are too many; those that change things, by calls that are refused, if those count."""
    planned, quota = PlannedCall(operation.id), (policy.calls, policy.window)
    if operation.verb in ("read", "list"):
        yield Probe((planned,), accepted_start(operation), quota)
        other = _other_reading(contract, operation)
        if policy.scope == "*" and other is not None:
            in_turn = (planned, PlannedCall(other.id))
            yield Probe(in_turn, accepted_start(other), quota)
    elif _may_be_repeated(contract, operation, policy):
        yield Probe((planned,), accepted_start(operation), quota)
    elif refused_start(contract, operation) is not None:
        yield Probe((planned, planned), accepted_start(operation), quota)


def _may_be_repeated(contract: Contract, operation: Operation, policy: Policy) -> bool:
    """Whether what a call changes keeps no further one from being taken, and a few are enough."""
    if any([policy.calls > MOST_WRITES, policy.scope == "*", "handlers" in contract.words]):
        return False
    if operation.verb == "create":
        return operation.own is None
    if operation.verb not in ("action", "update"):
        return False
    return transition_of(operation) is None


def _other_reading(contract: Contract, operation: Operation) -> Operation | None:
    """Another operation that reads a record: a policy of the whole API counts both."""
    for other in contract.operations.values():
        if other.verb == "read" and other is not operation:
            return other
    return None


def hit_key(policy: Policy, credential: str | None) -> str:
    """Under which name the calls of one credential are counted."""
    return name_of(policy.scope, policy.name, credential or "")


def _wait(policy: Policy, hits: Sequence[datetime], now: datetime) -> int:
    """Whole seconds until a call is allowed again; 0 where it is allowed now."""
    if len(hits) < policy.calls:
        return 0
    window, first = timedelta(seconds=policy.window), hits[-policy.calls]
    if first <= now - window:
        return 0
    return -int((now - first - window).total_seconds() // 1)
