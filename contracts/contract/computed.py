"""Properties that follow from others (``computed``), those first that others are computed from."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext, suppress

from troth.contracts.contract import cel
from troth.contracts.errors import ContractFault
from troth.contracts.model import Json, Record, Resource, Unknown


def in_order(computed: Mapping[str, str]) -> dict[str, str]:
    """The same, each after those that it reads; those in a circle as they are written."""
    found: dict[str, str] = {}
    open_: list[str] = []

    def add(name: str) -> None:
        if name in found or name in open_:
            return
        open_.append(name)
        for other in read_by(computed[name]):
            if other in computed:
                add(other)
        open_.pop()
        found[name] = computed[name]

    for name in computed:
        add(name)
    return found


def read_by(text: str) -> frozenset[str]:
    """The properties of ``self`` that an expression reads by name."""
    return frozenset(path[1] for path in cel.names(text) if path[0] == "self" and len(path) > 1)


def sources(computed: Mapping[str, str], name: str) -> frozenset[str]:
    """The properties that a computed one hangs on, also by way of others (in a circle: itself, too)."""
    found: set[str] = set()
    todo = [*read_by(computed[name])]
    while todo:
        other = todo.pop()
        if other not in found:
            found.add(other)
            todo += read_by(computed.get(other, ""))
    return frozenset(found)


def values(
    resource: Resource, record: Record, properties: frozenset[str] | None = None, *, lenient: bool = False
) -> dict[str, Json]:
    """The computed properties of a record, as far as they are known; ``properties``: the ones asked for.

    Raises ContractFault where one cannot be computed, unless ``lenient``: it is left out then.
    """
    found: dict[str, Json] = {}
    needed = _needed(resource.computed, properties)
    if not needed:
        return found
    data = dict(record.data)
    for name, text in resource.computed.items():
        if name not in needed:
            continue
        data.pop(name, None)
        with suppress(ContractFault) if lenient else nullcontext():
            found[name] = cel.evaluate(text, {"self": data, "hidden": record.hidden})
            data[name] = found[name]
    return found


def known(computed: Mapping[str, str], record: Record) -> dict[str, Json]:
    """The values of expressions about a record, in their order, without those that are not known."""
    found: dict[str, Json] = {}
    data = dict(record.data)
    for name, text in computed.items():
        data.pop(name, None)
        with suppress(ContractFault):
            value = cel.evaluate(text, {"self": data, "hidden": record.hidden})
            if not isinstance(value, Unknown):
                found[name] = data[name] = value
    return found


def _needed(computed: Mapping[str, str], properties: frozenset[str] | None) -> frozenset[str]:
    if properties is None:
        return frozenset(computed)
    asked = properties & computed.keys()
    return asked.union(*(sources(computed, name) for name in asked)) & computed.keys()


def value(resource: Resource, record: Record, name: str) -> Json:
    """What a record has of a property, computed or not; None where that cannot be said."""
    if name not in resource.computed:
        return record.data.get(name)
    found = values(resource, record, frozenset({name}), lenient=True).get(name)
    if isinstance(found, Unknown):
        return None
    return found
