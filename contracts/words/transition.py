"""``transition``: from which states an operation may be called, to which it leads, what it says otherwise.

``to`` is a state, or a map of states to CEL guards with exactly one ``otherwise``. On a create operation
``from`` is left out. ``refused`` is the text, or ``{status, message, names-state, assumed, in}``:
``names-state`` says that the text names the state that the record is in, whatever else it says; ``in`` says
all that for single states, and ``{assumed: true}`` alone says that it is open whether that state is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.word_values import RefusalText, Transition, transition_of
from troth.contracts.frozen import replace
from troth.contracts.model import Finding, Json, Node, Operation, Pointer, Refusal, Resource, Schema, Unknown
from troth.contracts.promises.facts import Compatibility, Fact
from troth.contracts.promises.promise import (
    Aspect,
    Given,
    PlannedCall,
    Probe,
    Promise,
    Sentence,
    Subject,
    Turn,
)
from troth.contracts.words._binding import Binding
from troth.contracts.words._findings import expression_findings, state_findings, uses
from troth.contracts.words._leading import deciding_properties
from troth.contracts.words._phrases import answered, listed
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._starts import accepted_start
from troth.contracts.words._step import Step
from troth.contracts.words._transition_denials import elsewhere, misled, unrefused
from troth.contracts.words._transition_facts import judged_behaviour, told_targets, transition_facts
from troth.contracts.words._values import states_of, status_of
from troth.contracts.words._word import Site, Word


def _refused(more: dict[str, Node]) -> Schema:
    said: dict[str, Node] = {
        "status": {"$ref": "#/$defs/status"},
        "message": {"type": "string"},
        "names-state": {"type": "boolean"},
        "assumed": {"type": "boolean"},
    }
    whole = {"type": "object", "additionalProperties": False, "properties": said | more}
    return {"oneOf": [{"type": "string"}, whole]}


class TransitionWord(Word):
    """Refuses by state, and moves."""

    name = "transition"
    schema = {
        "type": "object",
        "required": ["to"],
        "additionalProperties": False,
        "properties": {
            "from": {"$ref": "#/$defs/states"},
            "to": {
                "oneOf": [
                    {"type": "string"},
                    {
                        "type": "object",
                        "minProperties": 2,
                        "additionalProperties": {"$ref": "#/$defs/cel"},
                    },
                ]
            },
            "refused": _refused(
                {"in": {"type": "object", "minProperties": 1, "additionalProperties": _refused({})}}
            ),
            "assumed": {"type": "boolean"},
        },
    }
    refuses_at = RefusalStage.STATE
    applies_at = ApplyStage.STATE

    def parse(self, value: Node, site: Site) -> Transition:
        guards, refused, assumed = value["to"], value.get("refused", {}), value.get("assumed", False)
        if isinstance(guards, str):
            guards = {guards: "otherwise"}
        targets: list[tuple[str, str | None]] = []
        for state, guard in guards.items():
            if guard == "otherwise":
                guard = None
            targets.append((state, guard))
        elsewhere = {}
        if not isinstance(refused, str):
            elsewhere = refused.get("in", {})
        return Transition(
            site.pointer,
            states_of(value.get("from")),
            tuple(targets),
            _refusal_text(refused, assumed),
            assumed,
            {state: _refusal_text(entry, assumed) for state, entry in elsewhere.items()},
        )

    def errors(self, contract: Contract) -> Iterator[Finding]:
        for operation, transition in uses(contract, self.name):
            yield from _state_errors(contract, operation, transition)
            yield from _target_errors(contract, operation, transition)
            if transition.states is None and operation.verb != "create":
                message = "`from` is missing; only a create operation goes without"
                yield contract.document.finding("C04", message, transition.pointer)

    def advice(self, contract: Contract) -> Iterator[Finding]:
        """C06: leaves a final state; C11: the refusal's status is not documented."""
        for operation, transition in uses(contract, self.name):
            if transition.states is not None:
                yield from _final_left(contract, operation, transition.pointer, transition.states)
                yield from _undocumented(contract, operation, transition)

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        if transition_of(operation) is None:
            return None
        return self

    def refusals(self, step: Step) -> Iterator[Refusal]:
        transition, resource = transition_of(step.operation), step.resource
        if transition is None or resource is None or step.before is None:
            return
        state = step.before.data.get(resource.state or "")
        if transition.states is None or state in transition.states:
            return
        said, naming, detail = transition.refused(state), None, None
        if said.names_state and isinstance(state, str):
            naming, detail = state, f"The {resource.name} is {state}"
        elif said.message is None and isinstance(state, str):
            starts = " or ".join(map(str, transition.states))
            detail = f"The {resource.name} is {state}; {step.operation.id} is for one that is {starts}"
        certain = not _refusal_guessed(transition, state)
        yield Refusal(
            "refused", transition.pointer, said.status, said.message, said.assumed, certain,
            detail=detail, naming=naming,
        )  # fmt: skip

    def apply(self, step: Step) -> Step:
        transition, resource = transition_of(step.operation), step.resource
        if transition is None or step.after is None or resource is None or resource.state is None:
            return step
        target = reached = _target(transition, step)
        if transition.assumed:  # where it leads is a guess; that it leads away is not
            left = {target, *_starts(transition)}
            reached = step.choose(target, *(state for state in resource.states if state not in left))
        if reached != target or _from_elsewhere(step, transition, resource.state):
            step = replace(step, departs=(*step.departs, transition.pointer))
        return step.put(transition.pointer, **{resource.state: reached})

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        transition, resource = transition_of(operation), contract.resource_of(operation)
        if transition is None or resource is None:
            return
        if transition.states is None:
            yield _making_promise(operation, transition, resource)
            return
        for state in resource.states:
            if state in transition.states:
                yield _moving_promise(contract, operation, transition, resource, state)
            else:
                yield _refusing_promise(contract, operation, transition, resource, state)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is None:
            return
        transition, resource = transition_of(operation), contract.resource_of(operation)
        if transition is None or resource is None:
            return
        to, at, assumed = told_targets(transition), transition.pointer, transition.assumed
        if transition.states is None:
            yield Sentence(f"The new {resource.name} is {to}.", at, assumed)
            return
        says = f"Moves a {resource.name} that is {listed(transition.states)} to {to}."
        yield Sentence(says, at, assumed)
        yield from _refusal_sentences(contract, transition, resource)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        if operation is None:
            return
        resource = contract.resource_of(operation)
        if resource is not None and operation.verb != "list":
            yield from transition_facts(contract, operation, resource)

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if old is None or new is None:
            return None  # the operation or the state is new or gone: that is reported as such
        return judged_behaviour(old.value, new.value)


def _starts(transition: Transition) -> tuple[str, ...]:
    """The states from which the operation may be called; none where it makes the record."""
    return transition.states or ()


def _refusal_text(entry: str | Schema, assumed: bool) -> RefusalText:
    if isinstance(entry, str):
        return RefusalText(None, entry, assumed)
    return RefusalText(
        status_of(entry.get("status")),
        entry.get("message"),
        entry.get("assumed", assumed),
        entry.get("names-state", False),
    )


def _state_errors(contract: Contract, operation: Operation, transition: Transition) -> Iterator[Finding]:
    resource, at = contract.resource_of(operation), transition.pointer
    yield from state_findings(contract, _starts(transition), f"{at}/from", resource)
    named = tuple(state for state, _ in transition.targets)
    yield from state_findings(contract, named, f"{at}/to", resource)
    if transition.elsewhere:
        yield from state_findings(contract, tuple(transition.elsewhere), f"{at}/refused/in", resource)


def _target_errors(contract: Contract, operation: Operation, transition: Transition) -> Iterator[Finding]:
    resource, unguarded = contract.resource_of(operation), 0
    for state, guard in transition.targets:
        if guard is None:
            unguarded += 1
        else:
            at = f"{transition.pointer}/to/{state}"
            yield from expression_findings(contract, guard, at, resource, operation=operation)
    if unguarded != 1:
        message = "exactly one target must be `otherwise`"
        yield contract.document.finding("C12", message, f"{transition.pointer}/to")


def _final_left(
    contract: Contract, operation: Operation, pointer: Pointer, states: tuple[str, ...]
) -> Iterator[Finding]:
    resource = contract.resource_of(operation)
    if resource is None:
        return
    for state in set(states) & set(resource.final):
        message = f"{operation.id} leaves {state!r}, which is declared final"
        yield contract.document.finding("C06", message, f"{pointer}/from", "error")


def _undocumented(contract: Contract, operation: Operation, transition: Transition) -> Iterator[Finding]:
    usual = contract.errors.kind("refused").status
    refusals = (transition.usual, *transition.elsewhere.values())
    for status in dict.fromkeys(refused.status or usual for refused in refusals):
        if not status:
            continue
        if operation.response(status):
            continue
        shown = str(status)
        if status < 10:
            shown = f"{status}XX"
        message = f"{operation.id} refuses with {shown}, which `responses` does not document"
        yield contract.document.finding("C11", message, transition.pointer, "warning")


def _refusal_guessed(transition: Transition, state: Json) -> bool:
    """Whether it is a guess that a state is refused at all: all moves are, or no more is said of it."""
    if not transition.refused(state).assumed:
        return False
    if transition.assumed or not isinstance(state, str):
        return transition.assumed
    return transition.elsewhere.get(state) == RefusalText(assumed=True)


def _from_elsewhere(step: Step, transition: Transition, field: str) -> bool:
    """Whether the record is in a state from which the operation does not start."""
    if step.before is None:
        return False
    return step.before.data.get(field) not in _starts(transition)


def _target(transition: Transition, step: Step) -> str:
    """The guards are a set and not a list: where two hold, either target may be reached."""
    reached: list[str] = []
    otherwise: list[str] = []
    unknown: list[str] = []
    for state, guard in transition.targets:
        if guard is None:
            otherwise.append(state)
            continue
        value = step.value(guard)
        if value is True:
            reached.append(state)
        if isinstance(value, Unknown):
            unknown.append(state)
    if reached:
        return step.choose(*reached)
    return step.choose(*otherwise, *unknown)


def _guards(transition: Transition) -> list[str]:
    return [guard for _, guard in transition.targets if guard is not None]


def _making_promise(operation: Operation, transition: Transition, resource: Resource) -> Promise:
    id, subject = f"{operation.id}/transition", Subject(operation.id, Aspect.TRANSITION)
    says = f"{operation.id} makes a {resource.name} that is {_either(transition)}"
    given, calls = accepted_start(operation), _deciding_calls(operation, transition)
    probes = tuple(Probe((planned,), given) for planned in calls)
    denials = tuple(elsewhere(operation, transition, resource, None))
    return Promise(id, operation.id, says, transition.pointer, probes, subject=subject, denials=denials)


def _moving_promise(
    contract: Contract, operation: Operation, transition: Transition, resource: Resource, state: str
) -> Promise:
    given, calls = accepted_start(operation) or Given(resource.name), _deciding_calls(operation, transition)
    given = replace(given, state=state)
    probes = [Probe((planned,), given) for planned in calls]
    for guard in _guards(transition):
        if "request" not in cel.reads(guard):
            for wanted in (True, False):
                probes.append(Probe((calls[0],), replace(given, where=(*given.where, (guard, wanted)))))
    id, subject = _state_id(operation, state), Subject(operation.id, Aspect.TRANSITION, state)
    says = f"{operation.id} moves a {resource.name} from {state} to {_either(transition)}"
    denials = [*elsewhere(operation, transition, resource, state)]
    for planned, denial in misled(contract, operation, transition, resource, state):
        probes.append(Probe((planned,), given))
        denials.append(denial)
    return Promise(
        id, operation.id, says, transition.pointer, tuple(probes), subject=subject, denials=tuple(denials)
    )


def _refusing_promise(
    contract: Contract, operation: Operation, transition: Transition, resource: Resource, state: str
) -> Promise:
    said = transition.refused(state)
    says = f"{operation.id} refuses a {resource.name} that is {state}"
    if said.message:
        says += f" ({said.message!r})"
    id, subject = _state_id(operation, state), Subject(operation.id, Aspect.TRANSITION, state)
    given, planned = accepted_start(operation) or Given(resource.name), PlannedCall(operation.id)
    probes = [Probe((planned,), Given(resource.name, state))]
    if given.where:  # that it is refused shows more where nothing else refuses it
        probes.append(Probe((planned,), replace(given, state=state), spare=True))
    assumed = _refusal_guessed(transition, state)
    denials = tuple(unrefused(contract, operation, transition, state))
    return Promise(
        id,
        operation.id,
        says,
        transition.pointer,
        tuple(probes),
        assumed,
        subject=subject,
        turn=Turn.REFUSING_STATES,
        denials=denials,
    )


def _state_id(operation: Operation, state: str) -> str:
    return f"{operation.id}/transition/from={state}"


def _either(transition: Transition) -> str:
    return " or ".join(state for state, _ in transition.targets)


def _deciding_calls(operation: Operation, transition: Transition) -> list[PlannedCall]:
    """A call without the properties that decide where it leads, and one with each of them alone."""
    names = deciding_properties(transition)
    calls = [PlannedCall(operation.id, omit=names)]
    for name in names:
        others = tuple(other for other in names if other != name)
        calls.append(PlannedCall(operation.id, draws=(name,), omit=others))
    return calls


def _refusal_sentences(contract: Contract, transition: Transition, resource: Resource) -> Iterator[Sentence]:
    """How the call is refused in the other states, those together that are refused alike."""
    alike: dict[RefusalText, list[str]] = {}
    for state in resource.states:
        if state not in _starts(transition):
            alike.setdefault(transition.refused(state), []).append(state)
    for said, states in alike.items():
        how = answered(contract, "refused", said.status, said.message)
        if said.names_state:
            how += "; the text names the state"
        assumed = said.assumed
        if said.status is None and contract.errors.kind("refused").assumed:
            assumed = True
        says = f"While it is {listed(states)}, the call is refused {how}."
        yield Sentence(says, transition.pointer, assumed)
