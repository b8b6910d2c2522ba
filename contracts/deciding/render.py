"""From an outcome to the reply of the mock: in the document's own envelope, or in its shape of errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from troth.contracts.contract import Contract, remembered
from troth.contracts.contract.identity import id_of, says_which
from troth.contracts.contract.variants import in_accepted, tag_in
from troth.contracts.deciding.bodies import (
    filler,
    media_type_of,
    plain_body,
    whole_record,
)
from troth.contracts.deciding.headers import headers_of, told_headers
from troth.contracts.deciding.made_success import put, taken_out
from troth.contracts.deciding.media import written
from troth.contracts.deciding.own_links import with_own_link
from troth.contracts.deciding.pairing import paired
from troth.contracts.deciding.parts import part_shown
from troth.contracts.deciding.refusals import refusal_reply
from troth.contracts.deciding.repeating import repeated
from troth.contracts.document.list_dialects import letters
from troth.contracts.document.pointers import mapping, reference, referred
from troth.contracts.document.repairs import mended
from troth.contracts.document.shapes import objects_shown
from troth.contracts.frozen import replace
from troth.contracts.model import (
    Call,
    Envelope,
    Filed,
    Json,
    Operation,
    Outcome,
    Record,
    Reply,
    Response,
    Unknown,
)

NOT_MODIFIED = 304
BODILESS = frozenset({204, 205, 304})
"""The statuses whose answers have no body, whatever a document says (RFC 9110)."""

Place = tuple[str, ...]

_NEIGHBOURS = (("next",), ("prev",), ("previous",))
"""Objects that tell of another page: where there is none, they say nothing."""


def _path(url: str) -> str:
    """The path of a URL, whatever its client calls the host."""
    return "/" + url.partition("?")[0].partition("://")[2].partition("/")[2]


def render(contract: Contract, operation: Operation, outcome: Outcome, call: Call) -> Reply:
    """The reply of the mock: a documented example of the status, with the outcome's own values in place."""
    if not outcome.succeeded:
        return refusal_reply(contract, operation, outcome, call.accept, _path(call.url))
    response = operation.response(outcome.status)
    if response is None:
        return Reply(outcome.status)
    if outcome.tag is not None:
        outcome = replace(outcome, tag=tag_in(response, call.accept, outcome.tag))
    response = paired(contract, operation, in_accepted(response, call.accept), call)
    headers = dict(headers_of(contract, response))
    if response.headers:
        headers |= told_headers(contract, operation, response, outcome, call.root)
    if outcome.status == NOT_MODIFIED and outcome.tag is not None:  # RFC 9110, section 15.4.5
        headers.setdefault("ETag", outcome.tag)
    if outcome.status in BODILESS:
        return Reply(outcome.status, headers=headers)
    headers |= media_type_of(response)
    filed = outcome.shows.get(())
    if isinstance(filed, Filed):
        return Reply(outcome.status, filed, headers | _type_of(response, filed))
    if response.schema is None:
        return Reply(outcome.status, plain_body(contract, response), headers)
    body = written(contract, response, _body(contract, operation, response, outcome, call))
    return Reply(outcome.status, body, headers)


def _type_of(response: Response, filed: Filed) -> dict[str, str]:
    """The type of bytes as they were sent, where the document leaves it open."""
    if filed.media_type and "*" in (response.media_type or "*"):
        return {"Content-Type": filed.media_type}
    return {}


def _body(contract: Contract, operation: Operation, response: Response, outcome: Outcome, call: Call) -> Json:
    body = filler(contract, response)
    for path, value in _values(contract, operation, response, outcome, call):
        body = put(body, path, value)
    schemas, pointer = contract.document.schemas, response.schema_pointer or ""
    if not contract.document.guessed or schemas.valid_answer(pointer, body):
        return body
    absent = [path for path, value in outcome.shows.items() if value is None]
    for path in absent:  # there is no next page: where the document knows no null, nothing says so
        body = taken_out(body, path[:-1] if path[-2:-1] in _NEIGHBOURS else path)
    if absent and schemas.valid_answer(pointer, body):
        return body
    return _as_documented(contract, response, body)


def _as_documented(contract: Contract, response: Response, body: Json) -> Json:
    """A body that was guessed, and is not what the document says: mended where it is wrong, else made up."""
    schemas, pointer = contract.document.schemas, response.schema_pointer or ""
    plain = filler(contract, response)
    saved = mended(schemas, pointer, body, plain)
    if schemas.valid_answer(pointer, saved):
        return saved
    if schemas.valid_answer(pointer, plain):
        return plain
    return body


def _values(
    contract: Contract, operation: Operation, response: Response, outcome: Outcome, call: Call
) -> list[tuple[Place, Json]]:
    """The outcome's own values with their places in the body, in the order in which they are put there."""
    extras: list[tuple[Place, Json]] = []
    for path, value in outcome.shows.items():
        if not isinstance(value, Unknown):  # what only a server knows is as the example has it
            extras.append((path, value))
    envelope = response.envelope
    if envelope is None:
        told = _named(contract, operation, response, outcome)
        part = part_shown(contract, operation, response, outcome)
        return [*repeated(contract, operation, response, call), *told, *part, *extras]
    if envelope.many:
        items: Json = [_shown(contract, record, envelope, call) for record in outcome.records or ()]
        return [(envelope.at, items), *extras]
    record = outcome.shown or outcome.after or outcome.before  # what is deleted is shown as it was
    if record is None:
        return extras
    if envelope.at[-1:] == ("0",):
        extras.append((envelope.at[:-1], []))
    extras.append((envelope.at, _shown(contract, record, envelope, call)))
    extras.extend(_beside(envelope.beside, record))
    if operation.verb == "delete" and contract.document.guessed:
        extras += [(place, True) for place in _places_of_done(contract, response)]
    return extras


def _shown(contract: Contract, record: Record, envelope: Envelope, call: Call) -> Json:
    """A record as an answer to this call shows it."""
    pointer = envelope.shape or referred(contract.resources[record.resource].schema)
    return with_own_link(contract, record, whole_record(contract, record, envelope), pointer, call.root)


def _named(
    contract: Contract, operation: Operation, response: Response, outcome: Outcome
) -> Iterator[tuple[Place, Json]]:
    """The id of a record in a body that is none (``{"id": …, "ok": true}``): only where all is a guess."""
    record = outcome.before if outcome.after is None else outcome.after
    if record is None:
        return
    if not contract.document.guessed:
        return
    resource = contract.resources[record.resource]
    for place in _places_of_id(contract, operation, response, record.resource):
        yield place, id_of(resource.id, record.data)


_DONE = ("deleted", "removed", "success", "ok")
"""What an answer calls it that something has been removed."""


@remembered
def _places_of_done(contract: Contract, response: Response) -> tuple[Place, ...]:
    """Where a body says that something has been done."""
    schemas = contract.document.schemas
    known = mapping(schemas.whole(response.schema), "properties")
    return tuple((name,) for name, one in known.items() if letters(name) in _DONE and schemas.fits(one, True))


@remembered
def _places_of_id(
    contract: Contract, operation: Operation, response: Response, name: str
) -> tuple[Place, ...]:
    """Where a body that does not show a record tells its id, by how that or the path's parameter is called.

    What an action answers may be another thing, which has an id of its own."""
    called = {letters(f"{name}_id")}
    if operation.item_parameter is not None:
        called.add(letters(operation.item_parameter))
    if operation.verb != "action":
        called.add(letters(contract.resources[name].id))
    else:
        called -= {"id", "uuid"}
    made = operation.path if operation.verb == "create" else ""
    found = []
    for place in objects_shown(contract.document, response.schema_pointer):
        for member in mapping(contract.document.schemas.whole(reference(place.pointer)), "properties"):
            if letters(member) in called or says_which(made, member):
                found.append((*place.at, member))
        if found:
            break
    return tuple(found)


def _beside(places: Mapping[str, Place], record: Record) -> list[tuple[Place, Json]]:
    """Properties that the body shows beside the record."""
    return [(path, record.data[name]) for name, path in places.items() if name in record.data]
