"""What stands in for something that only the tester knows: a stored value, another id, a tag."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from random import Random
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

from troth.contracts.check.comparing import instant
from troth.contracts.check.draws import Unavailable
from troth.contracts.check.records import Pool
from troth.contracts.contract import Contract, cel
from troth.contracts.contract.fixtures import fresh_value, new_identifiers, stamp
from troth.contracts.contract.links import linked
from troth.contracts.contract.word_values import repeat_of
from troth.contracts.document.pointers import spread, walk
from troth.contracts.document.samples import sample
from troth.contracts.model import Json, Node, Operation, Record, Schema, Unknown
from troth.contracts.promises.bounds import MISSING
from troth.contracts.promises.promise import Another, AtEdge, PlannedCall, Seen, Stored, Strange, Tag

LONG_AGO = datetime(2001, 2, 3, 4, 5, 6, 789_000, UTC)
"""A moment that no server would set by itself."""

NO_TAG = '"troth-no-such-tag"'
"""Where no answer has shown what tags look like."""

_KINDS_OF_SIGNS = (digits, "abcdef", ascii_lowercase, "ABCDEF", ascii_uppercase)


class StandIns:
    """Puts values in the place of what stands for them. Raises Unavailable where none has been seen."""

    def __init__(self, contract: Contract, pool: Pool, random: Random) -> None:
        self._contract, self._pool, self._random = contract, pool, random
        self._token = 0.0

    def renew_token(self) -> None:
        """From now on another token stands in for what must be new to the API."""
        self._token = self._random.random()

    def value(self, value: Any, record: Record | None, body: Mapping[str, Json]) -> Json:
        """A value of a body or a query, at any depth without what stands in for others."""
        if isinstance(value, (Stored, AtEdge)):
            return self._of_record(value, record)
        if isinstance(value, Seen):
            return self._differing(value, record)
        if isinstance(value, Strange):
            return self._of_another_kind(value, record, body)
        if isinstance(value, Mapping):
            return {k: self.value(v, record, body) for k, v in value.items() if v is not MISSING}
        if isinstance(value, (list, tuple)):
            return [self.value(item, record, body) for item in value]
        plain: Json = value
        return plain

    def _of_record(self, value: Stored | AtEdge, record: Record | None) -> Json:
        if isinstance(value, AtEdge):
            return self._at_edge(value, record)
        return self._stored(value, record)

    def _at_edge(self, value: AtEdge, record: Record | None) -> int:
        """The number up to which, or from which on, a condition holds with the record as it is."""
        low, high = value.low, value.high
        if record is None or self._keeps(value, record, low) is self._keeps(value, record, high):
            raise Unavailable(f"no {value.name} is on the edge of `{value.text}`")
        rises = self._keeps(value, record, high)
        while high - low > 1:
            middle = (low + high) // 2
            if self._keeps(value, record, middle) is rises:
                high = middle
            else:
                low = middle
        return high if rises is not value.breaking else low

    def _keeps(self, value: AtEdge, record: Record, number: int) -> bool:
        data = self._contract.document.schemas.typed(
            self._contract.resources[record.resource].schema, record.data
        )
        known = {"self": data, "hidden": record.hidden, "request": {"body": {value.name: number}}}
        return cel.evaluate(value.text, known) is True

    def headers(self, operation: Operation, planned: PlannedCall, record: Record | None) -> dict[str, Json]:
        """The headers of a planned call."""
        found: dict[str, Any] = {**self.new_key(operation), **planned.headers}
        for name, value in planned.headers.items():
            if isinstance(value, Unknown):
                found[name] = self._new_value(operation, name, Random(self._token))
            elif isinstance(value, Tag) and value.other:
                found[name] = self._other_tag(record)
            elif isinstance(value, Tag):
                found[name] = self._tag(record)
        return found

    def new_key(self, operation: Operation) -> dict[str, Json]:
        """A header that must tell each call from all others, where a call cannot do without it."""
        repeat = repeat_of(operation)
        if repeat is None or repeat.key is None:
            return {}
        parameter = operation.parameter("header", repeat.key)
        if parameter is None or not parameter.required:
            return {}
        return {repeat.key: self._new_value(operation, repeat.key, self._random)}

    def _new_value(self, operation: Operation, name: str, random: Random) -> str:
        """A text that nobody has sent yet, as far as possible one that a header takes."""
        parameter, schemas = operation.parameter("header", name), self._contract.document.schemas
        token = f"troth-{random.randrange(16**16):016x}"
        if parameter is None or schemas.valid(parameter.schema_pointer, token):
            return token
        for other in new_identifiers(schemas.resolve(parameter.schema), random):
            if schemas.valid(parameter.schema_pointer, other):
                return other
        return token

    def linked(
        self, operation: Operation, planned: PlannedCall, record: Record, place: str
    ) -> dict[str, Json]:
        """What the document's links say of a call's path or body, as far as the record has it."""
        links, found = linked(self._contract, operation), dict[str, Json]()
        for link in sorted(links, key=lambda name: name != planned.link):
            for (kind, name), path in links[link].items():
                if kind != place:
                    continue
                if name in found:
                    continue
                with suppress(LookupError, TypeError):
                    found[name] = walk(record.data, path)
        return found

    def _tag(self, record: Record | None) -> str:
        tag = None
        if record is not None:
            tag = self._pool.tags.get((record.resource, record.id))
        if tag is None:
            raise Unavailable("no answer has shown the record's entity tag (`ETag`)")
        return tag

    def _other_tag(self, record: Record | None) -> str:
        """A tag in the shape of the record's, with another last letter or digit."""
        try:
            own = self._tag(record)
        except Unavailable:
            return NO_TAG
        for at in range(len(own) - 1, -1, -1):
            for kind in _KINDS_OF_SIGNS:
                if own[at] in kind:
                    other = kind[kind.index(own[at]) - 1]
                    return own[:at] + other + own[at + 1 :]
        return NO_TAG

    def in_path(
        self, operation: Operation, name: str, value: Any, own: Json, record: Record | None
    ) -> Mapping[str, Json]:
        """A path parameter, and those that go with it: what another record belongs to is named, too. ``own``
        is what it would be for the probe's own record."""
        if isinstance(value, Another):
            other = self._other(value.resource, str(own), record if operation.names_record else None)
            return {**self._pool.ancestors(operation, other), **operation.item(other.id, name)}
        if isinstance(value, Unknown):
            schemas = {p.name: p.schema for p in operation.parameters if p.place == "path"}
            return {name: self._unused_id(operation, name, schemas[name])}
        return {name: value}

    def known_keys(
        self, operation: Operation, place: tuple[str, ...], body: Mapping[str, Json]
    ) -> list[Json]:
        """Two of the values that have been seen at a place, where a property lists keys of stored objects."""
        assert operation.resource is not None
        found = self._pool.values_at(operation.resource, place, body)
        if not found:
            raise Unavailable(f"no value of /{'/'.join(place)} has been seen that could be sent")
        return found[:2]

    def _stored(self, value: Stored, record: Record | None) -> Json:
        if value.elsewhere:
            return self._elsewhere(value.path[0], record)
        data = record.data if record is not None else {}
        found: Json
        try:
            found = walk(data, value.path)
        except LookupError:
            if value.other and record is not None and len(value.path) == 1:
                return self._made_up(record, value.path[0])
            raise Unavailable(f"the record has nothing at /{'/'.join(value.path)}") from None
        if value.other:
            return self._another(value, found, record)
        return found

    def _elsewhere(self, name: str, record: Record | None) -> Json:
        """The value that a property has in another of the tester's own records, and not in this one."""
        if record is not None:
            for other in self._pool.own(record.resource):
                found = other.data.get(name)
                if other.id != record.id and found not in (None, record.data.get(name)):
                    return found
        raise Unavailable(f"no other record has another {name}")

    def _made_up(self, record: Record, name: str) -> Json:
        """A plain value of a property that a record lacks."""
        resource = self._contract.resources[record.resource]
        schema: Node = self._contract.field_schema(resource, name)
        return sample(self._contract.document.schemas, schema)

    def _another(self, value: Stored, found: Json, record: Record | None) -> Json:
        """A value of the same kind that is not the stored one."""
        enum = self._enum(value, record)
        if enum is not None:
            return next((other for other in enum if other not in (found, None)), found)
        if isinstance(found, bool):
            return not found
        if isinstance(found, (int, float)):
            return found + 1
        if instant(found) is not None:  # an old one: what the server sets may be the present
            return stamp(LONG_AGO, str(found))
        fresh: Json = fresh_value({}, found, self._pool.world(None).now, self._random)
        return fresh

    def _enum(self, value: Stored, record: Record | None) -> Sequence[Json] | None:
        """The values that the schema of a record's property names; None where it names none."""
        if record is None or len(value.path) != 1:
            return None
        schema: Node = self._contract.field_schema(self._contract.resources[record.resource], value.path[0])
        found: Sequence[Json] | None = schema.get("enum")
        return found

    def _differing(self, value: Seen, record: Record | None) -> list[Json]:
        """A list that differs from the stored one: one item that is not in it, and one that is."""
        assert record is not None
        stored = list(_members(record, value.pattern))
        seen = self._pool.values_at(record.resource, value.pattern, record.data)
        others = [other for other in seen if other not in stored]
        found = stored[1:]
        if others:
            found = [*others[:1], *stored[-1:]]
        if not found:
            raise Unavailable(f"no other value of /{'/'.join(value.pattern)} has been seen")
        return found

    def _of_another_kind(self, value: Strange, record: Record | None, body: Mapping[str, Json]) -> list[Json]:
        """The name of an object of another kind than the record's own; none of that kind has this name."""
        data = record.data if record is not None else body
        own, key = data.get(value.member), value.pattern[-1]
        kinds = [(item.get(key), item.get(value.member)) for item in self._objects(value)]
        alike = {repr(name) for name, kind in kinds if kind in (own, None)}
        for name, _ in kinds:
            if repr(name) not in alike | {repr(None)}:
                return [name]
        raise Unavailable(f"nothing at /{'/'.join(value.pattern)} has been seen of another {value.member}")

    def _objects(self, value: Strange) -> Iterator[Mapping[str, Json]]:
        """The objects at a place of all records that have been seen."""
        for record in self._pool.world(None).of(value.resource):
            for _, item in spread(record.data, value.pattern[:-1]):
                if isinstance(item, Mapping):
                    yield item

    def _other(self, resource: str, own: str, record: Record | None) -> Record:
        """Another record, below which there is none of the same id: that may be given twice."""
        others = [other for other in self._pool.own(resource) if other.id != own]
        for other in others:
            if record is None or self._pool.is_free_at((record.resource, other.id), record.id):
                return other
        if others:
            raise Unavailable(f"each other {resource} may have one with this id")
        raise Unavailable(f"there is no other {resource}")

    def unused(self, resource: str) -> str:
        """An id of a resource that no record has."""
        reading = self._contract.acting(resource, "read")
        if reading is None:
            return str(self._random.randrange(10**9))
        parameter = reading.parameter("path", reading.item_parameter)
        if parameter is None:
            return str(self._random.randrange(10**9))
        return str(self._unused_id(reading, parameter.name, parameter.schema))

    def _unused_id(self, operation: Operation, name: str, schema: Schema) -> Json:
        """An id in the right shape that no record has."""
        example = self._example_id(operation, name)
        shape = {**self._contract.document.schemas.resolve(schema), "example": example}
        fresh: Json = fresh_value(shape, example, self._pool.world(None).now, self._random)
        return fresh

    def _example_id(self, operation: Operation, name: str) -> Json:
        """The id in the example of the resource that a path parameter names."""
        named = operation.resource
        if operation.parent is not None and operation.parent.by == name:
            named = operation.parent.resource
        if named is None:
            return None
        resource = self._contract.resources.get(named)
        if resource is None:
            return None
        return resource.example.get(resource.id)


def _members(record: Record, pattern: tuple[str, ...]) -> Iterator[Json]:
    """Of a pattern ``/list/*/key``: the keys of a record's objects."""
    items = record.data.get(pattern[0])
    if not isinstance(items, list):
        return
    for item in items:
        if isinstance(item, Mapping) and pattern[2] in item:
            yield item[pattern[2]]
