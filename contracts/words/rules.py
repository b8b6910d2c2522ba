"""``rules``: CEL that must hold, with message and status.

On a schema a rule is scoped to that node (``self``), wherever the schema is used, as in Kubernetes; an
absent node is not evaluated, defaults are filled in before; ``oldSelf`` is what is stored in its place, and
without that the rule is not evaluated. On the schema of a resource a rule holds for every record after every
write. On an operation ``self`` is the stored record and ``request`` the call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.word_values import Rule, rules_of
from troth.contracts.document import did_you_mean, join
from troth.contracts.document.plausible import plausible
from troth.contracts.document.pointers import reference, spread
from troth.contracts.errors import ContractFault
from troth.contracts.model import Finding, Json, Node, Operation, Pointer, Refusal, Unknown
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE, Compatibility, Fact
from troth.contracts.promises.promise import Promise, Sentence
from troth.contracts.words._binding import Binding
from troth.contracts.words._findings import expression_finding, expression_findings
from troth.contracts.words._phrases import answered
from troth.contracts.words._rule_probes import rule_promises
from troth.contracts.words._scoped_rules import (
    invariants,
    occurrences,
    parsed_rules,
    properties_read,
    rule_edges,
    rule_holds,
    rules_on_schemas,
    sample_holds,
    unguarded,
)
from troth.contracts.words._stages import RefusalStage
from troth.contracts.words._step import Step
from troth.contracts.words._word import Site, Word

_TRIES = 6
"""How many values are made up to see whether a rule can be kept, and broken."""

_TIMES = {
    "date": ("1990-01-01", "2090-01-01"),
    "date-time": ("1990-01-01T00:00:00Z", "2090-01-01T00:00:00Z"),
    "time": ("00:00:01Z", "23:59:58Z"),
}
"""Texts before and after any others of their format."""


@dataclass(frozen=True)
class Ruled(Binding):
    """The rules that a request must keep, and those that a record must keep after every write."""

    asked: tuple[Rule, ...]
    lasting: tuple[Rule, ...]

    def refusals(self, step: Step) -> Iterator[Refusal]:
        for rule in self.asked:
            path = _broken_at(step, rule)
            if path is None:
                continue
            certain = not path or path[0] not in step.ignored
            place = join("", *path) or _about(step, rule)
            yield Refusal(
                "invalid", rule.pointer, rule.status, rule.message, rule.assumed, certain,
                detail=f"{place}: `{rule.text}` does not hold",
            )  # fmt: skip

    def objections(self, step: Step) -> Iterator[Refusal]:
        if step.after is None:
            return
        for rule in self.lasting:
            if step.before is None and "oldSelf" in cel.reads(rule.text):
                continue  # as in Kubernetes: there is nothing to compare a new one with
            holds = step.value(rule.text)
            if isinstance(holds, Unknown):
                holds = step.choose(True, False)
            if holds is not True:
                detail = f"the {step.after.resource}: `{rule.text}` would not hold"
                yield Refusal("invalid", rule.pointer, rule.status, rule.message, rule.assumed, detail=detail)


class Rules(Word):
    """Refuses what breaks a condition that JSON Schema cannot say."""

    name = "rules"
    places = ("operation", "schema")
    schema = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"$ref": "#/$defs/name"},
        "additionalProperties": {
            "type": "object",
            "required": ["rule"],
            "additionalProperties": False,
            "properties": {
                "rule": {"$ref": "#/$defs/cel"},
                "message": {"type": "string"},
                "status": {"$ref": "#/$defs/status"},
                "assumed": {"type": "boolean"},
            },
        },
    }
    refuses_at = RefusalStage.RULES

    def parse(self, value: Node, site: Site) -> tuple[Rule, ...]:
        return parsed_rules(value, site.pointer)

    def errors(self, contract: Contract) -> Iterator[Finding]:
        for operation in contract.operations.values():
            resource = contract.resource_of(operation)
            for rule in rules_of(operation):
                at = f"{rule.pointer}/rule"
                yield from expression_findings(contract, rule.text, at, resource, operation=operation)
        for schema, rules in rules_on_schemas(contract).items():
            for rule in rules:
                yield from expression_findings(contract, rule.text, f"{rule.pointer}/rule", None)
                yield from _unknown_properties(contract, schema, rule)

    def advice(self, contract: Contract) -> Iterator[Finding]:
        """C07: a rule that fails where something is absent; C14: one that no schema-valid value breaks (JSON
        Schema says it already), or that none keeps."""
        for schema, rules in rules_on_schemas(contract).items():
            for rule in rules:
                yield from _absent_properties(contract, schema, rule)
                yield from _without_edge(contract, schema, rule)

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        resource = contract.resource_of(operation)
        asked, lasting = occurrences(contract, operation), tuple[Rule, ...]()
        if resource is not None and operation.verb != "read":
            lasting = invariants(contract, resource)
        if asked or lasting:
            return Ruled(asked, lasting)
        return None

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        return rule_promises(contract, operation)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is None:
            return
        for rule in occurrences(contract, operation):
            says = f"Refused {_how(contract, rule)} unless `{' '.join(rule.text.split())}`"
            if rule.path:
                says += f" for `{join('', *rule.path)}`"
            assumed = rule.assumed
            if rule.status is None and contract.errors.kind("invalid").assumed:
                assumed = True
            yield Sentence(f"{says}.", rule.pointer, assumed)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        if operation is None:
            return
        for rule in occurrences(contract, operation):
            text, scope = " ".join(rule.text.split()), ""
            says = f"refuses {_how(contract, rule)} what breaks `{text}`"
            if rule.path:
                scope = join("", *rule.path)
                says += f" in `{scope}`"
            elif rule.path is not None:
                scope = "/"
            value, key = (scope, text, rule.status, rule.message), (scope, rule.name)
            about = f"rule `{rule.name}`"
            yield Fact(key, value, says, rule.pointer, rule.assumed, None, about, renamable=True)

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if old is None:
            return BREAKS, "requests that worked are refused"
        if new is None:
            return SAFE, "requests that were refused work"
        *old_condition, old_status, _ = old.value
        *new_condition, new_status, _ = new.value
        if old_condition != new_condition:
            return MAYBE, "which of two conditions lets more pass cannot be told"
        if old_status != new_status:
            return BREAKS, "clients tell refusals by their status"
        return MAYBE, "clients may read the text"


def _how(contract: Contract, rule: Rule) -> str:
    return answered(contract, "invalid", rule.status, rule.message)


def _unknown_properties(contract: Contract, schema: Pointer, rule: Rule) -> Iterator[Finding]:
    """C08: a scoped rule names a property that its schema does not have."""
    known = contract.document.schemas.resolve(reference(schema)).get("properties", {})
    if not known:
        return
    for name in sorted(properties_read(rule.text)):
        if name not in known:
            message = f"`{rule.text}`: the schema has no property {name!r}{did_you_mean(name, known)}"
            at, offset = f"{rule.pointer}/rule", rule.text.find(f"self.{name}")
            yield expression_finding(contract.document, "C08", message, at, rule.text, offset)


def _absent_properties(contract: Contract, schema: Pointer, rule: Rule) -> Iterator[Finding]:
    for name in unguarded(contract, rule.text, schema):
        message = (
            f"rule {rule.name!r} fails where {name!r} is absent: "
            f"ask `has(self.{name})` first, or give it a default"
        )
        yield contract.document.finding("C07", message, f"{rule.pointer}/rule", "warning")


def _without_edge(contract: Contract, schema: Pointer, rule: Rule) -> Iterator[Finding]:
    shape = contract.document.schemas.resolve(reference(schema))
    if "properties" not in shape or "oldSelf" in cel.reads(rule.text):
        return  # what is stored already decides it, too
    if rule_edges(contract, rule.text, schema) or _goes_both_ways(contract, schema, rule):
        return
    verb = "keeps"
    if sample_holds(contract, rule.text, schema):
        verb = "breaks"
    message = f"rule {rule.name!r}: no value found that its schema allows {verb} it"
    yield contract.document.finding("C14", message, rule.pointer, "warning")


def _goes_both_ways(contract: Contract, schema: Pointer, rule: Rule) -> bool:
    """Whether some of the values that a schema allows keep a rule, and others break it."""
    seen: set[bool] = set()
    for value in _varied(contract, schema):
        with suppress(ContractFault):
            typed = contract.document.schemas.typed(reference(schema), value)
            seen.add(cel.evaluate(rule.text, {"self": typed}) is True)
        if len(seen) > 1:
            return True
    return False


def _varied(contract: Contract, schema: Pointer) -> Iterator[Json]:
    """Plausible values, each also with its times in other orders: all of them one, and one before another."""
    schemas = contract.document.schemas
    known = schemas.resolve(reference(schema)).get("properties", {})
    for number in range(_TRIES):
        value = plausible(schemas, schema, Random(number), first=number == 0)
        yield value
        if not isinstance(value, Mapping):
            continue
        for name in known:
            times = _TIMES.get(str(schemas.resolve(known[name]).get("format")), ())
            for time in times:
                yield {**value, name: time}


def _about(step: Step, rule: Rule) -> str:
    """What a rule of an operation is about: the record, the one above it, or the request."""
    read = cel.reads(rule.text)
    if "request" in read or rule.path is not None:
        return "the request"
    if "parent" in read and step.operation.parent is not None:
        return f"the {step.operation.parent.resource}"
    if step.resource is None:
        return "the request"
    return f"the {step.resource.name}"


def _broken_at(step: Step, rule: Rule) -> tuple[str, ...] | None:
    """The first place where a rule does not hold; the empty one for a rule of the operation itself."""
    if rule.path is None:
        if not _is_true(step, step.value(rule.text, step.before)):
            return ()
    elif isinstance(step.call.body, Mapping):
        for path, node in spread(step.call.body, rule.path):
            if node is not None and not _is_true(step, _value_at(step, rule, rule.path, node)):
                return path
    return None


def _value_at(step: Step, rule: Rule, path: tuple[str, ...], node: Json) -> Json:
    if "oldSelf" not in cel.reads(rule.text):
        typed = step.contract.document.schemas.typed(reference(rule.schema or ""), node)
        return step.value(rule.text, self=typed)
    old = _stored(step, step.operation.path_in_record(path))
    if old is None:
        return True  # as in Kubernetes: without an old value there is nothing to compare with
    return step.value(rule.text, self=node, oldSelf=old)


def _stored(step: Step, path: tuple[str, ...] | None) -> Json:
    """What is stored in one place; an item of a list has none that is its own."""
    data: Mapping[str, Json] = {}
    if step.before is not None:
        data = step.before.data
    if path is None or "*" in path:
        return None
    values: list[Json] = [value for _, value in spread(data, path)]
    if not values:
        return None
    return values[0]


def _is_true(step: Step, value: Json) -> bool:
    """Whether a rule holds; both ways where that is not known, unless the call is about no record."""
    if isinstance(value, Unknown):
        return step.lost or step.choose(True, False)
    return value is True


def keeps_scoped_rules(contract: Contract, operation: Operation, body: Json) -> bool:
    """Whether the parts of a body keep the rules on the schemas that they are made of."""
    for rule in occurrences(contract, operation):
        if not rule.path or rule.schema is None:
            continue
        for _, node in spread(body, rule.path):
            if node is None:
                continue
            if not rule_holds(contract, rule.text, rule.schema, node):
                return False
    return True
