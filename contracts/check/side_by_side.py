"""The same calls to two targets: what the check sends to the first one, the second one gets at once.

What one of them has and the other has not is left alone: calls that name a record of the first one's own are
not sent to the second, and of lists only the records that were made in the run are compared.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from troth.contracts.check.alike import Difference, Twins, is_opaque
from troth.contracts.check.budget import Budget
from troth.contracts.check.cleaning import Cleaner
from troth.contracts.check.client import Client
from troth.contracts.check.draws import Unavailable
from troth.contracts.check.exchange import Exchange
from troth.contracts.check.history import made_by
from troth.contracts.check.probing import Prober
from troth.contracts.check.results import Left
from troth.contracts.check.run import Checker, Progress
from troth.contracts.check.selection import Selection
from troth.contracts.check.targets import Target
from troth.contracts.check.troubles import RunEnded, Trouble
from troth.contracts.contract import Contract
from troth.contracts.deciding.shown import shown
from troth.contracts.errors import TargetError
from troth.contracts.model import ABSENT, Absent, Json, Operation

HEADERS = ("content-type", "location", "etag", "allow", "www-authenticate", "retry-after", "link")
"""Headers that both must have, or none; of the first the media type must be the same, too (RFC 9110)."""


@dataclass(frozen=True)
class Found:
    """A difference, where it was seen first, and in how many calls of the operation."""

    operation: str
    difference: Difference
    first: Exchange
    second: Exchange
    calls: int = 1


@dataclass(frozen=True)
class Comparison:
    """``calls``: how many were compared, by operation; ``skipped``: how many name what only one target has;
    ``ended``: why it ended before its time; ``left``: records that could not be removed, by target."""

    spec: str
    targets: tuple[str, str]
    seed: int
    calls: Mapping[str, int]
    skipped: int
    found: Sequence[Found]
    seconds: float
    ended: str | None = None
    left: Mapping[str, Sequence[Left]] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0: they answer alike; 1: they differ; 2: nothing could be compared."""
        if self.found:
            return 1
        if not sum(self.calls.values()):
            return 2
        return 0


class SideBySide:
    """Sends what a check sends to two targets, and holds their answers against each other."""

    def __init__(
        self,
        contract: Contract,
        first: Target,
        second: Target,
        *,
        seed: int = 0,
        selection: Selection | None = None,
        budget: Budget | None = None,
    ) -> None:
        both = first.named.keys() & second.named.keys()
        self._targets = replace(first, named={name: first.named[name] for name in both}), second
        self.checker = Checker(
            contract, self._targets[0], number=seed, selection=selection or Selection(), budget=budget
        )
        self._other = Prober(contract, second, number=seed)
        self._mirror = Mirror(contract, self._other.client)
        for name in both:
            self._mirror.twins.learn(str(first.named[name]), str(second.named[name]))
        self.checker.client.beside = self._mirror.repeat

    def run(self, progress: Progress = lambda done, of, name: None) -> Comparison:
        """However it ends, what was found out; what was made is removed. Raises TargetError where a target
        cannot be reached."""
        started = time.monotonic()
        contract, other, mirror = self.checker.contract, self._other, self._mirror
        report = self.checker.run(progress)
        parts = other.client, other.pool, other.observer, other.provisioner
        left = Cleaner(contract, *parts, other.ledger).clean().left
        first, second = self._targets
        return Comparison(
            contract.name,
            (first.name, second.name),
            self.checker.seed,
            mirror.calls,
            mirror.skipped,
            list(mirror.found.values()),
            time.monotonic() - started,
            report.ended,
            {first.name: report.cleaned.left, second.name: left},
        )


class Mirror:
    """Sends to the second target what was sent to the first, and notes in what the answers differ."""

    def __init__(self, contract: Contract, client: Client) -> None:
        self._contract, self._client = contract, client
        self.twins = Twins()
        self.calls: Counter[str] = Counter()
        self.skipped = 0
        self.found: dict[tuple[str, str, str], Found] = {}

    def repeat(self, exchange: Exchange, raw: str | None, refused: bool) -> None:
        """One call more. Raises RunEnded where the second target is lost."""
        if self._is_of_one_alone(exchange):
            self.skipped += 1
            return
        call = exchange.call
        call = replace(
            call,
            path=self.twins.of(call.path),
            query=self.twins.of(call.query),
            headers=self.twins.of(call.headers),
            body=call.body if call.body is ABSENT else self.twins.of(call.body),
        )
        try:
            second = self._client.send(call, raw=raw, token=exchange.token, refused=refused)
        except Unavailable:  # it is only read
            self.skipped += 1
            return
        except (Trouble, TargetError) as trouble:
            raise RunEnded(f"{self._client.target.name}: {trouble}", lost=True) from None
        self.calls[exchange.operation.id] += 1
        self._learn(exchange, second)
        for difference in self._differences(exchange, second):
            self._note(exchange.operation, difference, exchange, second)

    def _is_of_one_alone(self, exchange: Exchange) -> bool:
        """Whether a call names a record that the first target has, and the second is not known to have."""
        if exchange.reply.status >= 300:
            return False
        return any(str(value) not in self.twins.known for value in exchange.call.path.values())

    def _learn(self, first: Exchange, second: Exchange) -> None:
        """What both have made is one thing from now on, and so are the tags of what both show."""
        match made_by(self._contract, first), made_by(self._contract, second):
            case str(one), str(other):
                self.twins.learn(one, other)
        tags = [exchange.response.headers.get("ETag") for exchange in (first, second)]
        match tags:
            case str(here), str(there):
                self.twins.learn(here, there)

    def _differences(self, first: Exchange, second: Exchange) -> list[Difference]:
        one, other = first.reply.status, second.reply.status
        if one != other:
            return [Difference("the status", str(one), str(other))]
        found = list(_of_headers(first, second))
        if first.operation.verb == "list" and one < 300:
            return [*found, *self._of_lists(first, second)]
        return [*found, *self._of_bodies(first, second)]

    def _of_bodies(self, first: Exchange, second: Exchange) -> list[Difference]:
        one, other = first.reply.body, second.reply.body
        if isinstance(one, Absent):
            return [] if one is other else [Difference("the body", "nothing", "one")]
        if isinstance(other, Absent):
            return [Difference("the body", "one", "nothing")]
        return list(self.twins.differences(one, other))

    def _of_lists(self, first: Exchange, second: Exchange) -> list[Difference]:
        """How the records differ that both lists must show, in which order: those that both have made."""
        resource = self._contract.resource_of(first.operation)
        items = [shown(exchange.operation, exchange.reply) for exchange in (first, second)]
        if not isinstance(items[0], list) or not isinstance(items[1], list) or resource is None:
            return self._of_bodies(first, second)
        mine = {str(self.twins.of(_key(item, resource.id))): item for item in items[0]}
        others = {_key(item, resource.id): item for item in items[1]}
        wanted = {*self.twins.known.values()}
        if first.call.query:  # a page may show what is there besides, and push them out
            wanted &= mine.keys() & others.keys()
        both = [[item for id, item in shown.items() if id in wanted] for shown in (mine, others)]
        return list(self.twins.differences(both[0], both[1], "the items"))

    def _note(self, operation: Operation, difference: Difference, first: Exchange, second: Exchange) -> None:
        tokens = difference.at.split("/")
        place = "/".join("*" if token.isdigit() or is_opaque(token) else token for token in tokens)
        kind = f"{first.reply.status} {second.reply.status} {place}"
        key = operation.id, kind, "" if place.startswith("/") else difference.second
        told = [first.secrets.hide(difference.first), second.secrets.hide(difference.second)]
        difference = replace(difference, first=told[0], second=told[1])
        known = self.found.get(key)
        if known is None:
            self.found[key] = Found(operation.id, difference, first, second)
        else:
            self.found[key] = replace(known, calls=known.calls + 1)


def _key(item: Json, name: str) -> str:
    if isinstance(item, Mapping) and name in item:
        return str(item[name])
    return ""


def _of_headers(first: Exchange, second: Exchange) -> list[Difference]:
    """Headers that only one of them sends, and another media type."""
    found = []
    for name in HEADERS:
        one, other = first.response.headers.get(name), second.response.headers.get(name)
        if (one is None) is not (other is None):
            found.append(Difference(f"the header {name}", _there(one), _there(other)))
    media = [
        e.response.headers.get("content-type", "").partition(";")[0].strip().lower() for e in (first, second)
    ]
    if len({*filter(None, media)}) > 1:
        found.append(Difference("the media type", media[0], media[1]))
    return found


def _there(value: object) -> str:
    return "nothing" if value in (None, ABSENT) else "one"
