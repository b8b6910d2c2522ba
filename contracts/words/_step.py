"""A call on its way through a contract: what words look at and change."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias, TypeVar

from troth.contracts.contract import Contract, cel, computed
from troth.contracts.document.equality import equal
from troth.contracts.document.json_patch import MEDIA_TYPE as JSON_PATCH
from troth.contracts.document.json_patch import PatchError, as_merge, patched
from troth.contracts.document.list_dialects import letters
from troth.contracts.document.scim_patch import is_scim_patch, scim_patched
from troth.contracts.errors import ContractFault
from troth.contracts.frozen import replace
from troth.contracts.model import (
    ABSENT,
    MALFORMED,
    Absent,
    Call,
    Consequence,
    Json,
    Malformed,
    Operation,
    Pointer,
    Record,
    Resource,
    Schema,
    Unknown,
    World,
)

T = TypeVar("T")

Body: TypeAlias = "Json | Absent | Malformed"

PATCHES = ("application/merge-patch+json", JSON_PATCH)

_OF_RECORD = frozenset({"self", "hidden"})
"""What an expression may read whose value is that of the record alone."""


class Choose(Protocol):
    """Takes one of several allowed ways; the mock takes the first, the oracle walks them all."""

    def __call__(self, *options: T) -> T: ...


@dataclass(frozen=True)
class Step(Consequence):
    """A call on its way through the contract, with what it has done so far."""

    contract: Contract
    operation: Operation
    call: Call
    world: World
    choose: Choose
    resource: Resource | None = None
    parent: Record | None = None
    source: Record | None = None
    """The record that a new one is a copy of."""
    ignored: frozenset[str] = frozenset()
    valid: bool = True
    made: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What has been worked out of this call: shared by every step of one decision."""

    @property
    def lost(self) -> bool:
        """Whether the call is about a record that is not there."""
        return self.before is None and is_about_one(self.operation, self.resource)

    @property
    def body(self) -> Mapping[str, Json]:
        """The body's properties; empty where there is no object."""
        if "body" not in self.made:
            self.made["body"] = self._body()
        body: Mapping[str, Json] = self.made["body"]
        return body

    def _body(self) -> Mapping[str, Json]:
        body = self.call.body
        if self.patch is not None:
            return self.patch
        for token in self.operation.inside:
            body = body.get(token, {}) if isinstance(body, Mapping) else {}
        if self.operation.mask is not None:
            body = _masked(self, body, self.operation.mask)
        if isinstance(body, Mapping):
            return body
        return {}

    @property
    def patch(self) -> Mapping[str, Json] | None:
        """The merge patch that operations come to; None where the body has none that can be applied."""
        return self._patched[0]

    @property
    def patch_problem(self) -> str | None:
        """Why a patch cannot be applied to the record."""
        return self._patched[1]

    @property
    def _patched(self) -> tuple[Mapping[str, Json] | None, str | None]:
        if self.before is None or not self.has_operations:
            return None, None
        if self.operation.verb == "action":  # the body is about something else
            return None, None
        if "patch" not in self.made:
            self.made["patch"] = _patched(self.before.data, self.call.body, deep=self.operation.merges)
        found: tuple[Mapping[str, Json] | None, str | None] = self.made["patch"]
        return found

    @property
    def has_operations(self) -> bool:
        """Whether the body is a JSON Patch, or one of SCIM."""
        if "operations" not in self.made:
            self.made["operations"] = self._has_operations()
        found: bool = self.made["operations"]
        return found

    def _has_operations(self) -> bool:
        if (self.call.media_type or "").startswith(JSON_PATCH):
            return True
        return self.operation.method == "PATCH" and is_scim_patch(self.call.body)

    @property
    def patches(self) -> bool:
        """Whether the body is a JSON Merge Patch (RFC 7396), or a patch of operations that comes to one."""
        if self.has_operations:
            return True
        if self.call.media_type is None:
            return self.operation.merges
        return self.call.media_type.startswith(PATCHES)

    @property
    def request(self) -> Mapping[str, Json]:
        """What expressions call ``request``."""
        if "request" not in self.made:
            call = self.call
            self.made["request"] = {
                "path": call.path,
                "query": call.query,
                "headers": {name.lower(): value for name, value in call.headers.items()},
                "body": self._typed_body(),
            }
        request: Mapping[str, Json] = self.made["request"]
        return request

    def _typed_body(self) -> Json:
        """The body as expressions see it; nothing is known of one that is not JSON."""
        body = self.call.body
        if body is MALFORMED:
            return cel.UNKNOWN
        if body is ABSENT:
            body = {}
        schema, content = self.operation.body, self.operation.content(self.call.media_type)
        if content is not None:
            schema = content.schema
        typed: Json = self.contract.document.schemas.typed(schema, body, fill=False)
        return typed

    def made_of(self, text: str) -> Json:
        """The value that an expression makes of the record as it is: no ``default`` is filled in."""
        record = self.after or self.before
        if record is None:
            return self.value(text, self=None)
        return self.value(text, record, self=record.data)

    def value(self, text: str, record: Record | None = None, /, **names: Json) -> Json:
        """The value of an expression about a record (the new one where none is given).

        Worked out once for a record and a call; once for a version of a record where it reads nothing else.
        """
        record = record or self.after or self.before
        try:
            if names:
                return cel.evaluate(text, self._known(record, cel.reads(text)) | names)
            return self._worked_out(text, record)
        except ContractFault:
            if self._tells(text):
                raise
            return cel.UNKNOWN

    def _worked_out(self, text: str, record: Record | None) -> Json:
        """What an expression has given before for the same, else what it gives."""
        read = cel.reads(text)
        made: dict[Any, Any] = self.made
        key: tuple[object, ...] = (text, id(record), id(self.before), id(self.parent))
        named: tuple[Record | None, ...] = (record, self.before, self.parent)
        if record is not None and read.keys() <= _OF_RECORD:  # that stays: it must not hold older versions
            made, key, named = record.made, (self.contract, self._resource_name, text), ()
        found = made.get(key)
        if found is None:  # kept with what its key names, so that nothing else gets that name
            found = made[key] = (cel.evaluate(text, self._known(record, read)), named)
        value: Json = found[0]
        return value

    @property
    def _resource_name(self) -> str | None:
        if self.resource is None:
            return None
        return self.resource.name

    def _known(
        self, record: Record | None, read: Mapping[str, frozenset[str] | None]
    ) -> dict[str, Json | datetime]:
        """The variables that an expression reads, with their values."""
        known: dict[str, Json | datetime] = {"hidden": {}}
        if "now" in read:
            known["now"] = self.world.moment
            if not isinstance(self.world.moment, Unknown):
                known["now"] = self.world.now  # what hangs on the time asks for it by this name
        if record is not None:
            known["hidden"] = record.hidden
        if "self" in read:
            known["self"] = self._typed(record, read["self"])
        if "oldSelf" in read:
            known["oldSelf"] = self._typed(self.before, read["oldSelf"])
        if "request" in read:
            known["request"] = self.request
        if "parent" in read and self.parent is not None:
            known["parent"] = self._typed_parent(self.parent)
        return known

    def _tells(self, text: str) -> bool:
        """Whether an expression must have a value: of a body that breaks its schema, of no record, and of no
        parent nothing can be said."""
        if not self.valid or self.lost:
            return False
        return self.parent is not None or "parent" not in cel.reads(text)

    def _typed_parent(self, parent: Record) -> Json:
        above = self.contract.resources[parent.resource]
        whole = {**parent.data, **computed.values(above, parent, lenient=True)}
        data: Schema = self.contract.document.schemas.typed(above.schema, whole)
        return {"hidden": parent.hidden, **data}

    def _typed(self, record: Record | None, properties: frozenset[str] | None) -> Json:
        """A record as expressions see it, with those of its properties that are read."""
        if record is None or self.resource is None:
            return None
        key = (self.contract, self.resource.name, properties)
        if key not in record.made:
            data = _with_computed(self.resource, record, properties)
            record.made[key] = self.contract.document.schemas.typed(self.resource.schema, data)
        typed: Json = record.made[key]
        return typed

    def holds(self, text: str, record: Record | None = None, /, **names: Json) -> bool:
        """Whether a condition holds; both ways where it hangs on something not known."""
        result = self.value(text, record, **names)
        if isinstance(result, Unknown):
            return self.choose(False, True)
        return result is True

    def put(self, cite: Pointer, /, **fields: Json) -> Step:
        """The step with properties of the record set, and who said so."""
        assert self.after is not None
        return self.stored({**self.after.data, **fields}, dict.fromkeys(fields, cite))

    def stored(self, data: Mapping[str, Json], cites: Mapping[str, Pointer]) -> Step:
        """The step with other data of the record, and who said which of it."""
        assert self.after is not None
        touched = {**self.touched, **cites}
        if self._moves(data, cites):
            return replace(self, after=replace(self.after, data=data, since=self.world.now), touched=touched)
        return replace(self, after=replace(self.after, data=data), touched=touched)

    def _moves(self, data: Mapping[str, Json], set: Container[str]) -> bool:
        """Whether setting these properties brings the record into another state."""
        assert self.after is not None
        state = self.resource.state if self.resource else None
        if state is None or state not in set:
            return False
        return not equal(data[state], self.after.data.get(state))


def is_about_one(operation: Operation, resource: Resource | None) -> bool:
    """Whether an operation is about one record: its path names it, or there is only one."""
    if operation.names_record:
        return True
    single = resource is not None and resource.single
    return single and operation.verb not in ("create", "list", None)


def says_otherwise(contract: Contract, operation: Operation) -> bool:
    """Whether not a path's parameter says which record is meant, but a word (`/users/me`) or the body (`PUT
    /pet`): only where all of it is a guess."""
    if not contract.document.guessed:
        return False
    if operation.item_parameter is not None:
        return False
    return operation.verb in ("read", "update", "delete")


def _with_computed(
    resource: Resource, record: Record, properties: frozenset[str] | None
) -> Mapping[str, Json]:
    """What is read of a record, its computed properties as far as they can be computed."""
    data: Mapping[str, Json] = cel.narrowed(record.data, properties)
    if not resource.computed:
        return data
    return {**data, **computed.values(resource, record, properties, lenient=True)}


def _masked(step: Step, body: Body, name: str) -> Body:
    """What of a body an update is about that names its fields: "title,pages" (AIP-134)."""
    mask = step.call.query.get(name)
    if not step.contract.document.guessed:
        return body
    if not isinstance(body, Mapping):
        return body
    if mask in (None, "", "*"):
        return body
    named = {letters(path.partition(".")[0]) for path in str(mask).split(",")}
    return {name: value for name, value in body.items() if letters(name) in named}


def _patched(
    record: Mapping[str, Json], operations: object, *, deep: bool
) -> tuple[Mapping[str, Json] | None, str | None]:
    """The merge patch that operations come to on a record, or what is wrong with them."""
    after: Json
    try:
        if isinstance(operations, Mapping):
            after = scim_patched(record, operations)
        else:
            after = patched(dict(record), operations)
    except PatchError as error:
        return None, str(error)
    if not isinstance(after, Mapping):
        return None, "a record is an object, and would be none"
    return as_merge(record, after, deep=deep), None
