"""``effects``: what else happens on success: values set by CEL, and entries of the effect journal.

``set`` maps a property, ``hidden.<name>`` or ``parent.<name>`` to an expression; ``with`` is a literal
payload for the journal. With ``best-effort: true`` the response is the same whether the effect works or not;
without it a failing effect fails the call and nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.word_values import Effect, effects_of
from troth.contracts.document import did_you_mean, join
from troth.contracts.model import Emitted, Finding, Json, Operation, Refusal
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE, Compatibility, Fact
from troth.contracts.promises.promise import PlannedCall, Probe, Promise, Sentence
from troth.contracts.words._findings import expression_findings, uses
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._starts import accepted_start
from troth.contracts.words._step import Step
from troth.contracts.words._word import Site, Word


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

    def parse(self, value: Json, site: Site) -> tuple[Effect, ...]:
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
            resource = contract.resource_of(operation)
            known = (
                contract.document.schemas.resolve(resource.schema).get("properties", {}) if resource else {}
            )
            hidden = [f"hidden.{name}" for name in (resource.hidden if resource else ())]
            hidden += _of_parent(contract, operation)
            for effect in effects:
                if effect.when:
                    at = f"{effect.pointer}/when"
                    yield from expression_findings(contract, effect.when, at, resource, operation=operation)
                for name, text in effect.set.items():
                    at = join(effect.pointer, "set", name)
                    if name not in known and name not in hidden:
                        hint = did_you_mean(name, [*known, *hidden])
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
            seen = ", ".join(name for name in effect.set if "hidden." not in name)
            says = f"{operation.id} sets {seen}" if seen else f"{operation.id}: {effect.name}"
            says += f" when {effect.when}" if effect.when else ""
            id = f"{operation.id}/effects/{effect.name}"
            if _visible(effect):
                probes = [Probe((PlannedCall(operation.id, draws=_read(effect)),), accepted_start(operation))]
                if any(("request", "body") in cel.names(text) for text in effect.set.values()):
                    whole = PlannedCall(operation.id, draws=tuple(contract.body_properties(operation)))
                    probes.append(Probe((whole,), accepted_start(operation)))
                yield Promise(id, operation.id, says, effect.pointer, tuple(probes), effect.assumed)
            else:
                needs = "no response shows it"
                yield Promise(id, operation.id, says, effect.pointer, (), effect.assumed, needs)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        for effect in effects_of(operation) if operation else ():
            sets = " and ".join(f"sets `{n}` to `{' '.join(t.split())}`" for n, t in effect.set.items())
            what = sets or "is noted and shown in no response"
            when = f" when `{effect.when}`" if effect.when else ""
            may = "; it may fail without the call failing" if effect.best_effort else ""
            yield Sentence(f"`{effect.name}` {what}{when}{may}.", effect.pointer, effect.assumed)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        for effect in effects_of(operation) if operation else ():
            sets = tuple((name, " ".join(text.split())) for name, text in effect.set.items())
            says = ", ".join(f"sets `{name}` to `{text}`" for name, text in sets) or "happens"
            says += f" when `{effect.when}`" if effect.when else ""
            says += ", or not" if effect.best_effort else ""
            value = (_visible(effect), sets, effect.when, effect.payload, effect.best_effort)
            about = f"effect `{effect.name}`"
            yield Fact(
                (effect.name,), value, says, effect.pointer, effect.assumed, None, about, renamable=True
            )

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if not any(fact and fact.value[0] for fact in (old, new)):
            return SAFE, "no answer shows it"
        if old is None:
            return MAYBE, "the call changes something besides"
        return BREAKS, "what clients read after the call differs"


def _read(effect: Effect) -> tuple[str, ...]:
    """The body properties that the effect's condition wants to be there."""
    paths = cel.names(effect.when) if effect.when else frozenset()
    return tuple(sorted({path[2] for path in paths if path[:2] == ("request", "body") and len(path) > 2}))


def _of_parent(contract: Contract, operation: Operation) -> list[str]:
    """What an effect may set of the parent."""
    above = contract.resources.get(operation.parent.resource) if operation.parent else None
    if above is None:
        return []
    shown = contract.document.schemas.resolve(above.schema).get("properties", {})
    return [*(f"parent.{name}" for name in shown), *(f"parent.hidden.{name}" for name in above.hidden)]


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
        value = step.made(text)
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
