"""The body of a planned call: which properties are drawn, and what comes in the place of the others."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from random import Random
from typing import Any

from hypothesis import strategies as st

from troth.contracts.check.comparing import dated
from troth.contracts.check.draws import Draws
from troth.contracts.check.likely import has_one_value, new_texts
from troth.contracts.check.records import Pool
from troth.contracts.check.stand_ins import StandIns
from troth.contracts.check.variants import variants
from troth.contracts.contract import Contract, cel
from troth.contracts.contract.word_values import Write, writes_of
from troth.contracts.document.pointers import listing
from troth.contracts.document.samples import sample, something
from troth.contracts.document.schemas import Violation
from troth.contracts.document.typing import types_of
from troth.contracts.errors import ContractFault
from troth.contracts.model import ABSENT, Absent, Json, Operation, Record
from troth.contracts.promises.bounds import MISSING
from troth.contracts.promises.promise import PlannedCall

_IN_PATHS = re.compile(r"(?!\.{1,2}$)[^/\\]+", re.DOTALL)
"""Ids by which every server finds a thing: they are in the paths of all other calls."""

MANY = 5
"""Items of one list that are drawn; a longer list repeats them."""


class BodyBuilder:
    """Says what of a body is drawn, and puts it together.

    What is drawn: the whole ``body``, or ``draws`` (properties that must be there), ``lists`` (items of
    lists) and ``fill`` (properties that may be there).
    """

    def __init__(
        self, contract: Contract, pool: Pool, draws: Draws, stand_ins: StandIns, random: Random
    ) -> None:
        self._contract, self._pool, self._draws = contract, pool, draws
        self._stand_ins, self._random = stand_ins, random
        self._new = Random()
        self.variety = 0
        """How plain values differ from the plainest; 0: not."""

    def strategy(
        self, operation: Operation, planned: PlannedCall, record: Record | None
    ) -> st.SearchStrategy[Any] | None:
        """What is drawn for a body; None where everything is fixed."""
        if planned.negative:
            takable = self._draws.broken(operation).map(lambda body: self._takable(operation, record, body))
            return st.fixed_dictionaries({"body": takable})
        if operation.body is None or planned.raw is not None or planned.again or planned.whole:
            return None
        if not self._contract.body_properties(operation):  # an array, or any object: it has no parts to fix
            return st.fixed_dictionaries({"body": self._draws.whole(operation)})
        names, spare = self._drawn_names(operation, planned), self.spare_names(operation, planned)
        if not names and not spare and not planned.arrays:
            return None
        fixed = {name: self._differing(operation, name, record) for name in names}
        lists = {name: self._item_strategy(operation, name, items) for name, items in planned.arrays.items()}
        fill = {name: self._draws.value(operation, name) for name in spare}
        return st.fixed_dictionaries(
            {
                "draws": st.fixed_dictionaries(fixed),
                "lists": st.fixed_dictionaries(lists),
                "fill": st.fixed_dictionaries({}, optional=fill),
            }
        )

    def _takable(self, operation: Operation, record: Record | None, body: Json) -> Json:
        """A broken body without what the record's state alone refuses, where it is broken all the same.

        That it is broken must be the reason for which it is refused.
        """
        if record is None or not isinstance(body, Mapping) or operation.body_pointer is None:
            return body
        writes = writes_of(operation)
        state = self._state(record)
        kept = {k: v for k, v in body.items() if not _rejected(writes.get(k), record, state)}
        if self._contract.document.schemas.broken_by_request(operation.body_pointer, kept):
            return kept
        return body

    def _state(self, record: Record) -> Json:
        return record.data.get(self._contract.resources[record.resource].state or "")

    def candidates(
        self, operation: Operation, planned: PlannedCall, record: Record | None
    ) -> list[dict[str, Any]]:
        """Plain values for what would be drawn: they do for most promises, and cost nothing."""
        if planned.negative or planned.fill or planned.whole or operation.body is None:
            return []
        if planned.again or planned.raw is not None or not self._contract.body_properties(operation):
            return []
        properties = {}
        for name in self._drawn_names(operation, planned):
            found = self._plain_properties(operation, name, record)
            if name in planned.draws:  # the plainest one may be what is there anyway
                found = [*found[1:], *found[:1]]
            properties[name] = found
        if planned.arrays or not all(properties.values()):
            return []
        candidates: list[dict[str, Any]] = []
        for number in range(max(map(len, properties.values()), default=1)):
            values = {name: found[number % len(found)] for name, found in properties.items()}
            fresh = self.new_values(operation, values.keys())
            candidates.append({"draws": values | fresh, "lists": {}, "fill": {}})
        return candidates

    def _plain_properties(self, operation: Operation, name: str, record: Record | None) -> list[Json]:
        """Plain values of a property that show that it was written."""
        schemas, declared = self._contract.document.schemas, self._contract.body_properties(operation)
        suits, found = self._suits(operation, name, record), list[Json]()
        for value in variants(schemas, declared[name], self._random):
            if suits(value) and self._draws.accepts(operation, {name: value}):
                found.append(value)
        return found

    def _item_strategy(
        self, operation: Operation, name: str, items: Sequence[Json]
    ) -> st.SearchStrategy[tuple[Json, ...]]:
        if self._draws.all_differ(operation, name):
            return self._draws.different(operation, name, len(items))
        return st.tuples(*(self._draws.item(operation, name) for _ in items[:MANY]))

    def _differing(self, operation: Operation, name: str, record: Record | None) -> st.SearchStrategy[Json]:
        """Values of a property that differ from the stored one, and from all where it is unique."""
        values = self._draws.value(operation, name)
        if has_one_value(self._contract, operation, name):
            return values
        return values.filter(self._suits(operation, name, record))

    def _suits(self, operation: Operation, name: str, record: Record | None) -> Callable[[Json], bool]:
        """Whether a value of a property shows that it was written."""
        no_null = types_of(self._contract.body_properties(operation).get(name)) != ("null",)
        taken: Set[str] = frozenset()
        if name in self._unique(operation):
            assert operation.resource is not None
            taken = self._pool.values_in_use(operation.resource, name)
        write = writes_of(operation).get(name)
        place: tuple[str, ...] = (name,)
        if write is not None and write.to:
            place = write.to
        others: list[Json] = []
        usual = self._pool.usual.get(operation.id, {})
        if record is None and isinstance(usual.get(name), bool):
            others.append(usual[name])
        if record is not None and len(place) == 1:
            others.append(record.data.get(place[0]))

        is_id = self._is_given_id(operation, name)

        def suits(value: Json) -> bool:
            if value is None and no_null:
                return False  # that is a promise of its own
            if is_id and not _IN_PATHS.fullmatch(str(value)):
                return False
            return value not in others and repr(value) not in taken

        return suits

    def _is_given_id(self, operation: Operation, name: str) -> bool:
        """Whether a property is the id of what a call makes."""
        resource = self._contract.resource_of(operation)
        if resource is None or operation.verb != "create":
            return False
        return name == resource.id

    def _unique(self, operation: Operation) -> set[str]:
        """The properties that no two records share."""
        resource = self._contract.resource_of(operation)
        if resource is None:
            return set()
        own = {unique.field for unique in resource.unique}
        if operation.verb == "create":
            own.add(resource.id)
        return own

    def plain_values(self, operation: Operation, planned: PlannedCall) -> dict[str, Any]:
        """The plainest values for what would be drawn without a record; unique ones are new."""
        if operation.body is None:
            return {}
        schemas, properties = self._contract.document.schemas, self._contract.body_properties(operation)
        values: dict[str, Json] = {}
        for name in self._drawn_names(operation, planned):
            values[name] = sample(schemas, properties[name])
        for name in planned.draws:
            if values.get(name) in (False, None, []):  # it is asked for
                values[name] = self._something(operation, name)
        if self.variety:
            values = {name: self._varied(operation, name, value) for name, value in values.items()}
        return {"draws": values | self.new_values(operation, values.keys())}

    def _something(self, operation: Operation, name: str) -> Json:
        """The plainest value of a property that says that there is something."""
        schemas = self._contract.document.schemas
        schema = schemas.resolve(self._contract.body_properties(operation).get(name))
        if "boolean" in types_of(schema):
            return True
        return something(schemas, schema)

    def _varied(self, operation: Operation, name: str, value: Json) -> Json:
        """Another value of a property that is as good; the same where there is none."""
        schema = self._contract.document.schemas.resolve(self._contract.body_properties(operation).get(name))
        named = listing(schema, "enum")
        other: Json = value
        if value in named:
            other = named[(named.index(value) + self.variety) % len(named)]
        elif isinstance(value, bool):
            other = self.variety % 2 == 0
        elif dated(value) is not None:
            year, rest = str(value)[:4], str(value)[4:]
            other = f"{int(year) + self._number()}{rest}"
        elif isinstance(value, str):
            other = f"{value} {self._number()}"
        elif isinstance(value, int):
            other = value + {1: 10, 2: 2}.get(self.variety, self.variety)
        broken = self._violations(operation, {name: other})
        if any(violation.path[:1] == (name,) for violation in broken):
            return value
        return other

    def _number(self) -> int:
        """What tells a text or a date from others, in no order, so that sorting shows; numbers are so both as
        numbers and as texts."""
        return {1: 3, 3: 1}.get(self.variety, self.variety)

    def new_values(self, operation: Operation, names: Set[str]) -> dict[str, Json]:
        """New values of those properties that no two records share."""
        found: dict[str, Json] = {}
        number = self._new.randrange(16**8)
        known = self._contract, self._pool, operation
        for name, values in new_texts(*known, names, self._unique(operation), number).items():
            for value in values:
                broken = self._violations(operation, {name: value})
                if not any(violation.path[:1] == (name,) for violation in broken):
                    found[name] = value
                    break
        return found

    def _required(self, operation: Operation) -> Sequence[str]:
        """The properties that a body must have."""
        return self._contract.body_required(operation)

    def _drawn_names(self, operation: Operation, planned: PlannedCall) -> list[str]:
        """The drawn properties: those asked for, and required ones that nobody fixed."""
        given, declared = _given(planned), self._contract.body_properties(operation)
        found = list(planned.draws)
        for name in self._required(operation):
            if name in declared and name not in given and _place_of_keys(operation, name) is None:
                found.append(name)
        return [*found, *self._enough(operation, given | {*found})]

    def _enough(self, operation: Operation, there: Set[str]) -> list[str]:
        """Further properties where a body must have so many, whichever: first those that are always taken."""
        least, writes = self._contract.record_schema(operation).get("minProperties", 0), writes_of(operation)
        others = [name for name in self._contract.body_properties(operation) if name not in there]
        return sorted(others, key=lambda name: name in writes)[: max(0, least - len(there))]

    def spare_names(self, operation: Operation, planned: PlannedCall) -> list[str]:
        """Further properties that may be sent without changing what the probe is about."""
        if not planned.fill or not isinstance(planned.body, Mapping) or operation.verb == "action":
            return []
        taken = {*_given(planned), *self._required(operation), *writes_of(operation)}
        return [name for name in self._contract.body_properties(operation) if name not in taken]

    def body(
        self, operation: Operation, planned: PlannedCall, record: Record | None, drawn: Mapping[str, Any]
    ) -> Json | Absent:
        """The body of a call; ABSENT where it has none. Raises Unavailable."""
        if "body" in drawn:
            return self._renewed(operation, drawn["body"])
        if operation.body is None or planned.raw is not None:
            return ABSENT
        if planned.whole or not isinstance(planned.body, Mapping):
            fixed: Json = planned.body
            return fixed
        body = self._first_properties(operation, planned, drawn)
        if record is not None and record.resource == operation.resource:
            self._link(operation, planned, record, body)
        for name, value in planned.body.items():
            body[name] = self._stand_ins.value(value, record, body)
        for name, items in planned.arrays.items():
            body[name] = self._list(operation, name, items, record, drawn)
        self._name_stored_objects(operation, planned, body)
        for name in planned.omit:
            body.pop(name, None)
        self._fill(operation, body, drawn.get("fill", {}))
        if body or operation.body_required or operation.verb == "update":
            return body
        return ABSENT

    def _renewed(self, operation: Operation, whole: Json) -> Json:
        """A whole body with new values of what no two records share, where those are right."""
        if operation.inside or not isinstance(whole, Mapping):
            return whole
        record = operation.record_in(whole)
        broken = {violation.path[:1] for violation in self._violations(operation, record)}
        right = {name for name in record if (name,) not in broken}
        return {**whole, **self.new_values(operation, right)}

    def _first_properties(
        self, operation: Operation, planned: PlannedCall, drawn: Mapping[str, Any]
    ) -> dict[str, Json]:
        """What a body starts from: the drawn properties; the documented ones where a probe asks for none."""
        properties = drawn.get("draws")
        if properties:  # what is unique may be taken by what nobody knows of
            others = {name for name in properties if name not in planned.draws and properties[name]}
            return {**properties, **self.new_values(operation, others)}
        if _given(planned):
            return {}
        return dict(self._documented(operation))

    def _documented(self, operation: Operation) -> Mapping[str, Json]:
        """The example of a body of which no property is required, where it may not be empty either."""
        if not operation.body_required:
            return {}
        if not self._violations(operation, {}):
            return {}
        plain = sample(self._contract.document.schemas, self._contract.record_schema(operation))
        if not isinstance(plain, Mapping):
            return {}
        if self._violations(operation, plain):
            return {}
        return plain

    def _violations(self, operation: Operation, sent: Mapping[str, Json]) -> list[Violation]:
        """How a record that is sent breaks its schema."""
        pointer = self._contract.record_pointer(operation)
        assert pointer is not None
        return self._contract.document.schemas.violations(pointer, sent)

    def _link(
        self, operation: Operation, planned: PlannedCall, record: Record, body: dict[str, Json]
    ) -> None:
        """Put what the document's links say in the place of properties that were drawn for want of it."""
        named = self._stand_ins.linked(operation, planned, record, "body")
        for name in body.keys() - planned.draws:
            if name in named:
                body[name] = named[name]

    def _list(
        self,
        operation: Operation,
        name: str,
        items: Sequence[Mapping[str, Json]],
        record: Record | None,
        drawn: Mapping[str, Any],
    ) -> list[Json]:
        """A list of which some members of each item are fixed; the rest comes from drawn items, in turn."""
        if not items:
            return []
        bases = itertools.cycle(self._item_bases(operation, name, items, drawn))
        return [self._item(item, base, record) for item, base in zip(items, bases, strict=False)]

    def _item_bases(
        self, operation: Operation, name: str, items: Sequence[Mapping[str, Json]], drawn: Mapping[str, Any]
    ) -> Sequence[Json]:
        """What the items of a list are made of; a long one of the documented items: these are sensible."""
        if len(items) > MANY and not self._draws.all_differ(operation, name):
            for body in operation.examples.values():
                documented = operation.record_in(body).get(name)
                if isinstance(documented, list) and documented:
                    return documented
        return list(drawn["lists"][name])

    def _item(self, item: Mapping[str, Json], base: Json, record: Record | None) -> Json:
        if not isinstance(base, Mapping):
            return base
        fixed = {name: self._stand_ins.value(value, record, {}) for name, value in item.items()}
        return {name: value for name, value in {**base, **fixed}.items() if value is not MISSING}

    def _is_strange(self, operation: Operation, planned: PlannedCall, same: str | None) -> bool:
        """Whether a call is about a property, or a value of it, that named objects may not agree with."""
        if same is None or same not in _given(planned):
            return False
        if same not in self._required(operation):
            return True
        sent = {same: planned.body[same]} if same in planned.body else {}
        broken = self._violations(operation, sent)
        return any(violation.path[:1] == (same,) for violation in broken)

    def _name_stored_objects(self, operation: Operation, planned: PlannedCall, body: dict[str, Json]) -> None:
        """Required properties that list keys of stored objects name some that have been seen."""
        for name in self._required(operation):
            place = _place_of_keys(operation, name)
            if place is None or name in body or name in planned.omit:
                continue
            if self._is_strange(operation, planned, writes_of(operation)[name].same):
                body[name] = []  # whatever is named might be of another kind
            else:
                body[name] = self._stand_ins.known_keys(operation, place, body)

    def _fill(self, operation: Operation, body: dict[str, Json], spare: Mapping[str, Json]) -> None:
        """Add what may be sent besides, as long as it breaks nothing that is kept without it."""
        broken = len(self._violations(operation, body))
        for name, value in spare.items():
            if len(self._violations(operation, {**body, name: value})) <= broken:
                body[name] = value


def _given(planned: PlannedCall) -> set[str]:
    """The properties that a planned call speaks of."""
    fixed = planned.body if isinstance(planned.body, Mapping) else ()
    return {*fixed, *planned.draws, *planned.arrays, *planned.omit}


def _place_of_keys(operation: Operation, name: str) -> tuple[str, ...] | None:
    """The place of the stored objects whose keys a property lists; None where it lists none."""
    write = writes_of(operation).get(name)
    if write is None or not write.keyed:
        return None
    return write.to


def _rejected(write: Write | None, record: Record, state: Json) -> bool:
    """Whether a property may be refused on a record as it is, whatever is sent."""
    if write is None:
        return False
    if write.states is not None and state not in write.states and "rejected" in write.outside:
        return True
    if write.when is None or "rejected" not in write.otherwise:
        return False
    if cel.reads(write.when).keys() - {"self", "hidden"}:
        return False
    with suppress(ContractFault):
        return cel.evaluate(write.when, {"self": record.data, "hidden": record.hidden}) is not True
    return True
