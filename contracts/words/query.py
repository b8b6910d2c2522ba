"""``query``: what the query parameters of a list mean, and what its body says of the page.

``parameters: {limit: {is: size, default: 20}, offset: {is: offset}}`` cuts pages (``page`` counts from
``first``, else 1, ``offset`` else from 0; ``cursor`` names the record after which to go on);
``{is: filter, of: price, by: '>='}`` selects (``of: /author/name`` by what is inside), ``search`` looks into
texts (``of``: into one), ``sort`` names properties (``-price``, ``price:desc``), ``direction`` which way.
``shows: {/total: total, /next: next-url}`` is where the body tells of the list. Of a list without the word
only sorting is guessed, by the names of its parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from troth.contracts.contract import Contract
from troth.contracts.contract.asked import Asked, Page, Question, in_order, kept
from troth.contracts.contract.identity import id_path
from troth.contracts.contract.selection import Listing, whole
from troth.contracts.document import did_you_mean, join, split
from troth.contracts.document.list_dialects import (
    asked_in,
    inside_attributes,
    meanings,
    member_name,
    with_members,
)
from troth.contracts.frozen import replace
from troth.contracts.model import Call, Finding, Json, Node, Operation, Parameter, Pointer, Record, Unknown
from troth.contracts.promises.facts import BREAKS, MAYBE, Compatibility, Fact
from troth.contracts.promises.promise import Promise, Sentence
from troth.contracts.words._binding import Binding
from troth.contracts.words._findings import uses
from troth.contracts.words._page_sizes import usual_size
from troth.contracts.words._page_told import shown
from troth.contracts.words._query_probes import query_promises
from troth.contracts.words._stages import ApplyStage
from troth.contracts.words._step import Step
from troth.contracts.words._word import Site, Word

ROLES = (
    "page",
    "size",
    "offset",
    "cursor",
    "filter",
    "filters",
    "expression",
    "labels",
    "search",
    "sort",
    "direction",
)
SHOWN = (
    "total",
    "pages",
    "items",
    "left",
    "page",
    "size",
    "offset",
    "more",
    "last",
    "first",
    "before",
    "empty",
    "cursor",
    "next-url",
    "previous-url",
    "next-page",
    "previous-page",
    "self-url",
    "first-url",
    "last-url",
    "first-id",
    "last-id",
    "first-place",
    "last-place",
)
_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=", "contains", "starts", "ends", "prefix")


@dataclass(frozen=True)
class Query:
    """The word's value: what is asked, and where the answer tells of itself."""

    question: Question
    shows: Mapping[tuple[str, ...], str]
    pointer: Pointer


class QueryWord(Word):
    """Selects, sorts and cuts lists as their query asks."""

    name = "query"
    schema = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {
            "parameters": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "required": ["is"],
                    "additionalProperties": False,
                    "properties": {
                        "is": {"enum": [*ROLES]},
                        "of": {"type": "string"},
                        "by": {"enum": [*_COMPARISONS]},
                        "first": {"type": "integer"},
                        "default": {"type": "integer", "minimum": 1},
                    },
                },
            },
            "shows": {
                "type": "object",
                "propertyNames": {"$ref": "#/$defs/pointer"},
                "additionalProperties": {"enum": [*SHOWN]},
            },
        },
    }
    applies_at = ApplyStage.QUERY

    def parse(self, value: Node, site: Site) -> Query:
        parameters = {}
        for name, entry in value.get("parameters", {}).items():
            role, by = entry["is"], entry.get("by", "=")
            if (role, "of" in entry) == ("search", True):  # it looks into one text only
                role, by = "filter", entry.get("by", "contains")
            parameters[name] = Asked(
                role,
                entry.get("of"),
                by,
                entry.get("first", int(role != "offset")),
                entry.get("default"),
            )
        shows = {split(at): what for at, what in value.get("shows", {}).items()}
        return Query(Question(parameters), shows, site.pointer)

    def errors(self, contract: Contract) -> Iterator[Finding]:
        for operation, query in uses(contract, self.name):
            if operation.verb != "list":
                message = f"`query` is for lists; {operation.id} is none"
                yield contract.document.finding("C03", message, query.pointer)
            schemas = contract.document.schemas
            known = [p.name for p in with_members(schemas, asked_in(schemas, operation))]
            for name, asked in query.question.parameters.items():
                at = join(query.pointer, "parameters", name)
                if name not in known:
                    message = f"{operation.id} has no query parameter {name!r}{did_you_mean(name, known)}"
                    yield contract.document.finding("C03", message, at)
                yield from _property_findings(contract, operation, asked, at)

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        resource = contract.resource_of(operation)
        if operation.verb != "list":
            return None
        if resource is None:
            return None
        query: Query | None = operation.words.get(self.name)
        if query is None:
            query = Query(_sorting(contract, operation), {}, operation.pointer)
        if not query.question.parameters and not query.shows:
            return None
        asked = asked_in(contract.document.schemas, operation)
        objects = tuple(p for p in asked if _has_members(contract, p, query.question))
        properties, computed = tuple(_properties(contract, operation)), tuple(resource.computed.items())
        return _Asking(query, properties, computed, objects)

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        query = query_of(operation)
        if query is not None:
            yield from query_promises(contract, operation, _of_query(operation, query), query.pointer)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        query = query_of(operation)
        if query is None:
            return
        for name, asked in query.question.parameters.items():
            at = join(query.pointer, "parameters", name)
            yield Sentence(f"`{name}` {_said(asked)}.", at)
        for place, what in query.shows.items():
            says = f"`{join('', *place)}` shows the {what.replace('-', ' ')}."
            yield Sentence(says, join(query.pointer, "shows", join("", *place)))

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        query = query_of(operation)
        if query is None:
            return
        for name, asked in query.question.parameters.items():
            at = join(query.pointer, "parameters", name)
            yield Fact((name,), asked, _said(asked), at, about=f"the query parameter `{name}`")

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        if old is None:
            return MAYBE, "lists may be cut, sorted or filtered otherwise"
        if new is None:
            return MAYBE, "what the parameter does is not said now"
        return BREAKS, "the parameter does something else"


@dataclass(frozen=True)
class _Asking(Binding):
    """The word on one list."""

    query: Query
    properties: tuple[str, ...]
    computed: tuple[tuple[str, str], ...]
    objects: tuple[Parameter, ...] = ()
    """Parameters whose members mean something by themselves."""

    def apply(self, step: Step) -> Step:
        if step.records is None:
            return step
        question, sent = self.query.question, self._sent(_asked_by(step.call))
        records = self._found(step.records, question, sent)
        page = question.page(sent, records, self._usual(step))
        if page is None and not self.query.shows:
            return replace(step, records=records)
        page = page or Page()
        total, cut = len(records), page.cut(records)
        shows = {**step.shows, **self._told(step, page, total, cut)}
        return replace(step, records=cut, total=total, shows=shows)

    def _sent(self, query: Mapping[str, Json]) -> Mapping[str, Json]:
        """What was sent, with the members of objects by the names under which they were."""
        found = query
        for parameter in self.objects:
            value = query.get(parameter.name)
            if isinstance(value, Mapping):
                members = {member_name(parameter, name): one for name, one in value.items()}
                found = {**found, **{name: one for name, one in members.items() if name is not None}}
        return found

    def _found(
        self, records: Sequence[Record], question: Question, sent: Mapping[str, Json]
    ) -> Sequence[Record]:
        """Those that are asked for, in the order that is asked for."""
        if not sent:
            return records
        if isinstance(records, Listing):
            records = records.without(question.plain_filters())
        tests, text = question.selects(sent, self.properties), question.searched(sent)
        if tests or text is not None:
            records = [record for record in records if kept(whole(record, self.computed), tests, text)]
        keys = question.order(sent, self.properties)
        if keys:
            records = in_order(records, keys, lambda record: whole(record, self.computed))
        return records

    def _usual(self, step: Step) -> int | None:
        """The size of a page for which nobody asks; a tester does not know what is not said."""
        name = self.query.question.named("size")
        if name is None:
            return None
        if isinstance(step.world.moment, Unknown):
            return None
        return usual_size(step.contract, step.operation, name)

    def _told(self, step: Step, page: Page, total: int, cut: Sequence[Record]) -> dict[tuple[str, ...], Json]:
        """What the body says of the page, by its place."""
        found: dict[tuple[str, ...], Json] = {}
        for place, what in self.query.shows.items():
            found[place] = shown(what, step, self.query.question, page, total, cut)
        return found


def _has_members(contract: Contract, parameter: Parameter, question: Question) -> bool:
    """Whether anything is said of a member of a parameter."""
    members = [*with_members(contract.document.schemas, [parameter])][1:]
    return any(member.name in question.parameters for member in members)


def _asked_by(call: Call) -> Mapping[str, Json]:
    """What is sent in a query, and in the body of what is read by POST (``POST /things/search``)."""
    if isinstance(call.body, Mapping):
        return {**call.body, **call.query}
    return call.query


def _of_query(operation: Operation, query: Query) -> Question:
    """What is said of parameters of a query: probes send nothing else."""
    names = [parameter.name for parameter in operation.parameters]
    inside = [name for name in query.question.parameters if name.partition("[")[0] in names]
    if operation.method == "GET":
        return query.question
    kept = {name: asked for name, asked in query.question.parameters.items() if name in {*names, *inside}}
    return replace(query.question, parameters=kept)


def query_of(operation: Operation | None) -> Query | None:
    """What is said of the query of an operation."""
    if operation is None:
        return None
    query: Query | None = operation.words.get(QueryWord.name)
    return query


def _properties(contract: Contract, operation: Operation) -> Mapping[str, Node]:
    resource = contract.resource_of(operation)
    if resource is None:
        return {}
    known = contract.properties(resource)
    return {**known, **inside_attributes(contract.document.schemas, known)}


def _sorting(contract: Contract, operation: Operation) -> Question:
    """Of a list of which nothing is said: what its parameters say of sorting."""
    told = meanings(contract.document.schemas, operation.parameters, _properties(contract, operation))
    sorting = {
        name: Asked(meaning.role) for name, meaning in told.items() if meaning.role in ("sort", "direction")
    }
    return Question(sorting)


def _property_findings(
    contract: Contract, operation: Operation, asked: Asked, at: Pointer
) -> Iterator[Finding]:
    known = _properties(contract, operation)
    if asked.of is not None and id_path(asked.of)[0] not in known:
        message = f"{operation.resource} has no property {asked.of!r}{did_you_mean(asked.of, known)}"
        yield contract.document.finding("C04", message, join(at, "of"))
    if asked.role == "filter" and asked.of is None:
        message = "a `filter` says which property it is about (`of`)"
        yield contract.document.finding("C03", message, at)


def _said(asked: Asked) -> str:
    """What a parameter does, in words."""
    if (asked.role, asked.by) == ("filter", "prefix"):
        return f"selects by `{asked.of}` as its value says (`gte.5`)"
    if asked.role == "filter":
        return f"selects by `{asked.of} {asked.by} …`"
    if asked.role == "page":
        return f"counts pages from {asked.first}"
    if asked.role == "offset" and asked.first:
        return f"is the place of the first record that is shown, counted from {asked.first}"
    if asked.role == "size" and asked.default:
        return f"is the size of a page, else {asked.default}"
    return {
        "size": "is the size of a page",
        "offset": "is how many records are passed over",
        "cursor": "continues after a record",
        "filters": "selects by the properties that it names",
        "labels": "selects by labels (`app=web,tier!=old`)",
        "expression": 'selects by what it says of properties (`name eq "Ann"`)',
        "search": "looks for a text",
        "sort": "names what is sorted by",
        "direction": "says whether the order goes up or down",
    }[asked.role]
