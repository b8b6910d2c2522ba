"""What is true of a resource, piece by piece, and what it means for clients that a piece changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from troth.contracts.contract import Contract
from troth.contracts.document import join
from troth.contracts.document.pointers import referred
from troth.contracts.model import Auto, Node, Pointer, Resource
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


@dataclass(frozen=True)
class _Piece:
    """One thing that is true of a resource; the name is empty where there is one of its kind only."""

    kind: str
    name: str
    value: Node
    says: str
    assumed: bool = False


def _pieces(resource: Resource) -> Iterator[_Piece]:
    yield _Piece("id", "", resource.id, f"is `{resource.id}`")
    parent = resource.parent
    if parent is not None:
        says = f"is the `{parent.resource}` that `{{{parent.by}}}` names"
        yield _Piece("parent", "", (parent.resource, parent.by), says)
    yield from _state_pieces(resource)
    for name, when in resource.managed.items():
        yield _Piece("managed", name, when, f"is set by the server (`{when}`)")
    for name, text in resource.computed.items():
        yield _Piece("computed", name, " ".join(text.split()), f"is `{text}`")
    for unique in resource.unique:
        says = "is taken by one record only"
        if unique.status:
            says += f" ({unique.status})"
        yield _Piece(
            "unique", unique.field, (unique.status, unique.message, unique.update), says, unique.assumed
        )
    for name, start in resource.hidden.items():
        yield _Piece("hidden", name, start, "is a hidden variable")
    for fixture in resource.fixtures:
        own = {k: v for k, v in fixture.hidden.items() if resource.hidden.get(k) != v}
        yield _Piece("fixture", fixture.name, (fixture.data, own), "is a record to start from")


def _state_pieces(resource: Resource) -> Iterator[_Piece]:
    """What is true of its states and of the moves between them."""
    if resource.state:
        yield _Piece("field", "", resource.state, f"is `{resource.state}`")
        yield _Piece("initial", "", resource.initial, f"is `{resource.initial}`")
    for state in resource.states:
        yield _Piece("state", state, True, "exists")
    for state in resource.final:
        yield _Piece("final", state, True, "is final")
    for auto in resource.auto:
        value = (tuple(sorted(auto.source)), auto.to, auto.when, auto.after, auto.within)
        says = f"leads from {_either(auto.source)} to `{auto.to}` {due(auto)}"
        yield _Piece("automatic", auto.name, value, says, auto.assumed)


_PLACES = {
    "id": "id",
    "parent": "parent",
    "field": "state/field",
    "initial": "state/initial",
    "final": "state/final",
}
_FOLDERS = {"automatic": "state/auto", "fixture": "fixtures"}


def _pointer(contract: Contract, resource: Resource, piece: _Piece) -> Pointer:
    """Where a piece is written; a state stands in the enum of its property."""
    if piece.kind == "state":
        return _enum_pointer(contract, resource)
    if piece.kind in _PLACES:
        return f"{resource.pointer}/{_PLACES[piece.kind]}"
    return join(f"{resource.pointer}/{_FOLDERS.get(piece.kind, piece.kind)}", piece.name)


def _enum_pointer(contract: Contract, resource: Resource) -> Pointer:
    at, schema = contract.document.resolve(referred(resource.schema))
    if isinstance(schema, Mapping) and resource.state in schema.get("properties", {}):
        return contract.document.resolve(join(at, "properties", resource.state or ""))[0]
    return resource.pointer


def resource_facts(contract: Contract, resource: Resource) -> Iterator[Fact]:
    """Every piece as a fact, with its place."""
    for piece in _pieces(resource):
        about = _NAMES.get(piece.kind) or f"{piece.kind} `{piece.name}`"
        yield Fact(
            (resource.name, piece.kind, piece.name),
            piece.value,
            piece.says,
            _pointer(contract, resource, piece),
            piece.assumed,
            about=f"{about} of {resource.name}",
            renamable=piece.kind in _CALLED,
        )


def judged(old: Fact | None, new: Fact | None) -> Compatibility:
    """Whether a piece that appeared, vanished or changed breaks clients."""
    known = old or new
    assert known is not None
    appeared, vanished, changed = _VERDICTS[known.key[1]]
    if old is None:
        return appeared
    if new is None:
        return vanished
    return changed


def due(auto: Auto) -> str:
    """When an automatic move comes: ``when `self.left == 0```, ``after 3 s, within 2 min``."""
    told = []
    if auto.when:
        told.append(f"when `{' '.join(auto.when.split())}`")
    if auto.after is not None:
        told.append(f"after {spoken(auto.after)}")
    says = " and ".join(told)
    if auto.within is not None:
        says += f", within {spoken(auto.within)}"
    return says


def spoken(seconds: float) -> str:
    """A duration in its largest whole unit: ``2 min``, ``14 d``; a long one that has none to a tenth."""
    units = (("d", 86_400), ("h", 3600), ("min", 60))
    for unit, length in units:
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g} {unit}"
    for unit, length in units[:2]:
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:g} s"


def _either(states: Sequence[str]) -> str:
    return " or ".join(f"`{state}`" for state in states)
