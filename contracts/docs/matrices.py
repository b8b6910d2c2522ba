"""What is allowed in which state: fields by state, operations by state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import Transition, Write, transition_of, writes_of
from troth.contracts.docs.markup import code, guess, plain, table
from troth.contracts.model import Operation, Resource

_MARKS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_DONE = {"read": "shown", "update": "changed", "delete": "removed"}
_OUTCOMES = {"applied": "written", "ignored": "ignored"}


class Notes:
    """Footnotes of one table: the same text, the same mark."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def mark(self, text: str) -> str:
        """The mark of a note, which is added where it is new."""
        if text not in self.texts:
            self.texts.append(text)
        number = self.texts.index(text) + 1
        return str(number).translate(_MARKS)

    def shown(self) -> str:
        """The notes below their table."""
        return "".join(f"\n{self.mark(text)} {text}\n" for text in self.texts)


def fields(contract: Contract, operation: Operation) -> str:
    """Field × state of an operation that writes; empty where its body declares no properties."""
    resource = contract.resource_of(operation)
    names = contract.stored_properties(operation)
    if resource is None or not names:
        return ""
    states: tuple[str, ...] = ("",)
    if operation.verb != "create" and resource.states:
        states = resource.states
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
    refusing = _transition_that_refuses(operation, state)
    if refusing is not None:
        return _refused(contract, refusing.refused(state).status)
    if write is not None:
        return _written(contract, write, state, notes) + guess(write.assumed)
    if _storable(contract, operation, name):
        return "written"
    return "not stored"


def _transition_that_refuses(operation: Operation, state: str) -> Transition | None:
    transition = transition_of(operation)
    if not isinstance(transition, Transition) or not transition.states:
        return None
    if not state or state in transition.states:
        return None
    return transition


def _written(contract: Contract, write: Write, state: str, notes: Notes) -> str:
    """What becomes of a field that is sent, with the condition as a note."""
    outside = bool(state) and write.states is not None and state not in write.states
    text = _ways(contract, write.outside) if outside else "written"
    if not write.when:
        return text
    if not outside:
        note = f"Only when {code(write.when)}; otherwise it is {_ways(contract, write.otherwise)}."
        return text + notes.mark(note)
    also = tuple(way for way in write.otherwise if way not in write.outside)
    if not also:
        return text
    note = f"Where {code(write.when)} does not hold, it may also be {_ways(contract, also)}."
    return text + notes.mark(note)


def _storable(contract: Contract, operation: Operation, name: str) -> bool:
    resource = contract.resource_of(operation)
    assert resource is not None
    known = contract.properties(resource)
    return name in known and name not in resource.managed and name != resource.id


def _ways(contract: Contract, outcomes: tuple[str, ...]) -> str:
    return " or ".join(_OUTCOMES.get(outcome) or _refused(contract, None) for outcome in outcomes)


def _refused(contract: Contract, status: int | None) -> str:
    status = status or contract.errors.kind("refused").status
    if status is None:
        return "refused"
    return f"refused {status_text(status)}"


def status_text(status: int) -> str:
    """A status, or its class where any of it will do."""
    if status < 10:
        return f"{status}XX"
    return str(status)


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
        return _DONE.get(operation.verb or "", "taken")
    if state in transition.states:
        targets = " or ".join(_targets(transition, notes))
        return f"moves → {targets}{guess(transition.assumed)}"
    return _refusal(contract, transition, state, notes)


def _refusal(contract: Contract, transition: Transition, state: str, notes: Notes) -> str:
    """How a state is refused, with the text as a note."""
    said, default = transition.refused(state), contract.errors.kind("refused")
    text = _refused(contract, said.status)
    message = said.message or default.message
    if message:
        text += notes.mark(f"“{plain(message)}”")
    assumed = said.assumed
    if said.status is None:
        assumed = assumed or default.assumed
    return text + guess(assumed)


def _targets(transition: Transition, notes: Notes) -> Iterator[str]:
    for state, guard in transition.targets:
        if guard:
            yield code(state) + notes.mark(f"When {code(guard)}.")
        elif len(transition.targets) > 1:
            yield code(state) + notes.mark("Otherwise.")
        else:
            yield code(state)


def managed(resource: Resource) -> Mapping[str, str]:
    """Who sets which property: the server, and when."""
    when = {
        "create": "the server, when the record is made",
        "write": "the server, at each change",
        "anytime": "the server, at any time",
    }
    found = {name: when.get(moment, moment) for name, moment in resource.managed.items()}
    return found | {name: f"always {code(text)}" for name, text in resource.computed.items()}
