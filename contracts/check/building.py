"""From a probe's planned to a request: what the promise fixes, what the record gives, what is drawn."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from contextlib import suppress
from random import Random
from typing import Any

from hypothesis import strategies as st

from troth.contracts.check.draws import Draws, Unavailable
from troth.contracts.check.records import Pool
from troth.contracts.contract import Contract
from troth.contracts.contract.fixtures import fresh_value
from troth.contracts.contract.links import linked
from troth.contracts.contract.word_values import Write, writes_of
from troth.contracts.document.pointers import spread, walk
from troth.contracts.document.samples import sample
from troth.contracts.model import ABSENT, Call, Json, Operation, Record, Unknown
from troth.contracts.promises.calls import required, sendable
from troth.contracts.promises.edges import MISSING
from troth.contracts.promises.promise import Another, PlannedCall, Seen, Stored, Strange, Tag

MANY = 5
"""Items of one list that are drawn; a longer list repeats them."""


class CallBuilder:
    """Builds the calls of probes."""

    def __init__(self, contract: Contract, pool: Pool, draws: Draws, seed: int) -> None:
        self._contract, self._pool, self._draws = contract, pool, draws
        self._token = ""
        self._random = Random(f"check/{seed}")  # not the ids that a mock with this seed gives

    def variable(self, planned: PlannedCall, record: Record | None) -> st.SearchStrategy[Any] | None:
        """What is drawn for a planned on a record; None where everything is fixed."""
        operation = self._contract.operations[planned.operation]
        if planned.negative:
            return st.fixed_dictionaries({"body": self._draws.broken(operation)})
        if operation.body is None or planned.raw is not None or planned.again:
            return None
        if not self._contract.body_properties(operation):  # an array, or any object: it has no parts to fix
            return st.fixed_dictionaries({"body": self._draws.whole(operation)})
        fixed = {name: self._other(operation, name, record) for name in self._drawn(operation, planned)}
        lists = {
            name: st.tuples(*(self._draws.item(operation, name) for _ in items[:MANY]))
            for name, items in planned.arrays.items()
        }
        spare = {name: self._other(operation, name, None) for name in self._spare(operation, planned)}
        if not fixed and not lists and not spare:
            return None
        return st.fixed_dictionaries(
            {
                "draws": st.fixed_dictionaries(fixed),
                "lists": st.fixed_dictionaries(lists),
                "fill": st.fixed_dictionaries({}, optional=spare),
            }
        )

    def build(self, planned: PlannedCall, record: Record | None, drawn: Mapping[str, Any]) -> Call:
        """The call of a planned. Raises Unavailable where a value that it needs has never been seen."""
        operation = self._contract.operations[planned.operation]
        body = drawn["body"] if "body" in drawn else self._body(operation, planned, record, drawn)
        return Call(
            operation.id,
            self._path(operation, planned, record),
            {name: self._resolved(value, record, {}) for name, value in planned.query.items()}
            | required(self._contract, operation, "query"),
            required(self._contract, operation, "header") | self._headers(planned, record),
            sendable(self._contract, operation, body),
            None,
            planned.token == "right",  # noqa: S105
        )

    def renew(self) -> None:
        """From now on another token stands in for what must be new to the API."""
        self._token = f"troth-{self._random.randrange(16**16):016x}"

    def _headers(self, planned: PlannedCall, record: Record | None) -> dict[str, Json]:
        found = dict(planned.headers)
        for name, value in planned.headers.items():
            if isinstance(value, Unknown):
                found[name] = self._token
            elif isinstance(value, Tag):
                tag = self._pool.tags.get((record.resource, record.id)) if record else None
                if tag is None:
                    raise Unavailable("no answer has shown the record's entity tag (`ETag`)")
                found[name] = tag
        return found

    def plain(self, planned: PlannedCall) -> dict[str, Any]:
        """The plainest values for what would be drawn of a planned without a record; unique ones are new."""
        operation = self._contract.operations[planned.operation]
        resource = self._contract.resource_of(operation)
        unique = {u.field for u in resource.unique} if resource else set()
        properties = self._contract.body_properties(operation)
        values = {
            name: sample(self._contract.document.schemas, properties[name])
            for name in self._drawn(operation, planned)
        }
        values |= {name: True for name in planned.draws if values.get(name) is False}  # it is asked for
        new = {name: f"troth {self._random.randrange(16**8):08x}" for name in unique & values.keys()}
        return {"draws": values | new}

    def _drawn(self, operation: Operation, planned: PlannedCall) -> list[str]:
        """The drawn properties: those asked for, and required ones that nobody fixed."""
        given = {
            *planned.draws,
            *planned.omit,
            *planned.arrays,
            *(planned.body if isinstance(planned.body, Mapping) else ()),
        }
        schema = self._contract.document.schemas.resolve(operation.body)
        known = self._contract.body_properties(operation)
        required = [name for name in schema.get("required", ()) if name not in given and name in known]
        return [*planned.draws, *(n for n in required if not self._keyed(operation, n))]

    def _keyed(self, operation: Operation, name: str) -> tuple[str, ...] | None:
        """The place of the stored objects whose keys a property lists."""
        write = writes_of(operation).get(name)
        return write.to if isinstance(write, Write) and write.keyed else None

    def _spare(self, operation: Operation, planned: PlannedCall) -> list[str]:
        """Further properties that may be sent without changing what the probe is about."""
        if not planned.fill or not isinstance(planned.body, Mapping) or operation.verb == "action":
            return []
        writes = writes_of(operation)
        taken = {*planned.body, *planned.draws, *planned.arrays, *planned.omit}
        required = self._contract.document.schemas.resolve(operation.body).get("required", ())
        return [
            name
            for name in self._contract.body_properties(operation)
            if name not in taken and name not in required and name not in writes
        ]

    def _other(self, operation: Operation, name: str, record: Record | None) -> st.SearchStrategy[Json]:
        """Values of a property that differ from the stored one, and from all where it is unique."""
        found = self._draws.value(operation, name)
        resource = self._contract.resource_of(operation)
        if resource and any(unique.field == name for unique in resource.unique):
            taken = self._pool.taken(resource.name, name)
            found = found.filter(lambda value: repr(value) not in taken)
        write = writes_of(operation).get(name)
        place = write.to if isinstance(write, Write) and write.to else (name,)
        if record is not None and len(place) == 1:
            stored = record.data.get(place[0])
            found = found.filter(lambda value: value != stored)
        return found

    def _body(
        self, operation: Operation, planned: PlannedCall, record: Record | None, drawn: Mapping[str, Any]
    ) -> Json:
        if operation.body is None or planned.raw is not None:
            return ABSENT
        if not isinstance(planned.body, Mapping):
            return planned.body
        asked = planned.body or planned.draws or planned.arrays or planned.omit
        body: dict[str, Json] = dict(drawn.get("draws", {}) or ({} if asked else self._documented(operation)))
        if record is not None and record.resource == operation.resource:
            named = self._linked(operation, planned, record, "body")
            body |= {
                name: value for name, value in named.items() if name in body and name not in planned.draws
            }
        for name, value in planned.body.items():
            body[name] = self._resolved(value, record, body)
        for name, items in planned.arrays.items():
            free = itertools.cycle(self._items(operation, name, items, drawn)) if items else ()
            body[name] = [self._item(item, base, record) for item, base in zip(items, free, strict=False)]
        for name in self._contract.document.schemas.resolve(operation.body).get("required", ()):
            pattern = self._keyed(operation, name)
            if pattern and name not in body and name not in planned.omit:
                body[name] = self._known(operation, pattern, body)
        for name in planned.omit:
            body.pop(name, None)
        self._fill(operation, body, drawn.get("fill", {}))
        return body if body or operation.body_required or operation.verb == "update" else ABSENT

    def _documented(self, operation: Operation) -> Mapping[str, Json]:
        """The example of a body of which no property is required, where it may not be empty either."""
        schemas, pointer = self._contract.document.schemas, operation.body_pointer or ""
        plain = sample(schemas, operation.body)
        needed = operation.body_required and isinstance(plain, Mapping) and schemas.violations(pointer, {})
        return plain if needed and not schemas.violations(pointer, plain) else {}

    def _items(
        self, operation: Operation, name: str, items: Sequence[Json], drawn: Mapping[str, Any]
    ) -> Sequence[Json]:
        """What the items of a list are made of; a long one of the documented items: these are sensible."""
        if len(items) > MANY:
            for body in operation.examples.values():
                documented = body.get(name) if isinstance(body, Mapping) else None
                if isinstance(documented, list) and documented:
                    return documented
        return list(drawn["lists"][name])

    def _fill(self, operation: Operation, body: dict[str, Json], spare: Mapping[str, Json]) -> None:
        """Add what may be sent besides, as long as it breaks nothing that is kept without it."""
        schemas, pointer = self._contract.document.schemas, operation.body_pointer or ""
        broken = len(schemas.violations(pointer, body))
        for name, value in spare.items():
            if len(schemas.violations(pointer, {**body, name: value})) <= broken:
                body[name] = value

    def _known(self, operation: Operation, pattern: tuple[str, ...], body: Mapping[str, Json]) -> list[Json]:
        found = self._pool.seen(operation.resource or "", pattern, body)
        if not found:
            raise Unavailable(f"no value of /{'/'.join(pattern)} has been seen that could be sent")
        return found[:2]

    def _item(self, item: Mapping[str, Json], base: Json, record: Record | None) -> Json:
        if not isinstance(base, Mapping):
            return base
        merged = {**base, **{k: self._resolved(v, record, {}) for k, v in item.items()}}
        return {k: v for k, v in merged.items() if v is not MISSING}

    def _resolved(self, value: Json, record: Record | None, body: Mapping[str, Json]) -> Json:
        if isinstance(value, Stored):
            return self._stored(value, record)
        if isinstance(value, Seen):
            return self._differing(value, record)
        if isinstance(value, Strange):
            return self._strange(value, record, body)
        if isinstance(value, Mapping):
            return {k: self._resolved(v, record, body) for k, v in value.items() if v is not MISSING}
        if isinstance(value, (list, tuple)):
            return [self._resolved(v, record, body) for v in value]
        return value

    def _stored(self, value: Stored, record: Record | None) -> Json:
        try:
            found = walk(record.data if record else {}, value.path)
        except LookupError:
            raise Unavailable(f"the record has nothing at /{'/'.join(value.path)}") from None
        return self._another(value, found, record) if value.other else found

    def _another(self, value: Stored, found: Json, record: Record | None) -> Json:
        """A value of the same kind that is not the stored one."""
        resource = self._contract.resources[record.resource] if record else None
        schema = self._contract.field_schema(resource, value.path[0]) if resource else {}
        if len(value.path) == 1 and isinstance(schema, Mapping) and "enum" in schema:
            return next((v for v in schema["enum"] if v not in (found, None)), found)
        if isinstance(found, bool):
            return not found
        if isinstance(found, (int, float)):
            return found + 1
        return fresh_value({}, found, self._pool.world(None).now, self._random)

    def _differing(self, value: Seen, record: Record | None) -> list[Json]:
        """A list that differs from the stored one: one item that is not in it, and one that is."""
        assert record is not None
        stored = self._pool_values(record, value.pattern)
        others = [v for v in self._pool.seen(record.resource, value.pattern, record.data) if v not in stored]
        found = [*others[:1], *stored[-1:]] if others else stored[1:]
        if not found:
            raise Unavailable(f"no other value of /{'/'.join(value.pattern)} has been seen")
        return found

    def _strange(self, value: Strange, record: Record | None, body: Mapping[str, Json]) -> list[Json]:
        own, key = (record.data if record else body).get(value.member), value.pattern[-1]
        records = self._pool.world(None).of(value.resource)
        items = [item for r in records for _, item in spread(r.data, value.pattern[:-1])]
        kinds = [(item.get(key), item.get(value.member)) for item in items if isinstance(item, Mapping)]
        alike = {repr(id) for id, kind in kinds if kind in (own, None)}
        found = [id for id, _ in kinds if id is not None and repr(id) not in alike]
        if not found:
            raise Unavailable(
                f"nothing at /{'/'.join(value.pattern)} has been seen of another {value.member}"
            )
        return found[:1]

    @staticmethod
    def _pool_values(record: Record, pattern: tuple[str, ...]) -> list[Json]:
        listed = record.data.get(pattern[0])
        items = listed if isinstance(listed, list) else []
        return [item[pattern[2]] for item in items if isinstance(item, Mapping) and pattern[2] in item]

    def _path(self, operation: Operation, planned: PlannedCall, record: Record | None) -> dict[str, Json]:
        found = required(self._contract, operation, "path")
        if record is not None and record.resource == operation.resource:
            found |= operation.item(record.id) if operation.own or operation.names_record else {}
            if operation.parent and record.parent is not None:
                found |= operation.item(record.parent, operation.parent.by)
        elif record is not None and operation.parent and record.resource == operation.parent.resource:
            found |= operation.item(record.id, operation.parent.by)
        if record is not None and record.resource == operation.resource:
            found |= self._linked(operation, planned, record, "path")
        schemas = {p.name: p.schema for p in operation.parameters if p.place == "path"}
        for name, value in planned.path.items():
            if isinstance(value, Another):
                found[name] = self._other_id(value.resource, str(found.get(name)))
            elif isinstance(value, Unknown):
                found[name] = self._nobody(operation, name, schemas[name])
            else:
                found[name] = value
        return found

    def _linked(
        self, operation: Operation, planned: PlannedCall, record: Record, place: str
    ) -> dict[str, Json]:
        """What the document's links say of a call's path or body, as far as the record has it."""
        found: dict[str, Json] = {}
        links = linked(self._contract, operation)
        for link in sorted(links, key=lambda name: name != planned.link):
            for (kind, name), path in links[link].items():
                with suppress(LookupError, TypeError):
                    found |= {name: walk(record.data, path)} if kind == place and name not in found else {}
        return found

    def _other_id(self, resource: str, own: str) -> str:
        for record in self._pool.mine(resource):
            if record.id != own:
                return record.id
        raise Unavailable(f"there is no other {resource}")

    def unused(self, resource: str) -> str:
        """An id of a resource that no record has."""
        reading = self._contract.acting(resource, "read")
        schemas = {p.name: p.schema for p in reading.parameters if p.place == "path"} if reading else {}
        name = reading.item_parameter if reading else None
        if reading is None or name not in schemas:
            return str(self._random.randrange(10**9))
        return str(self._nobody(reading, name, schemas[name]))

    def _nobody(self, operation: Operation, name: str, schema: Mapping[str, Any]) -> Json:
        """An id in the right shape that no record has."""
        above = operation.parent if operation.parent and operation.parent.by == name else None
        resource = self._contract.resources.get(above.resource if above else operation.resource or "")
        example = resource.example.get(resource.id) if resource else None
        resolved = self._contract.document.schemas.resolve(schema)
        return fresh_value(
            {**resolved, "example": example}, example, self._pool.world(None).now, self._random
        )
