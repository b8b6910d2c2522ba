"""What is allowed in which state: fields by state, operations by state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import Transition, Write, transition_of, writes_of
from troth.contracts.docs.markup import ASSUMED, code, plain, table
from troth.contracts.model import Operation, Resource

_MARKS = "¹²³⁴⁵⁶⁷⁸⁹"
_OUTCOMES = {"applied": "written", "ignored": "ignored"}


class Notes:
    """Footnotes of one table: the same text, the same mark."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def mark(self, text: str) -> str:
        """The mark of a note, which is added where it is new."""
        if text not in self.texts:
            self.texts.append(text)
        number = str(self.texts.index(text) + 1)
        return "".join(_MARKS[int(digit) - 1] if digit != "0" else "⁰" for digit in number)

    def shown(self) -> str:
        """The notes below their table."""
        return "".join(f"\n{self.mark(text)} {text}\n" for text in self.texts)


def fields(contract: Contract, operation: Operation) -> str:
    """Field × state of an operation that writes; empty where its body declares no properties."""
    resource = contract.resource_of(operation)
    names = contract.body_properties(operation)
    if resource is None or not names:
        return ""
    creating = operation.verb == "create"
    states = ("",) if creating else resource.states or ("",)
    notes, writes = Notes(), writes_of(operation)
    rows = []
    for name in names:
        write = writes.get(name)
        cells = [_field(contract, operation, name, write, state, notes) for state in states]
        rows.append([code(name), *cells])
    head = ["field", *(code(state) if state else "is" for state in states)]
    return table(head, rows) + notes.shown()


def _field(
    contract: Contract, operation: Operation, name: str, write: Write | None, state: str, notes: Notes
) -> str:
    transition = transition_of(operation)
    if isinstance(transition, Transition) and state and transition.states and state not in transition.states:
        return _refused(contract, transition.refused(state).status)
    if write is None:
        return "written" if _storable(contract, operation, name) else "not stored"
    outside = bool(state) and write.states is not None and state not in write.states
    text = _ways(contract, write.outside) if outside else "written"
    if write.when and outside:
        also = tuple(way for way in write.otherwise if way not in write.outside)
        note = f"Where {code(write.when)} does not hold, it may also be {_ways(contract, also)}."
        text += notes.mark(note) if also else ""
    elif write.when:
        note = f"Only when {code(write.when)}; otherwise it is {_ways(contract, write.otherwise)}."
        text += notes.mark(note)
    return text + (f" {ASSUMED}" if write.assumed else "")


def _storable(contract: Contract, operation: Operation, name: str) -> bool:
    resource = contract.resource_of(operation)
    assert resource is not None
    known = contract.document.schemas.resolve(resource.schema).get("properties", {})
    return name in known and name not in resource.managed and name != resource.id


def _ways(contract: Contract, outcomes: tuple[str, ...]) -> str:
    return " or ".join(_OUTCOMES.get(outcome) or _refused(contract, None) for outcome in outcomes)


def _refused(contract: Contract, status: int | None) -> str:
    status = status or contract.errors.kind("refused").status
    return "refused" + ("" if status is None else f" {status}XX" if status < 10 else f" {status}")


def operations(contract: Contract, resource: Resource) -> str:
    """Operation × state of a resource: how each call is answered in each state."""
    own = [o for o in contract.operations.values() if o.resource == resource.name]
    acting = [o for o in own if o.verb not in ("create", "list", None)]
    if not acting or not resource.states:
        return ""
    notes, rows = Notes(), []
    for operation in acting:
        name = f"[{code(operation.id)}](#{{{operation.id}}})"
        rows.append([name, *(_answer(contract, operation, state, notes) for state in resource.states)])
    return table(["operation", *map(code, resource.states)], rows) + notes.shown()


def _answer(contract: Contract, operation: Operation, state: str, notes: Notes) -> str:
    transition = transition_of(operation)
    if not isinstance(transition, Transition) or transition.states is None:
        return {"read": "shown", "update": "changed", "delete": "removed"}.get(operation.verb or "", "taken")
    if state in transition.states:
        targets = " or ".join(_targets(transition, notes))
        return f"moves → {targets}" + (f" {ASSUMED}" if transition.assumed else "")
    said, default = transition.refused(state), contract.errors.kind("refused")
    guessed = said.assumed or (said.status is None and default.assumed)
    message = said.message or default.message
    mark = notes.mark(f"“{plain(message)}”") if message else ""
    return _refused(contract, said.status) + mark + (f" {ASSUMED}" if guessed else "")


def _targets(transition: Transition, notes: Notes) -> Iterator[str]:
    for state, guard in transition.targets:
        several = guard or ("otherwise" if len(transition.targets) > 1 else "")
        note = f"When {code(several)}." if guard else "Otherwise."
        yield code(state) + (notes.mark(note) if several else "")


def managed(resource: Resource) -> Mapping[str, str]:
    """Who sets which property: the server, and when."""
    when = {
        "create": "the server, when the record is made",
        "write": "the server, at each change",
        "anytime": "the server, at any time",
    }
    found = {name: when.get(moment, moment) for name, moment in resource.managed.items()}
    return found | {name: f"always {code(text)}" for name, text in resource.computed.items()}
