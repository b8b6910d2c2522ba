"""``transition``: from which states an operation may be called, to which it leads, what it says otherwise.

``to`` is a state, or a map of states to CEL guards with exactly one ``otherwise``. On a create operation
``from`` is left out. ``refused`` is the text, or ``{status, message, names-state, assumed, in}``:
``names-state`` says that the text names the state that the record is in, whatever else it says; ``in`` says
all that for single states, and ``{assumed: true}`` alone says that it is open whether that state is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.word_values import RefusalText, Transition, transition_of
from troth.contracts.model import Finding, Json, Operation, Refusal, Unknown
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE, Compatibility, Fact
from troth.contracts.promises.promise import Aspect, Given, PlannedCall, Probe, Promise, Sentence, Subject
from troth.contracts.words._findings import expression_findings, state_findings, uses
from troth.contracts.words._phrases import answered, listed
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._step import Step
from troth.contracts.words._values import states_of, status_of
from troth.contracts.words._word import Site, Word


def _refused(more: dict[str, Json]) -> Json:
    said: dict[str, Json] = {
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

    def parse(self, value: Json, site: Site) -> Transition:
        to, refused = value["to"], value.get("refused", {})
        elsewhere = {} if isinstance(refused, str) else refused.get("in", {})
        guards = {to: "otherwise"} if isinstance(to, str) else to
        targets = tuple((state, None if text == "otherwise" else text) for state, text in guards.items())
        assumed = value.get("assumed", False)
        return Transition(
            site.pointer,
            states_of(value.get("from")),
            targets,
            _said(refused, assumed),
            assumed,
            {state: _said(entry, assumed) for state, entry in elsewhere.items()},
        )

    def errors(self, contract: Contract) -> Iterator[Finding]:
        for operation, transition in uses(contract, self.name):
            resource = contract.resource_of(operation)
            yield from state_findings(
                contract, transition.states or (), f"{transition.pointer}/from", resource
            )
            named = tuple(state for state, _ in transition.targets)
            yield from state_findings(contract, named, f"{transition.pointer}/to", resource)
            if transition.elsewhere:
                at = f"{transition.pointer}/refused/in"
                yield from state_findings(contract, tuple(transition.elsewhere), at, resource)
            for state, guard in transition.targets:
                if guard:
                    at = f"{transition.pointer}/to/{state}"
                    yield from expression_findings(contract, guard, at, resource, operation=operation)
            if sum(guard is None for _, guard in transition.targets) != 1:
                message = "exactly one target must be `otherwise`"
                yield contract.document.finding("C12", message, f"{transition.pointer}/to")
            if transition.states is None and operation.verb != "create":
                message = "`from` is missing; only a create operation goes without"
                yield contract.document.finding("C04", message, transition.pointer)

    def advice(self, contract: Contract) -> Iterator[Finding]:
        """C06: leaves a final state; C11: the refusal's status is not documented."""
        for operation, transition in uses(contract, self.name):
            resource = contract.resource_of(operation)
            for state in set(transition.states or ()) & set(resource.final if resource else ()):
                message = f"{operation.id} leaves {state!r}, which is declared final"
                yield contract.document.finding("C06", message, f"{transition.pointer}/from", "error")
            usual = contract.errors.kind("refused").status
            refusals = (transition.refused(None), *transition.elsewhere.values())
            for status in dict.fromkeys(refused.status or usual for refused in refusals):
                if transition.states is None or not status or operation.response(status):
                    continue
                shown = status if status > 9 else f"{status}XX"
                message = f"{operation.id} refuses with {shown}, which `responses` does not document"
                yield contract.document.finding("C11", message, transition.pointer, "warning")

    def refusals(self, step: Step) -> Iterator[Refusal]:
        transition, resource = transition_of(step.operation), step.resource
        if transition is None or transition.states is None or step.before is None or resource is None:
            return
        if step.before.data.get(resource.state or "") not in transition.states:
            state = step.before.data.get(resource.state or "")
            said = transition.refused(state)
            certain = not _open(transition, state)  # from where it may be called is a guess, too
            naming = state if said.names_state else None
            detail = f"The {resource.name} is {state}" if naming else None
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
            left = {target, *(transition.states or ())}
            reached = step.choose(target, *(state for state in resource.states if state not in left))
        elsewhere = step.before is not None and step.before.data.get(resource.state) not in (
            transition.states or ()
        )
        if reached != target or elsewhere:
            step = replace(step, departs=(*step.departs, transition.pointer))
        return step.put(transition.pointer, **{resource.state: reached})

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        transition, resource = transition_of(operation), contract.resource_of(operation)
        if transition is None or resource is None:
            return
        if transition.states is None:
            says = f"{operation.id} makes a {resource.name} that is {_named(transition)}"
            probes = tuple(_moves(operation, transition, None))
            subject = Subject(operation.id, Aspect.TRANSITION)
            yield Promise(
                f"{operation.id}/transition", operation.id, says, transition.pointer, probes, subject=subject
            )
            return
        for state in resource.states:
            promise = f"{operation.id}/transition/from={state}"
            subject = Subject(operation.id, Aspect.TRANSITION, state)
            if state in transition.states:
                says = f"{operation.id} moves a {resource.name} from {state} to {_named(transition)}"
                probes = tuple(_moves(operation, transition, Given(resource.name, state)))
                yield Promise(promise, operation.id, says, transition.pointer, probes, subject=subject)
            else:
                said = transition.refused(state)
                text = f" ({said.message!r})" if said.message else ""
                says = f"{operation.id} refuses a {resource.name} that is {state}{text}"
                probe = Probe((PlannedCall(operation.id),), Given(resource.name, state))
                assumed = _open(transition, state)
                yield Promise(
                    promise, operation.id, says, transition.pointer, (probe,), assumed, subject=subject
                )

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        transition = transition_of(operation) if operation else None
        resource = contract.resource_of(operation) if operation else None
        if transition is None or resource is None:
            return
        to, at = _leads(transition), transition.pointer
        if transition.states is None:
            yield Sentence(f"The new {resource.name} is {to}.", at, transition.assumed)
            return
        yield Sentence(
            f"Moves a {resource.name} that is {listed(transition.states)} to {to}.", at, transition.assumed
        )
        guessed = contract.errors.kind("refused").assumed
        others: dict[RefusalText, list[str]] = {}
        for state in resource.states:
            if state not in transition.states:
                others.setdefault(transition.refused(state), []).append(state)
        for said, states in others.items():
            how = answered(contract, "refused", said.status, said.message)
            how += "; the text names the state" if said.names_state else ""
            assumed = said.assumed or (said.status is None and guessed)
            yield Sentence(f"While it is {listed(states)}, the call is refused {how}.", at, assumed)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        resource = contract.resource_of(operation) if operation else None
        if operation is None or resource is None or not resource.states or operation.verb == "list":
            return
        transition = transition_of(operation)
        at = transition.pointer if transition else f"{operation.word_pointer}/acts"
        assumed = transition.assumed if transition else operation.assumed
        if operation.verb == "create":
            targets = transition.targets if transition else ((resource.initial, None),)
            says = f"is {_leads(transition)}" if transition else f"is `{resource.initial}`"
            yield Fact(("new",), ("moves", _set(targets)), says, at, assumed, about="the new record")
            return
        for state in resource.states:
            value, says, guess = _answer(contract, transition, state)
            yield Fact((state,), value, says, at, guess, state, "the call")

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if old is None or new is None:
            return None  # the operation or the state is new or gone: that is reported as such
        was, is_ = old.value, new.value
        if is_[0] == "refused" != was[0]:
            return BREAKS, "calls that worked are refused"
        if was[0] == "refused" != is_[0]:
            return SAFE, "calls that were refused work"
        if was[0] == "refused":
            return _refused_otherwise(was, is_)
        if {s for s, _ in was[1]} != {s for s, _ in is_[1]}:
            return BREAKS, "clients find the record in another state"
        return MAYBE, "which calls lead where cannot be told from conditions"


def _said(entry: str | Mapping[str, Any], assumed: bool) -> RefusalText:
    entry = {"message": entry} if isinstance(entry, str) else entry
    return RefusalText(
        status_of(entry.get("status")),
        entry.get("message"),
        entry.get("assumed", assumed),
        entry.get("names-state", False),
    )


def _open(transition: Transition, state: Json) -> bool:
    """Whether it is a guess that a state is refused at all: all moves are, or no more is said of it."""
    said, alone = transition.refused(state), transition.elsewhere.get(state)
    return said.assumed and (transition.assumed or alone == RefusalText(None, None, True))


def _named(transition: Transition) -> str:
    return " or ".join(state for state, _ in transition.targets)


def _leads(transition: Transition) -> str:
    """Every target with its condition, in words."""
    guarded = [f"`{state}` when `{guard}`" for state, guard in transition.targets if guard]
    plain = [f"`{state}`" for state, guard in transition.targets if guard is None]
    return ", ".join([*guarded, *(f"otherwise {state}" if guarded else state for state in plain)])


def _target(transition: Transition, step: Step) -> str:
    """The guards are a set and not a list: where two hold, either target may be reached."""
    values = {state: step.value(guard) for state, guard in transition.targets if guard}
    reached = [state for state, value in values.items() if value is True]
    if reached:
        return step.choose(*reached)
    otherwise = [state for state, guard in transition.targets if guard is None]
    return step.choose(*otherwise, *(s for s, value in values.items() if isinstance(value, Unknown)))


def asked(transition: Transition) -> tuple[str, ...]:
    """The body properties that decide where a transition leads."""
    guards = [guard for _, guard in transition.targets if guard]
    paths = sorted(path for guard in guards for path in cel.names(guard))
    return tuple(dict.fromkeys(p[2] for p in paths if p[:2] == ("request", "body") and len(p) > 2))


def _moves(operation: Operation, transition: Transition, given: Given | None) -> Iterator[Probe]:
    """One probe a target: by the record where the guard reads it, by the request where it reads that."""
    guards = [guard for _, guard in transition.targets if guard]
    sent = asked(transition)
    yield Probe((PlannedCall(operation.id, omit=tuple(sent)),), given)
    for name in sent:
        yield Probe(
            (PlannedCall(operation.id, draws=(name,), omit=tuple(n for n in sent if n != name)),), given
        )
    if given is None:
        return
    for guard in guards:
        if not any(path[0] == "request" for path in cel.names(guard)):
            for wanted in (True, False):
                where = Given(given.resource, given.state, ((guard, wanted),))
                yield Probe((PlannedCall(operation.id, omit=tuple(sent)),), where)


def _set(targets: Iterable[tuple[str | None, str | None]]) -> tuple[tuple[str, str], ...]:
    """Targets in an order of their own: that of the document says nothing."""
    return tuple(sorted((str(state), " ".join((guard or "").split())) for state, guard in targets))


def _answer(contract: Contract, transition: Transition | None, state: str) -> tuple[Json, str, bool]:
    """What an operation does in a state, in words, and whether that is a guess."""
    if transition is None or transition.states is None:
        return ("stays", ()), "leaves the state as it is", False
    if state in transition.states:
        return ("moves", _set(transition.targets)), f"moves to {_leads(transition)}", transition.assumed
    default, said = contract.errors.kind("refused"), transition.refused(state)
    status, message = said.status or default.status, said.message or default.message
    value: Json = ("refused", (status, said.status is not None), (message, said.message is not None))
    says = f"is refused {answered(contract, 'refused', said.status, said.message)}"
    if said.names_state:
        value, says = (*value, "names-state"), f"{says}, naming the state"
    return value, says, said.assumed


def _refused_otherwise(was: Json, is_: Json) -> Compatibility:
    """Of what both leave to `errors`, that word reports the change."""
    for part, breaking, why in ((1, BREAKS, "clients tell refusals by their status"), (2, MAYBE, _READ)):
        (one, own), (other, its) = was[part], is_[part]
        if one != other and (own or its):
            return breaking, why
    return None if was[3:] == is_[3:] else (MAYBE, _READ)


_READ = "clients may read the text"
