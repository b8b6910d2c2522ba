"""What is true of a resource, piece by piece, and what it means for clients that a piece changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

from troth.contracts.contract import Contract
from troth.contracts.document import join
from troth.contracts.model import Auto, Json, Resource
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE, Compatibility, Fact

_NAMES = {"id": "the id", "parent": "the parent", "field": "the state property", "initial": "the first state"}
_CALLED = ("automatic", "fixture")
_READ = (BREAKS, "clients read another value")
_VERDICTS: Mapping[str, tuple[Compatibility, Compatibility, Compatibility]] = {
    # kind: appeared, vanished, changed
    "id": ((SAFE, "it is a record now"), (MAYBE, "it is no record now"), (BREAKS, "records are named by it")),
    "parent": ((BREAKS, "it is found below another record"),) * 3,
    "field": ((SAFE, "states are said now"), (MAYBE, "states are not said now"), _READ),
    "initial": ((SAFE, "states are said now"), (MAYBE, "states are not said now"), _READ),
    "state": (
        (BREAKS, "clients meet a state that they do not know"),
        (MAYBE, "clients may wait for it"),
        None,
    ),
    "final": ((MAYBE, "records that could go on cannot"), (MAYBE, "records go on where they ended"), None),
    "automatic": (
        (MAYBE, "records move where nobody calls"),
        (BREAKS, "clients may wait for the move"),
        (BREAKS, "records move at other times or to another state"),
    ),
    "managed": (
        (MAYBE, "a value that clients sent may be replaced"),
        (MAYBE, "who sets it is not said now"),
        (MAYBE, "the server sets it at other times"),
    ),
    "computed": ((MAYBE, "the value follows from others now"), (MAYBE, "the value is not said now"), _READ),
    "unique": (
        (BREAKS, "requests with a value that is taken are refused"),
        (SAFE, "requests that were refused work"),
        (BREAKS, "clients tell refusals by status and text"),
    ),
    "hidden": ((SAFE, "no answer shows it"),) * 3,
    "fixture": ((SAFE, "only mock and checks start from it"),) * 3,
}


def _frame(resource: Resource) -> Iterator[tuple[str, str, Json, str, bool]]:
    if resource.parent:
        above = (resource.parent.resource, resource.parent.by)
        yield "parent", "", above, f"is the `{above[0]}` that `{{{above[1]}}}` names", False
    if resource.state:
        yield "field", "", resource.state, f"is `{resource.state}`", False
        yield "initial", "", resource.initial, f"is `{resource.initial}`", False


def _pieces(resource: Resource) -> Iterator[tuple[str, str, Json, str, bool]]:
    """Kind, name, value, words and whether it is a guess."""
    yield "id", "", resource.id, f"is `{resource.id}`", False
    yield from _frame(resource)
    for state in resource.states:
        yield "state", state, True, "exists", False
    for state in resource.final:
        yield "final", state, True, "is final", False
    for auto in resource.auto:
        plain = {
            f.name: getattr(auto, f.name)
            for f in fields(auto)
            if f.name not in ("name", "pointer", "assumed")
        }
        value = tuple(tuple(sorted(v)) if isinstance(v, tuple) else v for v in plain.values())
        says = f"leads from {_either(auto.source)} to `{auto.to}` {due(auto)}"
        yield "automatic", auto.name, value, says, auto.assumed
    for name, when in resource.managed.items():
        yield "managed", name, when, f"is set by the server (`{when}`)", False
    for name, text in resource.computed.items():
        yield "computed", name, " ".join(text.split()), f"is `{text}`", False
    for unique in resource.unique:
        value = (unique.status, unique.message)
        says = "is taken by one record only" + (f" ({unique.status})" if unique.status else "")
        yield "unique", unique.field, value, says, unique.assumed
    for name, start in resource.hidden.items():
        yield "hidden", name, start, "is a hidden variable", False
    for fixture in resource.fixtures:
        own = {k: v for k, v in fixture.hidden.items() if resource.hidden.get(k) != v}
        yield "fixture", fixture.name, (fixture.data, own), "is a record to start from", False


def _place(contract: Contract, resource: Resource, kind: str, name: str) -> str:
    """Where a fact of a resource is written; a state stands in the enum of its property."""
    if kind == "state":
        at, schema = contract.document.resolve(str(resource.schema["$ref"])[1:])
        inner = join(at, "properties", resource.state or "")
        known = isinstance(schema, Mapping) and resource.state in schema.get("properties", {})
        return contract.document.resolve(inner)[0] if known else resource.pointer
    places = {"id": "id", "parent": "parent"}
    places |= {"field": "state/field", "initial": "state/initial", "final": "state/final"}
    if kind in places:
        return f"{resource.pointer}/{places[kind]}"
    folder = {"automatic": "state/auto", "fixture": "fixtures"}.get(kind, kind)
    return join(f"{resource.pointer}/{folder}", name)


def resource_facts(contract: Contract, resource: Resource) -> Iterator[Fact]:
    """Every piece as a fact, with its place."""
    for kind, name, value, says, assumed in _pieces(resource):
        at = _place(contract, resource, kind, name)
        about = f"{_NAMES.get(kind) or f'{kind} `{name}`'} of {resource.name}"
        yield Fact(
            (resource.name, kind, name), value, says, at, assumed, about=about, renamable=kind in _CALLED
        )


def judged(old: Fact | None, new: Fact | None) -> Compatibility:
    """Whether a piece that appeared, vanished or changed breaks clients."""
    known = old or new
    assert known is not None
    appeared, vanished, changed = _VERDICTS[known.key[1]]
    return appeared if old is None else vanished if new is None else changed


def due(auto: Auto) -> str:
    """When an automatic move comes: ``when `self.left == 0```, ``after 3 s, within 2 min``."""
    told = [f"when `{' '.join(auto.when.split())}`"] if auto.when else []
    if auto.after is not None:
        told.append(f"after {spoken(auto.after)}")
    return " and ".join(told) + (f", within {spoken(auto.within)}" if auto.within is not None else "")


def spoken(seconds: float) -> str:
    """A duration in its largest whole unit: ``2 min``, ``14 d``."""
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s"


def _either(states: Sequence[str]) -> str:
    return " or ".join(f"`{state}`" for state in states)
