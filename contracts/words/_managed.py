"""What the server sets on a record of its own accord (``managed``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from troth.contracts.contract import Contract, remembered
from troth.contracts.contract.fixtures import is_stamp
from troth.contracts.document import split
from troth.contracts.document.equality import alike
from troth.contracts.document.known_names import tells_change, tells_time
from troth.contracts.document.pointers import spread
from troth.contracts.document.samples import sample
from troth.contracts.document.typing import types_of
from troth.contracts.frozen import replace
from troth.contracts.model import Bag, Json, Node, Resource, Unknown
from troth.contracts.words._step import Step

Fresh: TypeAlias = Callable[[Json, Json], Json]
"""Makes a value that was not there before, from a schema and the old value."""

SEVERAL = 2
"""Fixtures of which it means something that they have a value alike."""


def is_pattern(name: str) -> bool:
    """Whether a key of ``managed`` is a pointer pattern, and not the name of a property."""
    return name.startswith("/")


def managed_properties(resource: Resource, moment: str) -> list[str]:
    """The properties that the server sets at a moment."""
    names = [name for name, when in resource.managed.items() if when == moment]
    return [name for name in names if not is_pattern(name)]


def first_values(
    contract: Contract, resource: Resource, data: Mapping[str, Json], fresh: Fresh
) -> dict[str, Json]:
    """What the server gives to a new record besides what is said: the first state, and what is managed."""
    found: dict[str, Json] = {}
    if resource.state and resource.initial and resource.state not in data:
        found[resource.state] = resource.initial
    for name, when in resource.managed.items():
        if name not in data and not is_pattern(name):
            found[name] = first_value(contract, resource, name, when, fresh)
    return found


def first_value(contract: Contract, resource: Resource, name: str, when: str, fresh: Fresh) -> Json:
    """What the server sets a property to on a new record."""
    schema = contract.field_schema(resource, name)
    if when == "anytime":
        return _some_value(contract, schema, fresh)
    if contract.document.guessed:
        schema = _as_time(schema, name)
    made = fresh(schema, None)
    if isinstance(made, Unknown) or when == "write":
        return made
    common = _common(contract, resource.name, name)
    if common is not None:
        return common
    return made


def _some_value(contract: Contract, schema: Node, fresh: Fresh) -> Json:
    """What stands where the server sets something when it likes: of a time the present, never the future."""
    value: Json = sample(contract.document.schemas, schema)
    if not is_stamp(value):
        return value
    if contract.document.schemas.fits(schema, None):
        return None
    return fresh(schema, None)


@remembered
def _common(contract: Contract, owner: str, name: str) -> Json:
    """What all fixtures have alike that is not their own: an account, an owner. None: there is no such."""
    resource = contract.resources[owner]
    taken = {unique.field for unique in resource.unique}
    if len(resource.fixtures) < SEVERAL or name in taken or name == resource.id:
        return None
    values = [{**resource.example, **fixture.data}.get(name) for fixture in resource.fixtures]
    if not isinstance(values[0], str) or is_stamp(values[0]):
        return None
    if any(value != values[0] for value in values):
        return None
    return values[0]


def manage(step: Step, resource: Resource) -> Step:
    """The step with what the server sets."""
    assert step.after is not None
    changed = step.before is not None and not alike(step.after.data, step.before.data)
    for name, when in resource.managed.items():
        if when == "index":
            step = _numbered(step, split(name))
        elif is_pattern(name):
            step = _filled(step, resource, split(name))
        elif when == "write":
            step = _on_write(step, resource, name, changed=changed)
        elif when == "anytime":
            step = _at_any_time(step, resource, name, changed=changed)
        else:
            step = _on_create(step, resource, name)
    return step


def _on_write(step: Step, resource: Resource, name: str, *, changed: bool) -> Step:
    """What is set anew with every write; an action that is only asked for is none."""
    if step.before is None:
        return _fresh(step, resource, name, None, touched=False)
    if step.operation.method == "GET":
        return step
    written = _fresh(step, resource, name, step.before.data.get(name), touched=changed)
    if not changed and not isinstance(_value(written, name), Unknown):
        return step  # nothing has changed; a live server may set it all the same
    return written


def _value(step: Step, name: str) -> Json:
    assert step.after is not None
    return step.after.data[name]


def _on_create(step: Step, resource: Resource, name: str) -> Step:
    return _first(step, resource, name, "create")


def _first(step: Step, resource: Resource, name: str, when: str) -> Step:
    """What a new record does not have yet, set."""
    if not _is_missing(step, name):
        return step
    value = first_value(step.contract, resource, name, when, step.world.fresh)
    if isinstance(value, Unknown):
        value = Unknown(None, touched=False)
    return step.put(_pointer(resource, name), **{name: value})


def _at_any_time(step: Step, resource: Resource, name: str, *, changed: bool) -> Step:
    """What the server sets when it likes: some value on a new record, and when one was changed last."""
    if step.before is None or not changed or not tells_change(name):
        return _first(step, resource, name, "anytime")
    old = step.before.data.get(name)
    if not is_stamp(old):
        return step
    return _fresh(step, resource, name, old, touched=False)


def _is_missing(step: Step, name: str) -> bool:
    """Whether a new record does not have a property yet."""
    assert step.after is not None
    return step.before is None and name not in step.after.data


def _fresh(step: Step, resource: Resource, name: str, old: Json, *, touched: bool) -> Step:
    schema = step.contract.field_schema(resource, name)
    if step.contract.document.guessed:
        schema = _as_time(schema, name)
    value = step.world.fresh(schema, old)
    if isinstance(value, Unknown):
        value = Unknown(old, touched=touched)
    return step.put(_pointer(resource, name), **{name: value})


def _as_time(schema: Node, name: str) -> Node:
    """The schema of a property that a guess takes for a time, as one of a time."""
    if not isinstance(schema, Mapping) or "format" in schema or not tells_time(name):
        return schema
    kinds = types_of(schema)
    if "string" in kinds:
        return {**schema, "format": "date-time"}
    if "integer" in kinds or "number" in kinds:
        return {**schema, "format": "unix-time"}
    return schema


def _pointer(resource: Resource, name: str) -> str:
    return f"{resource.pointer}/managed/{name}"


def _numbered(step: Step, pattern: tuple[str, ...]) -> Step:
    """Set a member of a list's items to their place in it."""
    assert step.after is not None
    field, member = pattern[0], pattern[-1]
    items = step.after.data.get(field)
    if not isinstance(items, list):
        return step
    numbered: list[Json] = []
    for place, item in enumerate(items):
        if isinstance(item, Mapping):
            item = {**item, member: place}
        numbered.append(item)
    if numbered == items:
        return step
    return _with_field(step, field, _like(items, numbered))


def _filled(step: Step, resource: Resource, pattern: tuple[str, ...]) -> Step:
    """Set a managed member of nested objects where the client gave none."""
    assert step.after is not None
    field, inner, member = pattern[0], pattern[1:-1], pattern[-1]
    schema = _schema_at(step, step.contract.field_schema(resource, field), pattern[1:])
    old = value = step.after.data.get(field)
    for path, parent in list(spread(old, inner)):
        if isinstance(parent, Mapping) and member not in parent:
            value = _with(value, (*path, member), step.world.fresh(schema, None))
    if value is old:
        return step
    return _with_field(step, field, value)


def _schema_at(step: Step, schema: Node, tokens: Sequence[str]) -> Node:
    """The schema of a place inside a value."""
    for token in tokens:
        known = schema.get("properties", {})
        if token == "*":  # noqa: S105 (of a pattern, not a secret)
            known = {"*": schema.get("items")}
        schema = step.contract.document.schemas.resolve(known.get(token) or {})
    return schema


def _with_field(step: Step, name: str, value: Json) -> Step:
    assert step.after is not None
    return replace(step, after=replace(step.after, data={**step.after.data, name: value}))


def _with(value: Json, path: tuple[str, ...], new: Json) -> Json:
    """A value with another one deep in it."""
    if not path:
        return new
    if isinstance(value, list):
        items = list(value)
        items[int(path[0])] = _with(items[int(path[0])], path[1:], new)
        return _like(value, items)
    assert isinstance(value, Mapping)
    return {**value, path[0]: _with(value.get(path[0]), path[1:], new)}


def _like(old: list[Json], items: list[Json]) -> list[Json]:
    """A list that is open in its order where the old one is."""
    if isinstance(old, Bag):
        return Bag(items, old.key)
    return items
