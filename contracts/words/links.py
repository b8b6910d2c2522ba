"""``links``: things of their own that a thing has: ``PUT /teams/{id}/members/{userId}``, one or all.

``{of: User, by: userId, does: add}`` on an operation that acts on the team: ``add`` and ``remove`` one,
``has`` asks for one, ``list`` shows all; ``in`` is the name under which they are kept where a team has
several such lists. ``by`` is a path parameter, else a property of the body that holds an id, or several.
What is linked is neither made nor lost by it; what a new team has is nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from troth.contracts.contract import Contract
from troth.contracts.contract.linked import Links, links_of
from troth.contracts.document import did_you_mean, join
from troth.contracts.frozen import replace
from troth.contracts.model import Finding, Json, Node, Operation, Record, Refusal
from troth.contracts.promises.denial import Denial, without_word
from troth.contracts.promises.facts import Compatibility, Fact, of_what_it_does
from troth.contracts.promises.promise import LinkedProbe, PlannedCall, Probe, Promise, Sentence
from troth.contracts.words._binding import Binding
from troth.contracts.words._findings import uses
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._starts import accepted_start
from troth.contracts.words._step import Step
from troth.contracts.words._word import Site, Word

_SAYS = {
    "add": "Links the {0} that `{1}` names.",
    "remove": "Takes out the {0} that `{1}` names, which stays.",
    "has": "Says whether the {0} that `{1}` names is one of them.",
    "list": "Shows every {0} that is linked.",
}


class LinksWord(Word):
    """Remembers which things of another resource a record has."""

    name = "links"
    schema = {
        "type": "object",
        "required": ["of", "does"],
        "additionalProperties": False,
        "properties": {
            "of": {"type": "string"},
            "by": {"type": "string"},
            "does": {"enum": [*_SAYS]},
            "in": {"type": "string"},
        },
    }
    refuses_at = RefusalStage.LINKS
    applies_at = ApplyStage.LINKS

    def parse(self, value: Node, site: Site) -> Links:
        kept = value.get("in", value["of"])
        return Links(value["of"], value.get("by"), value["does"], f"links {kept}", site.pointer)

    def errors(self, contract: Contract) -> Iterator[Finding]:
        """C03: no such resource, nothing that names one of them, nothing that has them."""
        for operation, links in uses(contract, self.name):
            if links.of not in contract.resources:
                hint = did_you_mean(links.of, contract.resources)
                message = f"{links.of!r} is not declared under `resources`{hint}"
                yield contract.document.finding("C03", message, join(links.pointer, "of"))
            if operation.resource is None or not operation.names_record:
                message = "`links` is for what a record has, which `acts` and the path name"
                yield contract.document.finding("C03", message, links.pointer)
            known = [*(p.name for p in operation.parameters), *contract.body_properties(operation)]
            if links.does != "list" and links.by not in known:
                message = f"neither path nor body of {operation.id} has {links.by!r}"
                yield contract.document.finding("C03", message, links.pointer)

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        links = links_of(operation)
        if links is None or links.of not in contract.resources:
            return None
        return _Linking(links)

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        links = links_of(operation)
        if links is None or links.does not in ("add", "remove"):
            return
        listing = _doing("list", contract, operation, links)
        probes: tuple[Probe, ...] = ()
        needs: str | None = "no operation lists what is linked"
        if listing is not None:
            adding, removing = (_doing(does, contract, operation, links) for does in ("add", "remove"))
            linked = LinkedProbe(listing, adding, removing)
            given = accepted_start(operation)
            probes, needs = (Probe((PlannedCall(operation.id),), given, linked=linked),), None
        denials = (Denial("it changes nothing", without_word(operation, self.name), judged=False),)
        says = f"{operation.id}: {_SAYS[links.does].format(links.of, links.by)[:-1]}"
        id = f"{operation.id}/links/{links.does}"
        yield Promise(
            id, operation.id, says, links.pointer, probes, operation.assumed, needs, denials=denials
        )

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        links = links_of(operation)
        if links is not None:
            yield Sentence(_SAYS[links.does].format(links.of, links.by), links.pointer)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        links = links_of(operation)
        if links is not None:
            says = _SAYS[links.does].format(links.of, links.by)
            yield Fact((), (links.of, links.does), says, links.pointer)

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        return of_what_it_does(old, new)


def _doing(does: str, contract: Contract, operation: Operation, links: Links) -> str | None:
    """The operation that does something else with the same links of the same record."""
    for other in contract.operations.values():
        meant = links_of(other)
        if meant is None or other.resource != operation.resource:
            continue
        if (meant.kept, meant.of, meant.does) == (links.kept, links.of, does):
            return other.id
    return None


@dataclass(frozen=True)
class _Linking(Binding):
    """The word on one operation."""

    links: Links

    def refusals(self, step: Step) -> Iterator[Refusal]:
        """Nobody knows what is to be added, or it is not there to be taken out or asked for."""
        if step.before is None or self.links.does == "list":
            return
        there = {one.id for one in _linked(step, self.links, step.before)}
        for id in self._named(step):
            if self.links.does == "add":
                there |= {one.id for one in [step.world.get(self.links.of, id)] if one is not None}
            if id not in there:
                yield Refusal("missing", self.links.pointer, detail=f"there is no {self.links.of} {id!r}")

    def apply(self, step: Step) -> Step:
        if step.after is None:
            return step
        there = {one.id: one for one in _linked(step, self.links, step.after)}
        if self.links.does == "list":
            return replace(step, records=tuple(there.values()))
        if self.links.does == "has":
            return step
        for id in self._named(step):
            if self.links.does == "remove":
                there.pop(id, None)
                continue
            known = step.world.get(self.links.of, id)
            there |= {one.id: one for one in [known] if one is not None}
        hidden = {**step.after.hidden, self.links.kept: [*there]}
        shown = replace(step, after=replace(step.after, hidden=hidden))
        return replace(shown, records=tuple(there.values()))

    def _named(self, step: Step) -> list[str]:
        """The ids that a call names."""
        name = str(self.links.by)
        named: Json = step.call.path.get(name, step.call.query.get(name))
        if named is None and isinstance(step.call.body, Mapping):
            named = step.call.body.get(name)
        if named is None:
            return []
        return [str(one) for one in (named if isinstance(named, list) else [named])]


def _linked(step: Step, links: Links, record: Record) -> list[Record]:
    """What a record has: of one that was there from the start, all there is until somebody changes that."""
    kept = record.hidden.get(links.kept)
    if not isinstance(kept, list):
        return [*step.world.of(links.of)]
    found = [step.world.get(links.of, str(id)) for id in kept]
    return [one for one in found if one is not None]
