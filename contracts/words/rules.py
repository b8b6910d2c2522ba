"""``rules``: CEL that must hold, with message and status.

On a schema a rule is scoped to that node (``self``), wherever the schema is used, as in Kubernetes; an
absent node is not evaluated, defaults are filled in before; ``oldSelf`` is what is stored in its place, and
without that the rule is not evaluated. On the schema of a resource a rule holds for every record after every
write. On an operation ``self`` is the stored record and ``request`` the call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import unquote

from troth.contracts.contract import Contract, cel, remembered
from troth.contracts.contract.word_values import Rule, rules_of
from troth.contracts.document import did_you_mean, join
from troth.contracts.document.carriers import KEY, carriers
from troth.contracts.document.pointers import spread
from troth.contracts.document.samples import sample
from troth.contracts.errors import ContractFault
from troth.contracts.model import Finding, Json, Operation, Pointer, Refusal, Resource, Unknown
from troth.contracts.promises.edges import Edge, edges
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE, Compatibility, Fact
from troth.contracts.promises.promise import Given, PlannedCall, Probe, Promise, Sentence
from troth.contracts.words._findings import expression_finding, expression_findings
from troth.contracts.words._phrases import answered
from troth.contracts.words._stages import RefusalStage
from troth.contracts.words._starts import accepted_start, always, as_own, settled
from troth.contracts.words._step import Step
from troth.contracts.words._values import status_of
from troth.contracts.words._word import Site, Word


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

    def parse(self, value: Json, site: Site) -> tuple[Rule, ...]:
        return _rules(value, site.pointer)

    def errors(self, contract: Contract) -> Iterator[Finding]:
        for operation in contract.operations.values():
            for rule in rules_of(operation):
                at, resource = f"{rule.pointer}/rule", contract.resource_of(operation)
                yield from expression_findings(contract, rule.text, at, resource, operation=operation)
        for schema, rules in _on_schemas(contract).items():
            for rule in rules:
                yield from expression_findings(contract, rule.text, f"{rule.pointer}/rule", None)
                yield from _scoped_findings(contract, schema, rule)

    def advice(self, contract: Contract) -> Iterator[Finding]:
        """C07: a rule that fails where something is absent; C14: one that no schema-valid value breaks (JSON
        Schema says it already), or that none keeps."""
        for schema, rules in _on_schemas(contract).items():
            for rule in rules:
                for name in _unguarded(contract, rule.text, schema):
                    message = (
                        f"rule {rule.name!r} fails where {name!r} is absent: "
                        f"ask `has(self.{name})` first, or give it a default"
                    )
                    yield contract.document.finding("C07", message, f"{rule.pointer}/rule", "warning")
                shape = contract.document.schemas.resolve({"$ref": f"#{schema}"})
                if "properties" not in shape or "oldSelf" in cel.reads(rule.text):
                    continue  # what is stored already decides it, too
                if rule_edges(contract, rule.text, schema):
                    continue
                truth = "keeps" if not _sample_holds(contract, rule.text, schema) else "breaks"
                message = f"rule {rule.name!r}: no value found that its schema allows {truth} it"
                yield contract.document.finding("C14", message, rule.pointer, "warning")

    def refusals(self, step: Step) -> Iterator[Refusal]:
        for rule in occurrences(step.contract, step.operation):
            broken = next((p for p, node in _nodes(step, rule) if not _keeps(step, rule, node)), None)
            if broken is not None:
                certain = not (broken and broken[0] in step.ignored)
                yield Refusal(
                    "invalid", rule.pointer, rule.status, rule.message, rule.assumed, certain,
                    detail=f"{join('', *broken) or 'the request'}: `{rule.text}` does not hold",
                )  # fmt: skip

    def objections(self, step: Step) -> Iterator[Refusal]:
        if step.after is None or step.resource is None or step.operation.verb == "read":
            return
        for rule in invariants(step.contract, step.resource):
            old = step.before.data if step.before else None
            if "oldSelf" in cel.reads(rule.text) and old is None:
                continue  # as in Kubernetes: there is nothing to compare a new one with
            value = step.value(rule.text)
            if not (step.choose(True, False) if isinstance(value, Unknown) else value is True):
                detail = f"`{rule.text}` would not hold"
                yield Refusal("invalid", rule.pointer, rule.status, rule.message, rule.assumed, detail=detail)

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        yield from _invariant_promises(contract, operation)
        for rule in occurrences(contract, operation):
            base = f"{operation.id}/rules/{rule.name}"
            if rule.path is None:
                sent = {p[2] for p in cel.names(rule.text) if p[:2] == ("request", "body") and len(p) > 2}
                given = accepted_start(operation)
                planned = PlannedCall(operation.id, draws=tuple(sorted(sent)))
                probes = (Probe((planned,), given), *_breaking(contract, rule.text, planned, given))
                says = f"{operation.id} refuses what breaks `{rule.text}`"
                yield Promise(base, operation.id, says, rule.pointer, probes, rule.assumed)
                continue
            found = rule_edges(contract, rule.text, rule.schema or "")
            given = settled(operation, rule.path[0] if rule.path else "")
            for side, word in (("kept", "takes what keeps"), ("broken", "refuses what breaks")):
                probes = tuple(_edge_probes(contract, operation, rule, found, side, given))
                says = f"{operation.id} {word} {rule.name}, on the edge and spread over its parts"
                why = "it stands too deep in the body" if found else "no value on its edge was found"
                needs = None if probes else why
                yield Promise(f"{base}/{side}", operation.id, says, rule.pointer, probes, rule.assumed, needs)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        for rule in occurrences(contract, operation) if operation else ():
            where = f" for `{join('', *rule.path)}`" if rule.path else ""
            how = answered(contract, "invalid", rule.status, rule.message)
            says = f"Refused {how} unless `{' '.join(rule.text.split())}`{where}."
            assumed = rule.assumed or (rule.status is None and contract.errors.kind("invalid").assumed)
            yield Sentence(says, rule.pointer, assumed)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        for rule in occurrences(contract, operation) if operation else ():
            place, text = join("", *(rule.path or ())), " ".join(rule.text.split())
            how = answered(contract, "invalid", rule.status, rule.message)
            says = f"refuses {how} what breaks `{text}`" + (f" in `{place}`" if place else "")
            scope = "" if rule.path is None else place or "/"
            value, about = (scope, text, rule.status, rule.message), f"rule `{rule.name}`"
            key = (scope, rule.name)
            yield Fact(key, value, says, rule.pointer, rule.assumed, None, about, renamable=True)

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if old is None:
            return BREAKS, "requests that worked are refused"
        if new is None:
            return SAFE, "requests that were refused work"
        if old.value[:2] != new.value[:2]:
            return MAYBE, "which of two conditions lets more pass cannot be told"
        if old.value[2] != new.value[2]:
            return BREAKS, "clients tell refusals by their status"
        return MAYBE, "clients may read the text"


def invariants(contract: Contract, resource: Resource) -> tuple[Rule, ...]:
    """The rules on a resource's own schema: they hold for every record after every write."""
    return _on_schemas(contract).get(str(resource.schema["$ref"]).removeprefix("#"), ())


def _invariant_promises(contract: Contract, operation: Operation) -> Iterator[Promise]:
    """Writing the properties that an invariant reads."""
    resource = contract.resource_of(operation)
    if resource is None or operation.verb not in ("update", "create"):
        return
    for rule in invariants(contract, resource):
        paths = cel.names(rule.text)
        read = {p[1] for p in paths if p[0] in ("self", "oldSelf") and len(p) > 1}
        sent = sorted(read & set(contract.body_properties(operation)))
        says = f"no {operation.id} makes a {resource.name} that breaks `{rule.text}`"
        probes = tuple(
            Probe((PlannedCall(operation.id, draws=(name,)),) * 2, accepted_start(operation)) for name in sent
        )
        needs = None if probes else "its body has nothing that the rule reads"
        id = f"{operation.id}/rules/{rule.name}/invariant"
        yield Promise(id, operation.id, says, rule.pointer, probes, rule.assumed, needs)


def _breaking(contract: Contract, text: str, planned: PlannedCall, given: Given | None) -> Iterator[Probe]:
    """The same on a record, or a parent, with which the rule does not hold."""
    while given is not None:
        if any(condition == as_own(text) or condition == text for condition, _ in given.where):
            where = tuple((c, w is not (c in (text, as_own(text)))) for c, w in given.where)
            for state in _breaking_states(contract, text, given):
                yield Probe((planned,), replace(given, state=state, where=where))
        given = given.above


def _breaking_states(contract: Contract, text: str, given: Given) -> list[str | None]:
    """Every state in which a condition about the state alone does not hold; else, whichever it be."""
    resource = contract.resources[given.resource]
    if resource.state is None or cel.names(as_own(text)) != {("self", resource.state)}:
        return [given.state]
    values = {s: cel.evaluate(as_own(text), {"self": {resource.state: s}}) for s in resource.states}
    return [state for state, value in values.items() if value is False]


def _rules(value: Mapping[str, Json], pointer: Pointer) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            name,
            entry["rule"],
            join(pointer, name),
            entry.get("message"),
            status_of(entry.get("status")),
            entry.get("assumed", False),
        )
        for name, entry in value.items()
    )


@remembered
def _on_schemas(contract: Contract) -> Mapping[Pointer, tuple[Rule, ...]]:
    """The rules that stand on schemas, by the schema's pointer."""
    found = {}
    for at, place in carriers(contract.document):
        value = contract.document.at(join(at, KEY)).get("rules") if place == "schema" else None
        if value:
            found[at] = _rules(value, join(at, KEY, "rules"))
    return found


@remembered
def occurrences(contract: Contract, operation: Operation) -> tuple[Rule, ...]:
    """The operation's own rules and those of every schema that its body is made of, with their places."""
    own: tuple[Rule, ...] = rules_of(operation)
    scoped = _on_schemas(contract)
    if operation.body_pointer is None or not scoped:
        return own
    return (*own, *_search(contract, operation.body_pointer, (), scoped, frozenset()))


def _search(
    contract: Contract,
    pointer: Pointer,
    path: tuple[str, ...],
    scoped: Mapping[Pointer, tuple[Rule, ...]],
    seen: frozenset[Pointer],
) -> Iterator[Rule]:
    """Every schema that a body is made of, hop by hop; an alternative only where it is the only one."""
    schema = contract.document.schemas.at(pointer)
    if pointer in seen or not isinstance(schema, dict):
        return
    for rule in scoped.get(pointer, ()):
        yield replace(rule, path=path, schema=pointer)
    inner = [(unquote(schema["$ref"][1:]), path)] if "$ref" in schema else []
    inner += [(join(pointer, "allOf", i), path) for i in range(len(schema.get("allOf", ())))]
    for keyword in ("anyOf", "oneOf"):
        real = [i for i, s in enumerate(schema.get(keyword, ())) if s != {"type": "null"}]
        inner += [(join(pointer, keyword, i), path) for i in real if len(real) == 1]
    inner += [(join(pointer, "properties", n), (*path, n)) for n in schema.get("properties", {})]
    inner += [(join(pointer, "items"), (*path, "*"))] if "items" in schema else []
    for place, way in inner:
        yield from _search(contract, place, way, scoped, seen | {pointer})


def _nodes(step: Step, rule: Rule) -> Iterator[tuple[tuple[str, ...], Json]]:
    if rule.path is None:
        yield (), None
        return
    for path, node in spread(step.call.body, rule.path):
        if node is not None and isinstance(step.call.body, Mapping):
            yield path, node


def _keeps(step: Step, rule: Rule, node: Json) -> bool:
    if rule.path is None:
        value = step.value(rule.text, step.before)
    elif "oldSelf" in cel.reads(rule.text):
        old = next((v for _, v in spread(step.before.data if step.before else {}, rule.path)), None)
        if old is None or "*" in rule.path:
            return True  # as in Kubernetes: without an old value there is nothing to compare with
        value = step.value(rule.text, self=node, oldSelf=old)
    else:
        node = step.contract.document.schemas.typed({"$ref": "#" + (rule.schema or "")}, node)
        value = step.value(rule.text, self=node)
    if isinstance(value, Unknown):
        return step.lost or step.choose(True, False)
    return value is True


def _asks(contract: Contract, text: str, schema: Pointer) -> tuple[dict[str, str], frozenset[str]]:
    named = frozenset(path[1] for path in cel.names(text) if path[0] == "self" and len(path) > 1)
    return {"$ref": "#" + schema}, named


@remembered
def rule_edges(contract: Contract, text: str, schema: Pointer) -> tuple[Edge, ...]:
    """Neighbouring nodes of which one keeps a rule and the other breaks it; both valid by their schema."""
    reference, named = _asks(contract, text, schema)
    schemas = contract.document.schemas
    near = frozenset(int(number) for number in re.findall(r"(?<![\w.])\d{1,9}(?![\w.])", text))
    found = edges(schemas, reference, named, lambda node: _holds(contract, text, reference, node), near)
    return tuple(
        edge
        for edge in found
        if schemas.valid(schema, edge.good)
        and schemas.valid(schema, edge.bad)
        and _truth(contract, text, reference, edge.bad) is False
    )


def _holds(contract: Contract, text: str, schema: Json, node: Json) -> bool:
    return _truth(contract, text, schema, node) is True


def _truth(contract: Contract, text: str, schema: Json, node: Json) -> Json:
    """What a rule says of a node; None where it fails."""
    try:
        return cel.evaluate(text, {"self": contract.document.schemas.typed(schema, node)})
    except ContractFault:
        return None


def _unguarded(contract: Contract, text: str, schema: Pointer) -> list[str]:
    """Properties that may be absent, and without which the rule cannot be evaluated."""
    reference, named = _asks(contract, text, schema)
    schemas = contract.document.schemas
    resolved = schemas.resolve(reference)
    properties, required = resolved.get("properties", {}), resolved.get("required", ())
    node = {name: sample(schemas, properties[name]) for name in {*named, *required} & properties.keys()}
    if _truth(contract, text, reference, node) is None:
        return []
    absent = {
        name: {k: v for k, v in node.items() if k != name} for name in named & node.keys() - {*required}
    }
    return sorted(name for name, rest in absent.items() if _truth(contract, text, reference, rest) is None)


def _sample_holds(contract: Contract, text: str, schema: Pointer) -> bool:
    schemas = contract.document.schemas
    return _holds(contract, text, {"$ref": "#" + schema}, sample(schemas, {"$ref": "#" + schema}))


def _edge_probes(
    contract: Contract,
    operation: Operation,
    rule: Rule,
    found: tuple[Edge, ...],
    side: str,
    given: Given | None,
) -> Iterator[Probe]:
    """Each edge in the body; a breaking item also behind a keeping one (only the first may be looked at)."""
    assert rule.path is not None
    name = rule.path[0] if rule.path else ""
    also = always(contract, operation, name) if side == "broken" and rule.path else ()
    unique = {repr(e.good if side == "kept" else e.bad): e for e in found}
    for index, edge in enumerate(unique.values()):
        node = edge.good if side == "kept" else edge.bad
        if not rule.path:
            yield Probe((PlannedCall(operation.id, dict(node)),), given)
        elif rule.path == ("*",):
            yield Probe((PlannedCall(operation.id, [node]),), given)
        elif rule.path[1:] == ("*",):
            items = (edge.good, node) if side == "broken" and index % 2 else (node,)
            yield Probe((PlannedCall(operation.id, arrays={name: tuple(items)}, draws=also),), given)
        elif len(rule.path) == 1:
            yield Probe((PlannedCall(operation.id, {name: node}, draws=also),), given)


def _scoped_findings(contract: Contract, schema: Pointer, rule: Rule) -> Iterator[Finding]:
    """C08: a scoped rule names a property that its schema does not have."""
    known = contract.document.schemas.resolve({"$ref": "#" + schema}).get("properties", {})
    for path in sorted(cel.names(rule.text)):
        if path[0] == "self" and len(path) > 1 and known and path[1] not in known:
            hint = did_you_mean(path[1], known)
            message = f"`{rule.text}`: the schema has no property {path[1]!r}{hint}"
            at, offset = f"{rule.pointer}/rule", rule.text.find(f"self.{path[1]}")
            yield expression_finding(contract.document, "C08", message, at, rule.text, offset)


def keeps_scoped_rules(contract: Contract, operation: Operation, body: Json) -> bool:
    """Whether the parts of a body keep the rules on the schemas that they are made of."""
    return all(
        _holds(contract, rule.text, {"$ref": "#" + (rule.schema or "")}, node)
        for rule in occurrences(contract, operation)
        if rule.path
        for _, node in spread(body, rule.path)
        if node is not None
    )
