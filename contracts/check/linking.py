"""Trying `links`: a thing is linked or taken out, and what is linked is read before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from troth.contracts.check.book import broken
from troth.contracts.check.building import CallBuilder
from troth.contracts.check.client import Client
from troth.contracts.check.draws import Unavailable
from troth.contracts.check.exchange import Exchange
from troth.contracts.check.observation import Mismatch
from troth.contracts.check.observing import Observer
from troth.contracts.check.provisioning import Provisioner
from troth.contracts.check.records import Pool
from troth.contracts.contract import Contract
from troth.contracts.contract.linked import Links, links_of
from troth.contracts.deciding.shown import shown
from troth.contracts.document.typing import types_of
from troth.contracts.model import Json, Record
from troth.contracts.promises.promise import LinkedProbe, PlannedCall, Promise
from troth.contracts.words.paging import cut_of

ON_A_PAGE = 10
"""Of a list in pages that shows so many, nobody knows what else is in it."""


class Linking:
    """One promise about links, on one record that has them."""

    def __init__(
        self,
        contract: Contract,
        client: Client,
        builder: CallBuilder,
        pool: Pool,
        observer: Observer,
        provisioner: Provisioner,
        look_again: Callable[[Record], None],
    ) -> None:
        self._contract, self._client, self._builder = contract, client, builder
        self._pool, self._observer, self._provisioner = pool, observer, provisioner
        self._look_again = look_again

    def try_out(self, promise: Promise, probe: LinkedProbe, record: Record) -> None:
        """Raises BrokenPromise, and Unavailable where nothing can be said."""
        operation = self._contract.operations[promise.operation]
        links = links_of(operation)
        assert links is not None
        adds = links.does == "add"
        one, before = self._thing(links, probe, record, linked=not adds)
        if (one.id in before) is adds:
            raise Unavailable(f"{one.id} is {'linked' if adds else 'not linked'} all the same")
        done = self._on(operation.id, record, one)
        _taken(done)
        if operation.method == "PUT":  # idempotent (RFC 9110, section 9.2.2)
            self._on(operation.id, record, one)
        after, listing = self._listed(probe, record)
        self._forget(record, one)
        wrong = self._difference(links, one, before, after)
        if wrong is not None:
            did, expected = wrong
            what = f"what {listing.operation.id} lists after {one.id} was {did}"
            mismatch = Mismatch(what, expected, ", ".join(after) or "nothing", promise.pointer)
            raise broken(promise, [done, listing], mismatch)
        if adds and probe.removing is not None:
            self._on(probe.removing, record, one)
            self._forget(one)
        if not adds:
            self._must_stay(promise, done, one)

    def _difference(
        self, links: Links, one: Record, before: Sequence[str], after: Sequence[str]
    ) -> tuple[str, str] | None:
        """What was done, and what should be listed now; None where that is so. Others may be busy: only the
        tester's own things count, and those that were there."""
        known = {*before, *(other.id for other in self._pool.own(links.of))}
        if links.does == "add" and after.count(one.id) > 1:
            return "linked", f"{one.id} once"
        did, wanted = "linked", {*before, one.id}
        if links.does == "remove":
            did, wanted = "taken out", {*before} - {one.id}
        if {*after} & known == wanted:
            return None
        return did, ", ".join(sorted(wanted)) or "nothing"

    def _thing(
        self, links: Links, probe: LinkedProbe, record: Record, *, linked: bool
    ) -> tuple[Record, list[str]]:
        """One of the tester's own things that is linked, or is not, beside another one that is; and what is
        listed then. Raises Unavailable where there is none."""
        self._provisioner.at_least(2, links.of)
        there, _ = self._listed(probe, record)
        things = [one for one in self._pool.own(links.of) if one != record and there.count(one.id) < 2]
        if not things:
            raise Unavailable(f"there is no {links.of} that could be linked")
        one, *others = sorted(things, key=lambda thing: (thing.id in there) is not linked)
        if not linked and one.id in there:
            raise Unavailable(f"every {links.of} is linked already")
        wanted = [*others[:1], *([one] if linked else [])]
        lacking = [thing for thing in wanted if thing.id not in there]
        if not lacking or probe.adding is None:
            return one, there
        for thing in lacking:
            _taken(self._on(probe.adding, record, thing))
        return one, self._listed(probe, record)[0]

    def _must_stay(self, promise: Promise, done: Exchange, one: Record) -> None:
        """What is taken out is no longer linked; it is there all the same."""
        reading = self._contract.acting(one.resource, "read")
        if reading is None:
            return
        read = self._client.send(self._pool.call_on(reading, one))
        if read.reply.status in (404, 410):
            mismatch = Mismatch(
                f"{one.id} after it was taken out", "200", str(read.reply.status), promise.pointer
            )
            raise broken(promise, [done, read], mismatch)

    def _on(self, id: str, record: Record, one: Record) -> Exchange:
        """Link a thing, or take it out."""
        operation = self._contract.operations[id]
        links = links_of(operation)
        assert links is not None
        name, body = str(links.by), dict[str, Json]()
        path: dict[str, Json] = {}
        query: dict[str, Json] = {}
        if operation.parameter("path", name) is not None:
            path = {name: one.id}
        elif operation.parameter("query", name) is not None:
            query = {name: one.id}
        else:
            several = types_of(self._contract.body_properties(operation).get(name))[:1] == ("array",)
            body = {name: [one.id] if several else one.id}
        return self._send(PlannedCall(operation.id, body, path=path, query=query), record)

    def _listed(self, probe: LinkedProbe, record: Record) -> tuple[list[str], Exchange]:
        """The ids of what is linked, and the answer that shows them."""
        operation = self._contract.operations[probe.showing]
        links = links_of(operation)
        assert links is not None
        self._observer.let_settle()
        exchange = self._send(PlannedCall(operation.id), record)
        found = shown(operation, exchange.reply)
        if exchange.reply.status != 200 or not isinstance(found, list):
            raise Unavailable(f"{operation.id} answers {exchange.reply.status}, and no list")
        if len(found) >= ON_A_PAGE and cut_of(self._contract, operation) is not None:
            raise Unavailable(f"{operation.id} shows a page of what is linked")
        key = self._contract.resources[links.of].id
        return [str(item.get(key) if isinstance(item, Mapping) else item) for item in found], exchange

    def _send(self, planned: PlannedCall, record: Record) -> Exchange:
        call = self._builder.build(planned, record, self._builder.plain_values(planned))
        return self._client.send(call)

    def _forget(self, *records: Record) -> None:
        """What is known of both may have changed."""
        for record in records:
            self._provisioner.after_change(record)
            self._look_again(record)


def _taken(exchange: Exchange) -> None:
    if exchange.reply.status >= 300:
        raise Unavailable(f"{exchange.operation.id} answers {exchange.reply.status}")
