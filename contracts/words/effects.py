"""``effects``: what else happens on success: values set by CEL, and entries of the effect journal.

``set`` maps a property, ``hidden.<name>`` or ``parent.<name>`` to an expression; ``with`` is a literal
payload for the journal. With ``best-effort: true`` the response is the same whether the effect works or not;
without it a failing effect fails the call and nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.word_values import Effect, effects_of, lets_pass
from troth.contracts.document import did_you_mean, join
from troth.contracts.document.typing import types_of
from troth.contracts.frozen import replace
from troth.contracts.model import Emitted, Finding, Json, Node, Operation, Refusal, Unknown
from troth.contracts.promises.denial import Denial, with_words
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE, Compatibility, Fact
from troth.contracts.promises.promise import PlannedCall, Probe, Promise, Sentence
from troth.contracts.words._binding import Binding
from troth.contracts.words._findings import expression_findings, uses
from troth.contracts.words._phrases import when
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._starts import accepted_start
from troth.contracts.words._step import Step
from troth.contracts.words._word import Site, Word

_COUNTED = (("integer",), ("number",), ("boolean",))


class Effects(Word):
    """Runs after the write and the automatic moves that it causes."""

    name = "effects"
    schema = {
        "type": "object",
        "propertyNames": {"$ref": "#/$defs/name"},
        "additionalProperties": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "when": {"$ref": "#/$defs/cel"},
                "set": {"type": "object", "additionalProperties": {"$ref": "#/$defs/cel"}},
                "with": {},
                "best-effort": {"type": "boolean"},
                "assumed": {"type": "boolean"},
            },
        },
    }
    refuses_at = RefusalStage.EFFECTS
    applies_at = ApplyStage.EFFECTS

    def parse(self, value: Node, site: Site) -> tuple[Effect, ...]:
        return tuple(
            Effect(
                name,
                join(site.pointer, name),
                entry.get("set", {}),
                entry.get("when"),
                entry.get("with"),
                entry.get("best-effort", False),
                entry.get("assumed", False),
            )
            for name, entry in value.items()
        )

    def errors(self, contract: Contract) -> Iterator[Finding]:
        for operation, effects in uses(contract, self.name):
            resource, settable = contract.resource_of(operation), _settable(contract, operation)
            for effect in effects:
                if effect.when:
                    at = f"{effect.pointer}/when"
                    yield from expression_findings(contract, effect.when, at, resource, operation=operation)
                for name, text in effect.set.items():
                    at = join(effect.pointer, "set", name)
                    if name not in settable:
                        hint = did_you_mean(name, settable)
                        message = f"{name!r} is neither a property nor a hidden variable{hint}"
                        yield contract.document.finding("C08", message, at)
                    yield from expression_findings(contract, text, at, resource, operation=operation)

    def advice(self, contract: Contract) -> Iterator[Finding]:
        """I18: an effect that no response shows."""
        for operation, effects in uses(contract, self.name):
            for effect in effects:
                if not _visible(effect):
                    message = (
                        f"effect {effect.name!r} of {operation.id} is visible in no response: "
                        "journalled by the mock, documentation for a live server"
                    )
                    yield contract.document.finding("I18", message, effect.pointer, "note")

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        if effects_of(operation):
            return self
        return None

    def refusals(self, step: Step) -> Iterator[Refusal]:
        for effect in effects_of(step.operation):
            if effect.name in step.call.failing and not effect.best_effort:
                detail = f"effect {effect.name} failed"
                yield Refusal("failed", effect.pointer, detail=detail)

    def apply(self, step: Step) -> Step:
        for effect in effects_of(step.operation):
            record = step.after or step.parent
            if record is None or (effect.when and not step.holds(effect.when)):
                continue
            failed = effect.name in step.call.failing
            happens = not failed and (not effect.best_effort or step.choose(True, False))
            emitted = Emitted(effect.name, record.id, effect.payload, failed)
            step = replace(step, emitted=(*step.emitted, emitted))
            if happens:
                step = _set(effect, step)
        return step

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        for effect in effects_of(operation):
            says, needs = _promised(operation, effect), None
            probes: tuple[Probe, ...] = ()
            if _visible(effect):
                probes = tuple(_probes(contract, operation, effect))
            else:
                needs = "no response shows it"
            id = f"{operation.id}/effects/{effect.name}"
            denials = (_denied(operation, effect),)
            yield Promise(
                id, operation.id, says, effect.pointer, probes, effect.assumed, needs, denials=denials
            )

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is None:
            return
        for effect in effects_of(operation):
            sets = [f"sets `{name}` to `{text}`" for name, text in _texts(effect)]
            what = " and ".join(sets) or "is noted and shown in no response"
            may = ""
            if effect.best_effort:
                may = "; it may fail without the call failing"
            yield Sentence(f"`{effect.name}` {what}{when(effect.when)}{may}.", effect.pointer, effect.assumed)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        if operation is None:
            return
        for effect in effects_of(operation):
            sets = _texts(effect)
            says = ", ".join(f"sets `{name}` to `{text}`" for name, text in sets) or "happens"
            says += when(effect.when)
            if effect.best_effort:
                says += ", or not"
            value = (_visible(effect), sets, effect.when, effect.payload, effect.best_effort)
            about = f"effect `{effect.name}`"
            yield Fact(
                (effect.name,), value, says, effect.pointer, effect.assumed, None, about, renamable=True
            )

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if not _shows(old) and not _shows(new):
            return SAFE, "no answer shows it"
        if old is None:
            return MAYBE, "the call changes something besides"
        return BREAKS, "what clients read after the call differs"


def _shows(fact: Fact | None) -> bool:
    """Whether an answer shows what a fact is about."""
    return fact is not None and fact.value[0] is True


def _texts(effect: Effect) -> tuple[tuple[str, str], ...]:
    """What is set to what, each expression on one line."""
    return tuple((name, " ".join(text.split())) for name, text in effect.set.items())


def _denied(operation: Operation, effect: Effect) -> Denial:
    """It does not happen; on a new record, which may have any value of its own, it sets another value."""
    found: list[Effect] = []
    for other in effects_of(operation):
        if other is not effect:
            found.append(other)
        elif operation.verb == "create":
            changed = {name: f"[{text}]" for name, text in effect.set.items()}
            found.append(replace(effect, set=changed, assumed=False))
    says = "it does not happen"
    if operation.verb == "create":
        says = "it sets something else"
    return Denial(says, with_words(operation, effects=tuple(found)), stores=True)


def _promised(operation: Operation, effect: Effect) -> str:
    seen = [name for name in effect.set if "hidden." not in name]
    says = f"{operation.id}: {effect.name}"
    if seen:
        says = f"{operation.id} sets {', '.join(seen)}"
    if effect.when:
        says += f" when {effect.when}"
    return says


def _probes(contract: Contract, operation: Operation, effect: Effect) -> Iterator[Probe]:
    """A call with what the condition asks for; with the whole body where an expression reads all of it."""
    given = accepted_start(operation)
    yield Probe((PlannedCall(operation.id, draws=_read(effect)),), given)
    if _read(effect):
        yield Probe((PlannedCall(operation.id, omit=_read(effect)),), given)
    if any(("request", "body") in cel.names(text) for text in effect.set.values()):
        whole = PlannedCall(operation.id, draws=tuple(contract.body_properties(operation)))
        yield Probe((whole,), given)
    counted = tuple(_counted(contract, operation, effect))
    if set(counted) - set(_read(effect)):  # else that was the first one
        yield Probe((PlannedCall(operation.id, draws=counted),), given)


def _counted(contract: Contract, operation: Operation, effect: Effect) -> Iterator[str]:
    """Numbers and the like that the effect calculates with: the plainest of them may change nothing."""
    declared, resolve = contract.body_properties(operation), contract.document.schemas.resolve
    names = {path[2] for text in effect.set.values() for path in cel.names(text) if len(path) > 2}
    for name in sorted(names & declared.keys()):
        if types_of(resolve(declared[name]))[:1] in _COUNTED:
            yield name


def _read(effect: Effect) -> tuple[str, ...]:
    """The body properties that the effect's condition wants to be there."""
    if not effect.when:
        return ()
    paths = cel.names(effect.when)
    return tuple(sorted({path[2] for path in paths if path[:2] == ("request", "body") and len(path) > 2}))


def _settable(contract: Contract, operation: Operation) -> list[str]:
    """What an effect may set: of the record, and of its parent."""
    found: list[str] = []
    resource = contract.resource_of(operation)
    if resource is not None:
        found += contract.properties(resource)
        found += [f"hidden.{name}" for name in resource.hidden]
    if operation.parent is not None and operation.parent.resource in contract.resources:
        above = contract.resources[operation.parent.resource]
        found += [f"parent.{name}" for name in contract.properties(above)]
        found += [f"parent.hidden.{name}" for name in above.hidden]
    return found


def _above(name: str, value: Json, step: Step) -> Step:
    """The parent with a property or a hidden variable set."""
    if step.parent is None:
        return step
    if name.startswith("hidden."):
        hidden = {**step.parent.hidden, name.removeprefix("hidden."): value}
        return replace(step, parent=replace(step.parent, hidden=hidden))
    return replace(step, parent=replace(step.parent, data={**step.parent.data, name: value}))


def _visible(effect: Effect) -> bool:
    return any("hidden." not in name for name in effect.set) and not effect.best_effort


def _set(effect: Effect, step: Step) -> Step:
    for name, text in effect.set.items():
        value = step.made_of(text)
        if isinstance(value, Unknown) and lets_pass(step.operation):
            continue  # a denied contract took a body of which nothing can be made
        if name.startswith("parent."):
            step = _above(name.removeprefix("parent."), value, step)
            continue
        if step.after is None:
            continue
        if name.startswith("hidden."):
            hidden = {**step.after.hidden, name.removeprefix("hidden."): value}
            step = replace(step, after=replace(step.after, hidden=hidden))
        else:
            step = step.put(effect.pointer, **{name: value})
    return step
