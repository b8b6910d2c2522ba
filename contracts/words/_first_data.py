"""What a new record has that nobody has sent, where all of it is a guess: as much as the first ones have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from troth.contracts.contract import Contract, remembered
from troth.contracts.contract.defaults import defaults_of
from troth.contracts.contract.identity import id_path
from troth.contracts.contract.references import reference, references
from troth.contracts.document.known_names import tells_count, tells_time
from troth.contracts.document.list_dialects import letters
from troth.contracts.document.plausible import plausible
from troth.contracts.document.pointers import listing, referred, said
from troth.contracts.document.typing import types_of
from troth.contracts.model import ABSENT, Absent, Json, Operation, Resource, Schema
from troth.contracts.words._given_ids import slug_of
from troth.contracts.words._step import Step


def first_data(step: Step, resource: Resource, identity: Json) -> dict[str, Json]:
    """The defaults of what could have been sent, and values for what only answers show; nothing in a document
    that has words of its own."""
    contract = step.contract
    if not contract.document.guessed:
        return {}
    found = dict(defaults_of(contract, step.operation))
    shown = _only_shown(contract, step.operation, resource.name)
    if shown:
        like = plausible(
            contract.document.schemas, referred(resource.schema), Random(f"{resource.name} {identity}")
        )
        found |= dict(_values(contract, shown, like))
    found |= dict(_referring(step, resource, found))
    slug = slug_of(step)
    for name in found.keys() & shown.keys():
        if slug is not None and letters(name) == "slug" and contract.document.schemas.fits(shown[name], slug):
            found[name] = slug
    return found


def _referring(step: Step, resource: Resource, found: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """What refers to another thing that is there, where something is shown of it though nothing is said."""
    contract = step.contract
    required = listing(contract.document.schemas.whole(resource.schema), "required")
    for name, other in references(contract, resource.name).items():
        if name not in required and not isinstance(found.get(name), str | int):
            continue
        for record in step.world.of(other)[:1]:
            value = reference(contract, resource.name, name, record)
            if not isinstance(value, list | None):
                yield name, value


def _values(contract: Contract, shown: Mapping[str, Schema], like: Json) -> Iterator[tuple[str, Json]]:
    for name, schema in shown.items():
        value = _at_first(contract, name, schema)
        if isinstance(value, Absent) and isinstance(like, Mapping):
            value = like.get(name, ABSENT)
        if not isinstance(value, Absent):
            yield name, value


@remembered
def _only_shown(contract: Contract, operation: Operation, owner: str) -> dict[str, Schema]:
    """The properties that nobody can send and answers show; what says when something happened has not yet."""
    resource, resolve = contract.resources[owner], contract.document.schemas.resolve
    sent, own = contract.body_properties(operation), {*resource.managed, id_path(resource.id)[0]}
    found = {}
    for name, schema in contract.properties(resource).items():
        resolved: Schema = resolve(schema)
        if name in own or tells_time(name) or said(resolved, "writeOnly") is True:
            continue
        if name not in sent or said(resolve(sent[name]), "readOnly") is True:
            found[name] = resolved
    return found


def _at_first(contract: Contract, name: str, schema: Schema) -> Json | Absent:
    """What something new begins with: its default, nothing, the first of some words. Absent: nobody knows."""
    if "default" in schema:
        default: Json = schema["default"]
        return default
    if contract.document.schemas.fits(schema, None):
        return None
    words = listing(schema, "enum")
    if words:
        first: Json = words[0]
        return first
    return next((e for e in _empty(name, schema) if contract.document.schemas.fits(schema, e)), ABSENT)


def _empty(name: str, schema: Schema) -> Iterator[Json]:
    """What there is of something when it is new."""
    match types_of(schema)[:1]:
        case ("array",):
            yield []
        case ("boolean",):
            yield False
        case ("integer" | "number",) if tells_count(name):
            yield 0
