"""What a run begins with: what is there already, and which records are the tester's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from troth.contracts.check.arriving import require_this_api, unknown_facts
from troth.contracts.check.draws import Unavailable
from troth.contracts.check.exchange import Exchange
from troth.contracts.check.observing import Observer
from troth.contracts.check.targets import Target
from troth.contracts.check.troubles import Trouble
from troth.contracts.contract.identity import SINGLE
from troth.contracts.errors import TargetError
from troth.contracts.model import Record, Resource
from troth.contracts.promises.calls import plain_call


def read_everything(observer: Observer, target: Target) -> None:
    """The first calls: is this the API, is the token right, what is there?"""
    for resource in sorted(
        observer.contract.resources.values(), key=lambda resource: _depth(observer, resource)
    ):
        if resource.parent is not None:
            for parent in observer.pool.own(resource.parent.resource):
                observer.read_list(resource.name, parent.id)
            continue
        if resource.single:
            _read_single(observer, resource)
            continue
        observer.read_list(resource.name)
        for record in _given_records(resource, target):
            _read_given(observer, record, target)
    if len(observer.closed) == observer.client.sent:
        for exchange in observer.closed.values():
            require_this_api(exchange)
        _call_something_safe(observer)
    observer.opened = True


def _depth(observer: Observer, resource: Resource) -> int:
    """How many others a resource stands below."""
    depth = 0
    while resource.parent is not None and depth < len(observer.contract.resources):
        resource, depth = observer.contract.resources[resource.parent.resource], depth + 1
    return depth


def _read_single(observer: Observer, resource: Resource) -> None:
    """What there is one of only is the tester's own: there is no other to try anything on."""
    record = Record(resource.name, SINGLE, {}, unknown_facts(resource))
    data = observer.read(record)
    if isinstance(data, Mapping):
        observer.pool.given.add((record.resource, record.id))
        observer.pool.found[resource.name] = data
        observer.pool.put(replace(record, data=dict(data)))


def _read_given(observer: Observer, record: Record, target: Target) -> None:
    """A record that was given is the tester's own; what nothing shows is what its name says."""
    given = f"{target.name}: the {record.resource} {record.id!r}, given as a fixture,"
    try:
        data = observer.read(record)
    except Trouble:
        raise
    except Unavailable as reason:
        raise TargetError(f"{given} cannot be used: {reason}") from None
    if data is None:
        raise TargetError(f"{given} is not there")
    if not isinstance(data, Mapping):
        listing = observer.listing((record.resource, None))
        data = listing.items.get(record.id, record.data)
    observer.pool.given.add((record.resource, record.id))
    observer.pool.put(replace(record, data=dict(data)))


def _call_something_safe(observer: Observer) -> None:
    """Nothing can be listed and nothing was given: any safe call shows who answers.

    What an operation needs of which nothing is described, nobody has said: a refusal by one of those
    tells nothing of the token, unless all of them ask for another one.
    """
    refused: Exchange | None = None
    reading = [o for o in observer.contract.operations.values() if o.method == "GET"]
    for operation in sorted(reading, key=lambda operation: operation.resource is None):
        exchange = observer.client.send(plain_call(observer.contract, operation))
        if operation.resource is not None or exchange.reply.status not in (401, 403):
            require_this_api(exchange)
            return
        if refused is None and exchange.reply.status == 401:
            refused = exchange
    if refused is not None:
        require_this_api(refused)


def _given_records(resource: Resource, target: Target) -> Iterator[Record]:
    """The records of a resource that a target names: as fixtures, whose facts are known, or by their ids."""
    fixtures = {fixture.name: fixture for fixture in resource.fixtures}
    for name, id in target.named.items():
        if name in fixtures:
            fixture = fixtures[name]
            data = {**resource.example, **fixture.data, resource.id: id}
            yield Record(resource.name, id, data, fixture.hidden)
    for id in target.listed.get(resource.name, ()):
        yield Record(resource.name, id, {}, unknown_facts(resource))
