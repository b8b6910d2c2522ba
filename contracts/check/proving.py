"""What proves a promise: an observation that the contract allows, and a denied one does not.

Where no denial can be said, the table below says what must have been seen:

====================  =====================================================================================
promise               is kept only where
====================  =====================================================================================
``frame/refused``     a refused call was followed by a reading that shows what it would have changed
``frame/declared``    a success was followed by a reading that shows something it does not change
``frame/others``      the list showed another record of the tester's own, before and after
``response``          a success was held against its documented response
``query/…``           the list showed something, and not a record of the tester's own that has another value
``paging``            a page was full, and there was more
``paging/default``    the same of a page for which nothing was asked
``paging/walk``       there were two pages at least
``acts/create``       the new record was read, or is in the list
``acts/list``         a record of the tester's own is in the list
``parent/own``        a list was shown while a record that the tester made belongs to another parent
``limits/…``          the last allowed call was taken, the next one not, and one again in the next window
``examples/…``        what came of it was read
====================  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from troth.contracts.check.comparing import same
from troth.contracts.check.judge import judge
from troth.contracts.check.lists import count
from troth.contracts.check.observation import Observation
from troth.contracts.check.queries import selects_by_word, special_parameters
from troth.contracts.contract import Contract
from troth.contracts.deciding.decide import decide
from troth.contracts.deciding.known_world import KnownWorld
from troth.contracts.deciding.shown import only_sent, shown
from troth.contracts.errors import ContractFault
from troth.contracts.model import ABSENT, Call, Json, Operation, Outcome, Record, Unknown
from troth.contracts.promises.denial import Denial
from troth.contracts.promises.promise import Promise
from troth.contracts.words.automatic import drift
from troth.contracts.words.paging import cut_of

MOST = 8
"""Outcomes of a call that are compared beforehand."""


class Prover:
    """Holds observations against denied contracts."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._denied: dict[int, tuple[Denial, Contract]] = {}

    def denied(self, denial: Denial) -> Contract:
        """The contract in which a promise does not hold."""
        known = self._denied.get(id(denial))
        if known is None:
            known = denial, denial.of(self._contract)
            self._denied[id(denial)] = known
        return known[1]

    def told_apart(
        self,
        promise: Promise,
        seen: Observation,
        subject: Record | None,
        worlds: Sequence[KnownWorld],
        now: datetime,
    ) -> Iterator[int]:
        """Which denials of a promise, by their numbers, do not allow what was seen."""
        for number, denial in enumerate(promise.denials):
            if denial.judged and self._speaks_of(denial, seen.call):
                contract = self.denied(denial)
                if not _allows(contract, seen, _drifted(contract, denial, subject, worlds, now)):
                    yield number

    def foretells(
        self, promise: Promise, numbers: Sequence[int], call: Call, worlds: Sequence[KnownWorld]
    ) -> tuple[bool, Record | None]:
        """Whether the answer to a call will tell some denials apart, as far as that can be known before; and
        what the record will be."""
        try:
            outcome = next(decide(self._contract, call, worlds[0]))
            expected = _signature(self._contract, outcome)
            others = [self.denied(promise.denials[number]) for number in numbers]
            return all(expected not in _visible(other, call, worlds) for other in others), outcome.after
        except ContractFault:
            return False, None

    def _speaks_of(self, denial: Denial, call: Call) -> bool:
        return denial.operation is None or denial.operation.id == call.operation


def _drifted(
    contract: Contract,
    denial: Denial,
    subject: Record | None,
    worlds: Sequence[KnownWorld],
    now: datetime,
) -> Sequence[KnownWorld]:
    """The possible worlds, with what time has made of the record by a denied contract."""
    if subject is None or denial.resource is None:
        return worlds
    return [worlds[0].instead(record) for record in drift(contract, subject, now)]


def _allows(contract: Contract, seen: Observation, worlds: Sequence[KnownWorld]) -> bool:
    try:
        judgement = judge(contract, seen, worlds)
    except ContractFault:  # it takes the call, and what should come of it cannot be
        return False
    return not judgement.mismatches and not judgement.remarks


def _visible(contract: Contract, call: Call, worlds: Sequence[KnownWorld]) -> set[str]:
    """What each outcome of a call would show of itself."""
    found = set()
    for world in worlds:
        for number, outcome in enumerate(decide(contract, call, world)):
            if number == MOST:
                break
            found.add(_signature(contract, outcome))
    return found


def _signature(contract: Contract, outcome: Outcome) -> str:
    if not outcome.succeeded:
        status = outcome.status if outcome.exact else outcome.status // 100
        return f"{status} {outcome.message}"
    shows = {path: value for path, value in outcome.shows.items() if not isinstance(value, Unknown)}
    return f"{_shown(contract, outcome.after)} {outcome.records} {shows}"


def _shown(contract: Contract, record: Record | None) -> str:
    """What readings show of a record; what only the server knows is left out."""
    if record is None:
        return "gone"
    schema = contract.document.schemas.resolve(contract.resources[record.resource].schema)
    found = []
    for name in sorted(schema.get("properties", {}).keys() & record.data.keys()):
        value = record.data[name]
        if only_sent(contract, schema["properties"][name]):
            continue
        if isinstance(value, Unknown):
            value = "another one" if value.touched else value.old
            if value is None:
                continue
        found.append(f"{name}: {value!r}")
    return ", ".join(found)


def refusal_is_shown(operation: Operation, seen: Observation, outcome: Outcome) -> bool:
    """Whether what was read after a refusal shows what the call would have changed."""
    if operation.verb == "create":
        return bool(seen.existing) or bool(seen.known)
    if not isinstance(seen.after, Mapping):
        return bool(seen.others) and seen.before is None
    if operation.verb in ("read", "delete"):
        return True
    if not isinstance(seen.call.body, Mapping) or operation.verb == "action":
        return True
    sent = operation.record_in(seen.call.body)
    return any(name in seen.after and seen.after[name] != value for name, value in sent.items())


def success_is_shown(operation: Operation, seen: Observation, outcome: Outcome) -> bool:
    """Whether what was read after a success shows something that the call does not change."""
    if seen.after is None:
        return operation.verb == "delete"
    if not isinstance(seen.after, Mapping):
        return False
    return bool(seen.after.keys() - outcome.touched.keys()) or operation.verb == "create"


def is_read(seen: Observation) -> bool:
    """Whether what came of a call was read."""
    return seen.after is not ABSENT or bool(seen.known)


def selects(contract: Contract, seen: Observation, name: str) -> bool:
    """Whether a list left out a record of the tester's own for what the query asks for."""
    operation = contract.operations[seen.call.operation]
    got, resource = shown(operation, seen.reply), contract.resource_of(operation)
    if name not in seen.call.query or not isinstance(got, list) or resource is None:
        return False
    if not got:
        return False
    if name in special_parameters(operation):
        return selects_by_word(contract, operation, seen, name, got)
    ids = [item.get(resource.id) for item in got if isinstance(item, Mapping)]
    for record in seen.own:
        if name not in record or record.get(resource.id) in ids:
            continue
        if not same(seen.call.query[name], record[name]):
            return True
    return False


def is_cut(contract: Contract, seen: Observation) -> bool:
    """Whether a page was full, and there was more; or whether it lay behind the last one."""
    operation = contract.operations[seen.call.operation]
    paging, got = cut_of(contract, operation), shown(operation, seen.reply)
    if paging is None or not isinstance(got, list):
        return False
    _, size = paging.cut(seen.call.query)
    there: Json = count(seen.reply, paging.total) or seen.known
    assert isinstance(there, int)
    return size is not None and len(got) == size and there > paging.start(seen.call.query) + size
