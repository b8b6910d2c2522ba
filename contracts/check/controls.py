"""Controls: a call that was refused is held against plainer ones, on a record like it.

A probe that is to be taken and is not has shown something of its promise only where the operation takes
anything at all there. Where even the plainest calls are refused, one promise is broken, and said once: that
the operation takes what its schema and its rules allow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeAlias

from troth.contracts.check.building import CallBuilder
from troth.contracts.check.client import Client
from troth.contracts.check.draws import Unavailable
from troth.contracts.check.exchange import Exchange
from troth.contracts.check.looking import parent_id
from troth.contracts.check.observing import Observer
from troth.contracts.check.provisioning import Provisioner, Unreached
from troth.contracts.check.records import Pool, state_of
from troth.contracts.contract import Contract
from troth.contracts.model import Json, Operation, Record
from troth.contracts.promises.promise import Given, PlannedCall, Probe
from troth.contracts.words._starts import accepted_start, kinds_of
from troth.contracts.words.examples import documented

OTHERS = 3
"""So many other properties are sent, each alone, to see whether anything is taken."""

_Values: TypeAlias = Mapping[str, Any]


class Controls:
    """Remembers what each operation has taken, and tries that, and the plainest calls, again."""

    def __init__(
        self,
        contract: Contract,
        client: Client,
        pool: Pool,
        observer: Observer,
        builder: CallBuilder,
        provisioner: Provisioner,
        look_again: Callable[[Record], None],
    ) -> None:
        self._contract, self._client, self._pool = contract, client, pool
        self._observer, self._builder, self._provisioner = observer, builder, provisioner
        self._look_again = look_again
        self._refused: dict[tuple[str, Given | None], tuple[Exchange, ...]] = {}
        self._taken: dict[tuple[str, Json], tuple[PlannedCall, _Values]] = {}

    def remember(self, planned: PlannedCall, values: _Values, subject: Record | None) -> None:
        """That a call was taken on such a record."""
        if planned.raw is None and not planned.again:
            self._taken[planned.operation, self._state(subject)] = planned, values

    def is_plainest(self, probe: Probe) -> bool:
        """Whether there is no plainer call than a probe's first one."""
        return next(self._plainer(probe), None) is None

    def all_refused(self, probe: Probe) -> tuple[Exchange, ...]:
        """The plainer calls than a probe's first one, where every one is refused, too; none where one is
        taken, or there is none. Remembered for each start of a probe."""
        start = probe.calls[0].operation, probe.given
        if start not in self._refused:
            self._refused[start] = self._refusals(probe)
        return self._refused[start]

    def _refusals(self, probe: Probe) -> tuple[Exchange, ...]:
        refused: list[Exchange] = []
        with suppress(Unreached, Unavailable):
            for planned, values in self._plainer(probe):
                exchange = self._attempt(planned, values, probe)
                if exchange is None:
                    continue
                if exchange.reply.status < 300:
                    return ()
                refused.append(exchange)
        return tuple(refused)

    def see_whether_taken(self, operation: Operation) -> None:
        """Try the plainest calls of an operation, until one is taken."""
        planned = PlannedCall(operation.id)
        with suppress(Unreached, Unavailable):
            probe = Probe((planned,), accepted_start(operation))
            exchange = self._attempt(planned, self._builder.plain_values(planned), probe)
            if exchange is None or exchange.reply.status >= 300:
                self.all_refused(probe)

    def _plainer(self, probe: Probe) -> Iterator[tuple[PlannedCall, _Values]]:
        """Calls that leave out what the probe is about: what was taken before, the plainest one, others."""
        asked = probe.calls[0]
        operation = self._contract.operations[asked.operation]
        state = probe.given.state if probe.given is not None else None
        known = self._taken.get((operation.id, state))
        if known is not None and known[0] != asked:
            yield known
        kinds = {name for name, _ in kinds_of(self._contract, operation)}
        body = asked.body if isinstance(asked.body, Mapping) else {}
        plain = PlannedCall(operation.id, {name: body[name] for name in body.keys() & kinds})
        calls = [plain] + [
            documented(self._contract, operation, sent) for sent in operation.examples.values()
        ]
        others = sorted(self._builder.spare(plain) - body.keys() - {*asked.draws})
        calls += [replace(plain, draws=(name,)) for name in others[:OTHERS]]
        for planned in calls:
            if planned != asked:
                yield planned, self._builder.plain_values(planned)

    def _attempt(self, planned: PlannedCall, values: _Values, probe: Probe) -> Exchange | None:
        """Send one on a record like the probe's; None where it would not show anything."""
        record = None
        if probe.given is not None:
            record = self._provisioner.find_for(planned.operation, probe.given)
        if isinstance(values.get("draws"), Mapping):
            values = {**values, "draws": self._builder.renewed(planned.operation, values["draws"])}
        call = self._builder.build(planned, record, values)
        operation = self._contract.operations[call.operation]
        if not self._provisioner.succeeds(call, record):
            return None
        if record is not None:
            self._provisioner.before_change(record)
        exchange = self._client.send(call)
        made = self._observer.created_record(exchange)
        if made is not None:
            self._pool.put(made)
            self._observer.forget_below(made)
            if len(made.data) == 1:  # its id is all that is known
                self._look_again(made)
        if record is not None:
            self._provisioner.after_change(record)
        if operation.resource is not None:
            self._observer.changed((operation.resource, parent_id(operation, call)))
        if record is not None and exchange.reply.status < 300:
            self._look_again(record)
        return exchange

    def _state(self, subject: Record | None) -> Json:
        if subject is None:
            return None
        return state_of(self._contract, subject)
