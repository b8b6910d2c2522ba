"""What stays open where all words are guesses: what a server may do with a record besides what they say."""

from __future__ import annotations

from collections.abc import Mapping

from troth.contracts.check.observation import Observation
from troth.contracts.check.tidied import is_lost, loosely_has, tidied
from troth.contracts.contract import Contract, remembered
from troth.contracts.model import ABSENT, Json, Operation, Outcome, Resource, Unknown

FEW = 2
"""So many properties that are lost together are no chance."""

_NOTHING: tuple[Json, ...] = (None, "", False, 0)


def _is_open(contract: Contract, outcome: Outcome) -> bool:
    """Whether more than the words say may come of a call."""
    return contract.guessed and outcome.succeeded


def may_show(
    contract: Contract, seen: Observation, outcome: Outcome, name: str, sent: Json, found: Json
) -> bool:
    """Whether a property may show this where that was to be stored."""
    if not _is_open(contract, outcome):
        return False
    if tidied(sent, found):
        return True
    operation = contract.operations[seen.call.operation]
    if sent is None:
        return not _may_be_null(contract, operation, name)
    if name not in operation.record_in(seen.call.body):  # a default, or what the server works out
        return operation.verb != "create"
    return _is_another(seen, name, sent, found)


def _is_another(seen: Observation, name: str, sent: Json, found: Json) -> bool:
    """Whether it is what a server has made of what was sent: not the old value, nor a part of it."""
    if (isinstance(sent, Mapping), isinstance(found, Mapping)) == (False, True):
        return True  # shown whole, where the body only names it
    if found in (_old(seen, name), seen.usual.get(name, ABSENT)):
        return False
    return not is_lost(sent, found)


def may_keep(contract: Contract, seen: Observation, outcome: Outcome, value: Unknown, found: Json) -> bool:
    """Whether a stamp may stay as it is: of a move that writes nothing of the record."""
    if not contract.guessed:
        return False
    if found != value.old:
        return False
    return contract.operations[seen.call.operation].verb == "action"


def _old(seen: Observation, name: str) -> Json:
    if seen.before is None:
        return None
    return seen.before.data.get(name)


def _may_be_null(contract: Contract, operation: Operation, name: str) -> bool:
    """Whether a record may have a null there."""
    resource = contract.resource_of(operation)
    if resource is None:
        return True
    schema = contract.properties(resource).get(name)
    if schema is None:
        return True
    return contract.document.schemas.fits(schema, None)


def may_change(contract: Contract, seen: Observation, outcome: Outcome, name: str, found: Json) -> bool:
    """Whether a success may change a property that it was not sent: a server works things out."""
    operation = contract.operations[seen.call.operation]
    if not _is_open(contract, outcome):
        return _moves_by_itself(contract, operation, name)
    sent = operation.record_in(seen.call.body)
    if name in sent:
        return _is_undeclared(contract, operation, name, sent[name], found)
    if operation.verb in ("read", "list"):
        return name not in _written(contract, str(operation.resource))
    if operation.method == "DELETE":
        return False
    if (operation.verb, operation.method == "PUT") != ("update", False):
        return True
    return not _forgets(contract, operation, seen)


def _moves_by_itself(contract: Contract, operation: Operation, name: str) -> bool:
    """Whether a property may change while a call is refused: the server works on the record."""
    if not is_servers_own(contract, str(operation.resource), name):
        return False
    return _works_on(contract, operation)


def _is_undeclared(contract: Contract, operation: Operation, name: str, sent: Json, found: Json) -> bool:
    """Whether no body declares what was sent: nothing of it is stored, whatever else becomes of it."""
    if name in contract.body_properties(operation):
        return False
    return not tidied(sent, found)


def _forgets(contract: Contract, operation: Operation, seen: Observation) -> bool:
    """Whether a partial change has emptied all that it was not sent and could have been."""
    if seen.before is None:
        return False
    if not isinstance(seen.after, Mapping):
        return False
    sent, lost = operation.record_in(seen.call.body), 0
    for name in spare_properties(contract, operation):
        if name in sent:
            continue
        if _is_empty(seen.before.data.get(name)):
            continue
        if not _is_empty(seen.after.get(name)):
            return False
        lost += 1
    return lost >= FEW


@remembered
def spare_properties(contract: Contract, operation: Operation) -> tuple[str, ...]:
    """The properties that an update may send, and that a new record may lack."""
    creating = contract.acting(str(operation.resource), "create")
    if operation.verb != "update" or creating is None:
        return ()
    needed = contract.body_required(creating)
    made = contract.body_properties(creating)
    return tuple(name for name in contract.body_properties(operation) if name in made and name not in needed)


def _is_empty(value: Json) -> bool:
    if isinstance(value, (list, Mapping)):
        return not value
    return value in _NOTHING


@remembered
def _written(contract: Contract, resource: str) -> frozenset[str]:
    """The properties that some body sends."""
    found: set[str] = set()
    for operation in contract.operations.values():
        if operation.resource == resource:
            found |= contract.body_properties(operation).keys()
    return frozenset(found)


def _works_on(contract: Contract, operation: Operation) -> bool:
    """Whether a server goes on with a record after it has answered (202): that moves by itself."""
    others = [one for one in contract.operations.values() if one.resource == operation.resource]
    return any(response.key == "202" for one in others for response in one.responses)


def is_servers_own(contract: Contract, resource: str, name: str) -> bool:
    """Whether no body sends a property, so that it may be worked out anew with each look."""
    if not contract.guessed:
        return False
    return name not in _written(contract, resource)


def may_stay(contract: Contract, seen: Observation) -> bool:
    """Whether what was deleted may still be read: it is marked as deleted, hidden, or deleted later."""
    if not contract.guessed:
        return False
    if seen.reply.status == 202:
        return True
    if None in (seen.before, seen.listed):
        return True
    assert seen.before is not None
    return seen.after != seen.before.data


def may_vanish(contract: Contract, operation: Operation, outcome: Outcome) -> bool:
    """Whether a change may take a record out of sight: it has another id now, or is put away."""
    if not _is_open(contract, outcome):
        return False
    if operation.method == "DELETE":
        return False
    return operation.verb in ("update", "action")


def may_find(contract: Contract, resource: Resource | None, of: str, value: Json, wanted: Json) -> bool:
    """Whether a filter may find a value that is not the wanted one: many look for a part of it, in any
    letters; what no record can have is a word of its own (`all`)."""
    if not contract.guessed:
        return False
    if not isinstance(wanted, str):
        return False
    if loosely_has(value, wanted):
        return True
    schema = None if resource is None else contract.properties(resource).get(of)
    return schema is not None and not contract.document.schemas.fits(schema, wanted)


def may_hide(contract: Contract, operation: Operation, outcome: Outcome) -> bool:
    """Whether a list may leave out a record that was changed: it is put away."""
    if not _is_open(contract, outcome):
        return False
    return operation.verb in ("update", "action", "delete")


def may_change_another(
    contract: Contract, seen: Observation, outcome: Outcome, name: str, value: Json
) -> bool:
    """Whether a success may change another record: by anything but by what it was sent for its own."""
    if not _is_open(contract, outcome):
        return False
    operation = contract.operations[seen.call.operation]
    sent = operation.record_in(seen.call.body)
    if isinstance(sent.get(name), bool | None):
        return operation.verb not in ("read", "list")
    return not tidied(sent[name], value)


def goes_along(contract: Contract, resource: Resource | None, seen: Observation, id: str) -> bool:
    """Whether a record may have been deleted with another one: it named that."""
    if not contract.guessed:
        return False
    if None in (resource, seen.before):
        return False
    assert resource is not None
    assert seen.before is not None
    for record in seen.own:
        if str(record.get(resource.id)) == id:
            return seen.before.id in map(str, record.values())
    return False
