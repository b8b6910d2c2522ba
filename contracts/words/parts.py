"""``parts``: what is done with the items of a list that a thing has: ``POST /cart/items``, one or several.

``{in: items, does: add}`` puts what is sent behind the others, ``change`` writes into one what is sent of it,
``remove`` takes one out, ``show`` answers with it, ``set`` replaces all, ``clear`` takes out all. ``by`` is
the path parameter that names an item, by its property ``key`` (else `id`); without one, the body lists what
is meant. An item that is not there is missing, and a new one gets an id where its schema has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from troth.contracts.contract import Contract
from troth.contracts.contract.identity import id_of, id_path, id_schema, with_value
from troth.contracts.contract.narrowing import told
from troth.contracts.document import did_you_mean, join
from troth.contracts.document.equality import one_of
from troth.contracts.document.pointers import mapping
from troth.contracts.frozen import replace
from troth.contracts.model import Finding, Json, Node, Operation, Pointer, Refusal
from troth.contracts.promises.facts import Compatibility, Fact, of_what_it_does
from troth.contracts.promises.promise import Sentence
from troth.contracts.words._binding import Binding
from troth.contracts.words._findings import uses
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._step import Step
from troth.contracts.words._word import Site, Word

_SAYS = {
    "add": "Puts what is sent behind the other `{0}`.",
    "change": "Writes what is sent into the one of `{0}` that `{1}` names.",
    "remove": "Takes the one that `{1}` names out of `{0}`.",
    "show": "Answers with the one of `{0}` that `{1}` names.",
    "set": "Replaces `{0}` by what is sent.",
    "clear": "Takes everything out of `{0}`.",
}


@dataclass(frozen=True)
class Parts:
    """The word's value: the property that has the list, what names an item, and what is done."""

    of: str
    does: str
    by: str | None
    key: str
    pointer: Pointer


class PartsWord(Word):
    """Changes the items of a list in a record."""

    name = "parts"
    schema = {
        "type": "object",
        "required": ["in", "does"],
        "additionalProperties": False,
        "properties": {
            "in": {"type": "string"},
            "does": {"enum": [*_SAYS]},
            "by": {"type": "string"},
            "key": {"type": "string"},
        },
    }
    refuses_at = RefusalStage.PARTS
    applies_at = ApplyStage.PARTS

    def parse(self, value: Node, site: Site) -> Parts:
        return Parts(value["in"], value["does"], value.get("by"), value.get("key", "id"), site.pointer)

    def errors(self, contract: Contract) -> Iterator[Finding]:
        """C03: nothing that has the list; C08: no such property; an item that nothing names."""
        for operation, parts in uses(contract, self.name):
            resource = contract.resource_of(operation)
            if resource is None:
                message = "`parts` is for what one record has, which `acts` names"
                yield contract.document.finding("C03", message, parts.pointer)
                continue
            known = contract.properties(resource)
            first = id_path(parts.of)[0]
            if first not in known:
                message = f"{resource.name} has no property {first!r}{did_you_mean(first, known)}"
                yield contract.document.finding("C08", message, join(parts.pointer, "in"))
            if parts.by is not None and operation.parameter("path", parts.by) is None:
                message = f"the path of {operation.id} has no {parts.by!r}"
                yield contract.document.finding("C03", message, join(parts.pointer, "by"))

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        parts = parts_of(operation)
        if parts is None:
            return None
        if contract.resource_of(operation) is None:
            return None
        return _Taking(parts)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        parts = parts_of(operation)
        if parts is not None:
            yield Sentence(_SAYS[parts.does].format(parts.of, parts.by), parts.pointer)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        parts = parts_of(operation)
        if parts is not None:
            says = _SAYS[parts.does].format(parts.of, parts.by)
            yield Fact((), (parts.of, parts.does, parts.key), says, parts.pointer)

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        return of_what_it_does(old, new)


def parts_of(operation: Operation | None) -> Parts | None:
    """What an operation does with the items of a list; None where it does nothing."""
    if operation is None:
        return None
    found: Parts | None = operation.words.get(PartsWord.name)
    return found


@dataclass(frozen=True)
class _Taking(Binding):
    """The word on one operation."""

    parts: Parts

    def refusals(self, step: Step) -> Iterator[Refusal]:
        """Nobody knows the item that the path names."""
        if step.before is None:
            return
        if self.parts.by is None:
            return
        if self._named(step, self._listed(step)) is None:
            detail = f"there is no {step.call.path.get(self.parts.by)!r} in {self.parts.of}"
            yield Refusal("missing", self.parts.pointer, detail=detail)

    def apply(self, step: Step) -> Step:
        if step.after is None:
            return step
        there = self._listed(step)
        at = self._named(step, there)
        if self.parts.does == "show":
            return step if at is None else replace(step, shows={**step.shows, (): there[at]})
        sent = self._sent(step)
        if self.parts.does == "add":
            there += [self._new(step, item) for item in sent if not _is_there(item, there)]
        elif self.parts.does == "change" and at is not None and isinstance(step.call.body, Mapping):
            there[at] = {**mapping({"": there[at]}, ""), **step.call.body}
        elif self.parts.does == "remove":
            there = self._without(there, at, sent)
        elif self.parts.does in ("set", "clear"):
            there = sent if self.parts.does == "set" else []
        data = with_value(self.parts.of, step.after.data, there)
        return replace(step, after=replace(step.after, data=data))

    def _listed(self, step: Step) -> list[Json]:
        """The items that there are."""
        record = step.after or step.before
        value = None if record is None else told(record.data, id_path(self.parts.of))
        return list(value) if isinstance(value, list) else []

    def _named(self, step: Step, there: list[Json]) -> int | None:
        """Where the item stands that the path names."""
        if self.parts.by is None:
            return None
        wanted = str(step.call.path.get(self.parts.by))
        keys = [
            str(id_of(self.parts.key, item)) if isinstance(item, Mapping) else str(item) for item in there
        ]
        return keys.index(wanted) if wanted in keys else None

    def _without(self, there: list[Json], at: int | None, sent: list[Json]) -> list[Json]:
        if at is not None:
            return [*there[:at], *there[at + 1 :]]
        gone = [self._key(item) for item in sent]
        return [item for item in there if self._key(item) not in gone]

    def _key(self, item: Json) -> Json:
        key = id_of(self.parts.key, item) if isinstance(item, Mapping) else None
        return item if key is None else key

    def _sent(self, step: Step) -> list[Json]:
        """The items that a body says: a list, the only list in it, or itself."""
        body = step.call.body
        if isinstance(body, list):
            return body
        if not isinstance(body, Mapping):
            return []
        lists = [value for value in body.values() if isinstance(value, list)]
        if len(body) == len(lists) == 1:
            return [*lists[0]]
        return [dict(body)]

    def _new(self, step: Step, item: Json) -> Json:
        """An item with what its schema says besides: an id of its own."""
        assert step.resource is not None
        if not isinstance(item, Mapping):
            return item
        schemas, path = step.contract.document.schemas, id_path(self.parts.of)
        schema = id_schema(schemas, step.contract.properties(step.resource), join("", *path))
        known = mapping(schemas.whole(mapping(schemas.resolve(schema), "items")), "properties")
        if "id" not in known:
            return dict(item)
        if item.get("id") is not None:
            return dict(item)
        return {"id": step.world.fresh(schemas.resolve(known["id"]), None), **item}


def _is_there(item: Json, there: list[Json]) -> bool:
    """Whether a plain value is in a list already, which names each once."""
    if isinstance(item, Mapping):
        return False
    return one_of(item, there)
