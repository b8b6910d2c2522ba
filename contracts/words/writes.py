"""``writes``: which request property may be written in which states, on which condition, and where it lands.

``in``/``outside``: states, and what happens in the others; ``when``/``otherwise``: a condition on the stored
record, and what happens when it does not hold. Outcomes are ``applied``, ``ignored``, ``rejected``, or a list
of those that the document leaves open; unsaid means ``[ignored, rejected]``. ``as`` is where the value lands
when not under its own name: ``/x``, ``/list/*/key`` (scalars become objects; with ``same: type`` they must
name objects whose ``type`` is that of the record, as far as others show it), ``/list/[key=field]/column``,
``/list/[key={parameter}]/member`` (of the item that a path parameter names). ``number`` renumbers items in
order, ``last-by`` keeps the last of items with the same key, ``merge`` (or a body of type
``application/merge-patch+json``) merges objects as RFC 7396 does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from troth.contracts.contract import Contract
from troth.contracts.contract.targets import target_of
from troth.contracts.contract.word_values import Write, writes_of
from troth.contracts.document import did_you_mean, join
from troth.contracts.document.pointers import spread
from troth.contracts.model import Bag, Finding, Json, Operation, Record, Refusal, Unknown
from troth.contracts.promises.facts import BREAKS, Compatibility, Fact
from troth.contracts.promises.promise import Promise, Sentence
from troth.contracts.words._findings import expression_findings, state_findings, uses
from troth.contracts.words._step import Step
from troth.contracts.words._values import states_of
from troth.contracts.words._word import Site, Word
from troth.contracts.words._write_facts import fate, turned
from troth.contracts.words._write_probes import write_promises


class Writes(Word):
    """Stores, ignores or rejects what a body says, property by property."""

    name = "writes"
    schema = {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "additionalProperties": False,
            "dependentRequired": {"outside": ["in"], "otherwise": ["when"], "same": ["as"]},
            "properties": {
                "in": {"$ref": "#/$defs/states"},
                "outside": {"$ref": "#/$defs/outcome"},
                "when": {"$ref": "#/$defs/cel"},
                "otherwise": {"$ref": "#/$defs/outcome"},
                "as": {"$ref": "#/$defs/pointer"},
                "number": {
                    "oneOf": [
                        {"type": "string"},
                        {
                            "type": "object",
                            "required": ["field", "from"],
                            "additionalProperties": False,
                            "properties": {
                                "field": {"type": "string"},
                                "from": {"type": "integer"},
                            },
                        },
                    ]
                },
                "last-by": {"type": "string"},
                "merge": {"type": "boolean"},
                "same": {"type": "string"},
                "assumed": {"type": "boolean"},
            },
        },
    }
    refuses_at = 61
    applies_at = 20

    def parse(self, value: Json, site: Site) -> Mapping[str, Write]:
        return {name: _write(name, entry, join(site.pointer, name)) for name, entry in value.items()}

    def errors(self, contract: Contract) -> Iterator[Finding]:
        for operation, writes in uses(contract, self.name):
            resource, known = contract.resource_of(operation), contract.body_properties(operation)
            for write in writes.values():
                if write.field not in known:
                    hint = did_you_mean(write.field, known)
                    message = f"the body of {operation.id} has no property {write.field!r}{hint}"
                    yield contract.document.finding("C09", message, write.pointer)
                if write.states:
                    yield from state_findings(contract, write.states, f"{write.pointer}/in", resource)
                if write.same and not write.keyed:
                    message = "`same` is for what lands in `/list/*/key`: nothing else names objects"
                    yield contract.document.finding("C04", message, f"{write.pointer}/same")
                if write.when:
                    at = f"{write.pointer}/when"
                    yield from expression_findings(contract, write.when, at, resource, operation=operation)

    def advice(self, contract: Contract) -> Iterator[Finding]:
        """C10, C17, C19: an update with states but no ``writes``; two fields in one place; managed fields."""
        for operation in contract.operations.values():
            resource, writes = contract.resource_of(operation), writes_of(operation)
            if resource is None or operation.verb not in ("create", "update"):
                continue
            if operation.verb == "update" and resource.state and not writes:
                message = (
                    f"{operation.id} updates a thing with states, but does not say what may be written when"
                )
                yield contract.document.finding("C10", message, operation.word_pointer, "note")
            yield from _overlaps(contract, operation, writes)
            for name in contract.body_properties(operation):
                if name in resource.managed and name not in writes:
                    message = f"{operation.id} takes {name!r}, which only the server sets (`managed`)"
                    yield contract.document.finding(
                        "C19", message, f"{operation.pointer}/requestBody", "warning"
                    )

    def ignores(self, step: Step) -> frozenset[str]:
        if not _writing(step):
            return frozenset()
        return frozenset(
            write.field
            for write in writes_of(step.operation).values()
            if write.field in step.body and "ignored" in outcomes(write, step)
        )

    def refusals(self, step: Step) -> Iterator[Refusal]:
        for write in writes_of(step.operation).values():
            if write.field not in step.body or not _writing(step):
                continue
            allowed = outcomes(write, step)
            if (strange := _strange(write, step)) is not None:
                detail, open_ = f"{strange!r} is of another {write.same}", "ignored" in allowed
                yield Refusal("refused", write.pointer, None, None, write.assumed, not open_, detail=detail)
            if "rejected" in allowed:
                same = step.before is not None and _stored(write, step.before) == step.body[write.field]
                certain = allowed == ("rejected",) and not same
                preferred = allowed[0] == "rejected" and not same
                yield Refusal(
                    "refused",
                    write.pointer,
                    certain=certain,
                    preferred=preferred,
                    assumed=write.assumed,
                )

    def apply(self, step: Step) -> Step:
        if step.after is None or step.operation.verb not in ("create", "update"):
            return step
        writes: Mapping[str, Write] = writes_of(step.operation)
        declared = step.contract.body_properties(step.operation)
        fields = [name for name in step.body if name in declared]
        for name in step.choose(*_orders(fields, writes)):
            write = writes.get(name) or Write(name, f"{step.operation.word_pointer}/acts")
            if name not in writes and not _storable(step, name):
                continue
            allowed = [o for o in outcomes(write, step) if o != "rejected"] or ["ignored"]
            if not step.valid and "ignored" in allowed:
                allowed = ["ignored"]  # a value that breaks its schema passes only where it is ignored
            if step.choose(*allowed) == "applied":
                step = store(write, step.body[name], step)
            elif step.before is None:
                step = replace(step, unstored={**step.unstored, name: step.body[name]})
        return step

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        return write_promises(contract, operation)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        writes: Mapping[str, Write] = writes_of(operation) if operation else {}
        for write in writes.values():
            for text in _told(write):
                yield Sentence(text, write.pointer, write.assumed)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        resource = contract.resource_of(operation) if operation else None
        if operation is None or resource is None or operation.verb not in ("create", "update"):
            return
        writes = writes_of(operation)
        for name in contract.body_properties(operation):
            write = writes.get(name) or Write(name, f"{operation.word_pointer}/acts")
            for state in resource.states if operation.verb == "update" and resource.states else (None,):
                value, says = fate(write, state or resource.initial)
                key, about = (name, state or ""), f"`{name}`"
                yield Fact(key, value, says, write.pointer, write.assumed, state, about)
            lands = (write.to, write.number, write.start, write.last_by, write.merge, write.same)
            says = " ".join(_told(write)) or "is stored under its own name, as it is sent."
            yield Fact((name, "lands", ""), lands, says, write.pointer, write.assumed, about=f"`{name}`")

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if old is None or new is None:
            return None  # the property or the state is new or gone: that is reported as such
        if len(old.key) > 2:
            return BREAKS, "what is stored differs for the same request"
        return turned(old.value, new.value)


def _strange(write: Write, step: Step) -> Json:
    """A named object that is known, from some record, to differ where it must be the same; else None."""
    values, record = step.body[write.field], step.before.data if step.before else step.body
    if write.same is None or write.keyed is None or step.resource is None or not isinstance(values, list):
        return None
    (place, key), own = write.keyed, record.get(write.same)
    seen: dict[str, list[Json]] = {}
    for other in step.world.of(step.resource.name) if own is not None else ():
        for _, item in spread(other.data, (place, "*")):
            if isinstance(item, Mapping) and write.same in item:
                seen.setdefault(repr(item.get(key)), []).append(item[write.same])
    return next((v for v in values if repr(v) in seen and own not in seen[repr(v)]), None)


def _writing(step: Step) -> bool:
    """Whether the call writes, to a record that is there (or will be)."""
    verb = step.operation.verb
    return verb == "create" or (verb == "update" and step.before is not None)


def _storable(step: Step, name: str) -> bool:
    """A property without a rule lands under its own name, where the resource has one that clients set."""
    resource = step.resource
    assert resource is not None
    properties = step.contract.document.schemas.resolve(resource.schema).get("properties", {})
    return name in properties and name not in resource.managed and name != resource.id


def _write(name: str, entry: Mapping[str, Any], pointer: str) -> Write:
    number = entry.get("number")
    number = {"field": number} if isinstance(number, str) else number or {}
    return Write(
        name,
        pointer,
        states_of(entry.get("in")),
        states_of(entry.get("outside")) or ("ignored", "rejected"),
        entry.get("when"),
        states_of(entry.get("otherwise")) or ("ignored", "rejected"),
        target_of(entry["as"]) if "as" in entry else None,
        number.get("field"),
        number.get("from"),
        entry.get("last-by"),
        entry.get("merge", False),
        entry.get("assumed", False),
        entry.get("same"),
    )


def outcomes(write: Write, step: Step) -> tuple[str, ...]:
    """What may happen to a property here: the first is what the mock does."""
    found: dict[str, None] = {}
    if write.states is not None and _state(step) not in write.states:
        found |= dict.fromkeys(write.outside)
    if write.when is not None and not _condition(write.when, step):
        found |= dict.fromkeys(write.otherwise)
    return tuple(found) or ("applied",)


def _state(step: Step) -> str | None:
    """The state before the call; that of a new record is the initial one."""
    assert step.resource is not None
    if step.before is None:
        return step.resource.initial
    state: str | None = step.before.data.get(step.resource.state or "")
    return state


def _stored(write: Write, record: Record) -> Json:
    """What stands where a property lands; for ``/list/*/key`` the list of keys."""
    target = write.to or (write.field,)
    if write.column:
        return None
    if "*" in target:
        return [value for _, value in spread(record.data, target)]
    return next((value for _, value in spread(record.data, target)), None)


def _condition(text: str, step: Step) -> bool:
    """On create the record is not there yet: the condition then reads what the body will make of it."""
    if step.before is None:
        data = {**(step.after.data if step.after else {}), **step.body}
        value = step.value(text, self=data)
    else:
        value = step.value(text, step.before)
    return step.choose(True, False) if isinstance(value, Unknown) else value is True


def _orders(fields: list[str], writes: Mapping[str, Write]) -> list[list[str]]:
    """The order of writing is open only where two properties end in one place."""
    targets = [writes[f].place if f in writes else (f,) for f in fields]
    if len(set(targets)) == len(targets):
        return [fields]
    return [fields, fields[::-1]]


def store(write: Write, value: Json, step: Step) -> Step:
    """Put a value where it lands, normalised as the word says."""
    assert step.after is not None
    if write.last_by and isinstance(value, list):
        value = list({item.get(write.last_by): item for item in value}.values())
    if write.number and isinstance(value, list):
        start = write.start if write.start is not None else step.choose(0, 1)
        value = [{**item, write.number: start + i} for i, item in enumerate(value)]
    old, target = step.after.data, write.to or (write.field,)
    if len(target) == 1:
        if write.merge or step.operation.merges:
            value = merged(old.get(target[0]), value)
        return step.put(write.pointer, **{target[0]: value})
    current = old.get(target[0])
    current = current if isinstance(current, list) else []
    if target[1] == "*":
        known = {item.get(target[2]): item for item in current}
        items = [known.get(v, {target[2]: v}) for v in dict.fromkeys(_listed(value))]
        return step.put(write.pointer, **{target[0]: Bag(items, target[2])})
    if target[1].startswith("[") and target[1].endswith("}]"):
        return step.put(write.pointer, **{target[0]: _of_item(write, value, step)})
    if write.column:
        key, sent = write.column
        given = {item.get(sent): item.get(target[2]) for item in _listed(value)}
        items = [
            {**item, target[2]: given[item.get(key)]} if item.get(key) in given else item for item in current
        ]
        return step.put(write.pointer, **{target[0]: items})
    return step.put(write.pointer, **{target[0]: _nested(old.get(target[0]), target[1:], value)})


def merged(old: Json, patch: Json) -> Json:
    """RFC 7396: members of the patch replace those of the same name, null removes them."""
    if not isinstance(patch, Mapping):
        return patch
    kept = dict(old) if isinstance(old, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            kept.pop(name, None)
        else:
            kept[name] = merged(kept.get(name), value)
    return kept


def _listed(value: Json) -> list[Json]:
    """A list; null, where the schema allows it, is an empty one."""
    return value if isinstance(value, list) else []


def _of_item(write: Write, value: Json, step: Step) -> list[Json]:
    """A list with one member of the item set that a path parameter names: ``/list/[key={parameter}]/x``."""
    assert step.after is not None
    key, _, name = write.to[1].strip("[]").partition("=")
    wanted, items = step.call.path.get(name.strip("{}")), step.after.data.get(write.to[0])
    return [
        {**item, write.to[2]: value} if item.get(key) == wanted else item
        for item in (items if isinstance(items, list) else [])
    ]


def _nested(old: Json, path: tuple[str, ...], value: Json) -> Json:
    base = dict(old) if isinstance(old, Mapping) else {}
    return {**base, path[0]: _nested(base.get(path[0]), path[1:], value) if path[1:] else value}


def _overlaps(contract: Contract, operation: Operation, writes: Mapping[str, Write]) -> Iterator[Finding]:
    seen: dict[tuple[str, ...], Write] = {}
    for write in writes.values():
        place = write.place
        if place in seen:
            message = (
                f"{write.field!r} and {seen[place].field!r} both end in {place[0]!r}: "
                "who wins when both are sent is open, either order is accepted"
            )
            yield contract.document.finding("C17", message, write.pointer, "note")
        seen.setdefault(place, write)


def _told(write: Write) -> Iterator[str]:
    """Where a property lands and what becomes of it; when it may be written, the matrix shows."""
    if write.to:
        yield f"`{write.field}` is stored in `{join('', *write.to)}`."
    if write.same:
        yield f"Values of `{write.field}` that name something of another `{write.same}` are refused."
    if write.merge:
        yield f"An object sent as `{write.field}` is merged into the stored one."
    if write.number:
        start = "" if write.start is None else f" from {write.start}"
        yield f"Items of `{write.field}` are numbered{start} in array order as `{write.number}`."
    if write.last_by:
        yield f"Of items of `{write.field}` with the same `{write.last_by}` the last one wins."
