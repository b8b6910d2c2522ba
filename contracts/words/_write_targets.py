"""What a value that is written becomes, and where it lands in the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from troth.contracts.contract.selection import Trait, having
from troth.contracts.contract.targets import Column, Item, Keyed, Property
from troth.contracts.contract.word_values import Write, writes_of
from troth.contracts.document.pointers import spread
from troth.contracts.model import Bag, Json, Operation, Record, Resource, Unknown
from troth.contracts.words._step import Step

_JSON_API = "application/vnd.api+json"
"""In a PATCH of this type, attributes that are left out stay as they are (JSON:API 1.1, 9.2)."""

_IDS = ("id", "uuid", "guid")


def write_of(operation: Operation, name: str) -> Write:
    """What is said of a property; where nothing is, it is stored under its own name."""
    said = writes_of(operation).get(name)
    if said is not None:
        return said
    return Write(name, f"{operation.word_pointer}/acts")


def in_state(write: Write, state: Json) -> bool:
    """Whether a state is one of those in which a property may be written."""
    return write.states is None or state in write.states


def is_simply_stored(resource: Resource, write: Write) -> bool:
    """Whether a property becomes one of the record, in any state and on no condition."""
    if write.field == resource.state:
        return False
    if write.when is not None or write.states:
        return False
    return write.target == Property((write.field,))


def stored(write: Write, record: Record) -> Json:
    """What stands where a property lands; for ``/list/*/key`` the list of keys."""
    target = write.target
    if isinstance(target, Column):
        return None
    values: list[Json] = [value for _, value in spread(record.data, target.tokens)]
    if isinstance(target, Keyed):
        return values
    if not values:
        return None
    return values[0]


def landed(write: Write, value: Json, data: Mapping[str, Json], step: Step) -> tuple[str, Json]:
    """The property of a record in which a value lands, and what that becomes, normalised as the word says;
    ``data``: the record so far."""
    target = write.target
    value = _normalised(write, value, step)
    if isinstance(target, Property):
        name, inner = target.path[0], target.path[1:]
        if inner:
            value = _nested(data.get(name), inner, value)
        elif not write.whole and (write.merge or step.operation.merges):
            value = merged(data.get(name), value)
        elif step.operation.method == "PATCH" and _JSON_API in step.operation.media_types:
            value = _laid_over(data.get(name), value)
        return name, value
    items = _listed(data.get(target.list))
    if isinstance(target, Keyed):
        return target.list, _named(target, items, value, step)
    if isinstance(target, Column):
        return target.list, _with_column(target, items, value)
    return target.list, _with_member(target, items, value, step.call.path)


def _laid_over(old: Json, new: Json) -> Json:
    """An object over the one that is there, however deep."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return new
    return {**old, **{name: _laid_over(old.get(name), value) for name, value in new.items()}}


def _normalised(write: Write, value: Json, step: Step) -> Json:
    """A list without duplicates, and numbered, where the word says so."""
    if not isinstance(value, list):
        return value
    if write.first:
        value = value[::-1]
    if write.last_by:
        last = {item.get(write.last_by): item for item in value}
        if len(last) < len(value):  # which place the last one has then, nothing says
            value = Bag(last.values(), write.last_by)
    if write.number:
        start = write.start
        if start is None:
            start = step.choose(0, 1)
        value = [{**item, write.number: start + place} for place, item in enumerate(value)]
    return value


def _named(target: Keyed, items: Sequence[Json], keys: Json, step: Step) -> list[Json]:
    """The objects that the keys name, those that are there as they are."""
    known = {item[target.key]: item for item in _mappings(items) if target.key in item}
    found: list[Json] = []
    for key in _each_of(target, _listed(keys), step):
        found.append(known.get(key) or _shown_elsewhere(target, key, step))
    return Bag(found, target.key)


def _each_of(target: Keyed, keys: list[Json], step: Step) -> list[Json]:
    """The keys: a thing of its own is named once; of a part that is named twice nothing says whether there
    are two of it."""
    once = [*dict.fromkeys(keys)]
    if len(once) == len(keys) or _is_own_thing(target, step):
        return once
    return step.choose(once, keys)


def _is_own_thing(target: Keyed, step: Step) -> bool:
    """Whether the items of a list are things of their own, and no parts of one record (lines)."""
    assert step.resource is not None
    made = any(name.startswith(f"/{target.list}/") for name in step.resource.managed)
    return target.key.lower() in _IDS and not made


def _shown_elsewhere(target: Keyed, key: Json, step: Step) -> Json:
    """What another record shows of an object, if any does; a tester cannot know that it is the same."""
    bare: Json = {target.key: key}
    if step.resource is None or isinstance(step.world.moment, Unknown) or not _is_own_thing(target, step):
        return bare
    for record in having(step.world, step.resource.name, Trait((target.key,), target.list), (key,), most=1):
        for item in _mappings(_listed(record.data.get(target.list))):
            if item.get(target.key) == key:
                return item
    return bare


def _with_column(target: Column, items: Sequence[Json], sent: Json) -> list[Json]:
    """The stored items, with a member from the sent item that names them."""
    given = {item.get(target.sent): item.get(target.member) for item in _mappings(_listed(sent))}
    found: list[Json] = []
    for item in items:
        if isinstance(item, Mapping) and item.get(target.key) in given:
            item = {**item, target.member: given[item.get(target.key)]}
        found.append(item)
    return found


def _with_member(
    target: Item, items: Sequence[Json], value: Json, parameters: Mapping[str, Json]
) -> list[Json]:
    """The stored items, with a member of the one that a path parameter names."""
    wanted, found = parameters.get(target.parameter), []
    for item in items:
        if isinstance(item, Mapping) and item.get(target.key) == wanted:
            item = {**item, target.member: value}
        found.append(item)
    return found


def _nested(old: Json, path: tuple[str, ...], value: Json) -> Json:
    """An object with a value deep in it."""
    found: dict[str, Json] = {}
    if isinstance(old, Mapping):
        found.update(old)
    if len(path) > 1:
        value = _nested(found.get(path[0]), path[1:], value)
    found[path[0]] = value
    return found


def merged(old: Json, patch: Json) -> Json:
    """RFC 7396: members of the patch replace those of the same name, null removes them."""
    if not isinstance(patch, Mapping):
        return patch
    found: dict[str, Json] = {}
    if isinstance(old, Mapping):
        found.update(old)
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found


def _listed(value: Json) -> list[Json]:
    """A list; null, where the schema allows it, is an empty one."""
    if isinstance(value, list):
        return value
    return []


def _mappings(items: Sequence[Json]) -> list[Mapping[str, Json]]:
    return [item for item in items if isinstance(item, Mapping)]
