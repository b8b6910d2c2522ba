"""The values that everything else speaks of: frozen, free of I/O, knowing nothing of files or HTTP."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from troth.contracts.frozen import replace

Json: TypeAlias = "bool | int | float | str | Unknown | Sequence[Json] | Mapping[str, Json] | None"
"""A JSON value as a contract speaks of it: whole, or with parts that are not determined."""

Node: TypeAlias = Any
"""A node of an OpenAPI document, whose shape its reader knows."""

Schema: TypeAlias = Mapping[str, Any]
"""A JSON Schema, or a part of the document that is a mapping for certain."""

Pointer: TypeAlias = str
"""A JSON Pointer (RFC 6901) into the document or into a body."""


@dataclass(frozen=True)
class Location:
    """A place in a file that a human can go to; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Finding:
    """One thing wrong (or worth saying) about a document, with the place and the way out."""

    code: str
    message: str
    pointer: Pointer = ""
    location: Location | None = None
    severity: str = "error"

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        return f"{place}{self.severity}: {self.message} [{self.code}]"


class Unknown:
    """A value that the contract does not determine.

    ``old`` is the value that it replaces, when there was one: a field the server sets on every write
    must not go back behind it.
    """

    def __init__(self, old: Json = None, *, touched: bool = False) -> None:
        self.old = old
        self.touched = touched

    def __repr__(self) -> str:
        return "<set by the server>"


class Absent(Enum):
    """The type of :data:`ABSENT`."""

    ABSENT = "no body"

    def __repr__(self) -> str:
        return "<no body>"


class Malformed(Enum):
    """The type of :data:`MALFORMED`."""

    MALFORMED = "not JSON"

    def __repr__(self) -> str:
        return "<not JSON>"


ABSENT: Final = Absent.ABSENT
"""The body of a call, or of an answer, that has none."""


MALFORMED: Final = Malformed.MALFORMED
"""The body of a call that is not JSON."""


class Bag(list[Json]):
    """A list whose order the contract leaves open; ``key`` is the property that identifies an item."""

    def __init__(self, items: Iterable[Json], key: str) -> None:
        super().__init__(items)
        self.key = key


@dataclass(frozen=True)
class Record:
    """A stored thing: what responses may show of it, and the hidden variables that are known."""

    resource: str
    id: str
    data: Mapping[str, Json]
    hidden: Mapping[str, Json] = field(default_factory=dict)
    version: int = 0
    parent: str | None = None
    """The id of the record that it belongs to, where its resource has a parent."""
    since: datetime | None = None
    """When it came into its state; None: not known."""

    @cached_property
    def made(self) -> dict[Hashable, Any]:
        """What has been worked out of the record as it is, by who asks for what: done once, and forgotten
        with it."""
        return {}

    def as_version(self, version: int) -> Record:
        """The same record under another version: what has been worked out of it stays true."""
        same = replace(self, version=version)
        same.__dict__["made"] = self.made
        return same


class SentFile(NamedTuple):
    """Bytes as they were sent, one character each (Latin-1): a body (without a name), or a part of a form."""

    name: str
    filename: str
    media_type: str
    text: str


@dataclass(frozen=True)
class Call:
    """A request, already parsed: parameters are typed, the body is a JSON value, ABSENT or MALFORMED."""

    operation: str
    path: Mapping[str, Json] = field(default_factory=dict)
    query: Mapping[str, Json] = field(default_factory=dict)
    headers: Mapping[str, Json] = field(default_factory=dict)
    body: Json | Absent | Malformed = ABSENT
    credential: str | None = None
    authenticated: bool = True
    failing: frozenset[str] = frozenset()
    """Names of effects that are to fail (``Prefer: fail-effect=…`` of the mock)."""
    cookies: Mapping[str, Json] = field(default_factory=dict)
    querystring: Mapping[str, Json] = field(default_factory=dict)
    """The whole query as one value, under the name of its parameter (``in: querystring``)."""
    broken: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By place and name of a parameter, why nothing could be read there."""
    accept: str = ""
    """The media types that the answer may be of, as the client has put it."""
    url: str = ""
    """Where the request went, with its query; empty where that is not known."""
    root: str = ""
    """Where the API is, for the client that asks."""
    media_type: str | None = None
    """The declared media type that the body is of; None: the usual one of the operation."""
    files: tuple[SentFile, ...] = ()
    """The body as bytes, or the parts of a form: only where a word keeps them."""


class Filed(str):
    """Bytes that somebody has sent, one character each (Latin-1), with the media type that they had."""

    media_type: str

    def __new__(cls, text: str, media_type: str) -> Filed:
        found = super().__new__(cls, text)
        found.media_type = media_type
        return found


@dataclass(frozen=True)
class Reply:
    """An HTTP response; ``body`` is the parsed JSON value, ABSENT where there is none."""

    status: int
    body: Json | Absent = ABSENT
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Put:
    """Store this record; ``record.version`` is the version it replaces (0: it must be new)."""

    record: Record


@dataclass(frozen=True)
class Delete:
    """Remove this record, if it still has this version."""

    record: Record


@dataclass(frozen=True)
class Hit:
    """One call counted against a quota policy of one credential."""

    key: str
    window: int


@dataclass(frozen=True)
class Emitted:
    """An effect that happened beside the write, for the journal."""

    effect: str
    id: str
    payload: Json = None
    failed: bool = False


@dataclass(frozen=True)
class Keep:
    """The answer to a request with a key, to be given again until then (None: for ever)."""

    key: str
    request: str
    outcome: Outcome
    until: datetime | None = None


Change: TypeAlias = "Put | Delete | Hit | Keep"


class World(Protocol):
    """What ``decide`` may ask about the world. Read-only; a store or a tester's memory answers."""

    @property
    def now(self) -> datetime: ...
    @property
    def moment(
        self,
    ) -> datetime | Unknown: ...  # what expressions call `now`: Unknown where it is not known exactly
    def get(self, resource: str, id: str) -> Record | None: ...
    def of(self, resource: str) -> Sequence[Record]: ...
    def hits(self, key: str) -> Sequence[datetime] | None:
        """The counted calls of a quota policy, oldest first; None: not known."""

    def children(self, resource: str, parent: str) -> Sequence[Record] | None:
        """The records of a nested resource that belong to one; None: not all of them are known."""

    def kept(self, key: str) -> Keep | None: ...  # the answer to a keyed request
    def tag(self, record: Record) -> str | None: ...  # the entity tag; None: not known
    def initial(self, resource: Resource) -> Mapping[str, Json]: ...  # the hidden variables of a new record
    def fresh(self, schema: Json, old: Json) -> Json:
        """A new value for a field that the server sets (an id, a timestamp); may be Unknown."""


@dataclass(frozen=True)
class Auto:
    """A move that no client asks for: when ``when`` holds, ``after`` seconds in the state (None: at once)."""

    name: str
    source: tuple[str, ...]
    to: str
    when: str | None
    pointer: Pointer
    assumed: bool = False
    after: float | None = None
    within: float | None = None
    """Where the time is not exact: when it has come at the latest; ``after`` is then the mock's choice."""


@dataclass(frozen=True)
class Fixture:
    """A named record to start from: overrides of the schema's example."""

    name: str
    data: Mapping[str, Json]
    hidden: Mapping[str, Json]
    parent: str | None = None
    """The id of the parent, or the name of its fixture."""


@dataclass(frozen=True)
class Parent:
    """To which resource a nested one belongs, and by which path parameter of its operations."""

    resource: str
    by: str
    pointer: Pointer
    field: str | None = None
    """The property that holds the parent's id."""


@dataclass(frozen=True)
class Unique:
    """A property that no two records share, and how a second one is refused."""

    field: str
    status: int | None
    message: str | None
    pointer: Pointer
    assumed: bool = False
    update: tuple[str, ...] = ()
    """What may become of an update to a value that another record has; unsaid: it is refused."""


@dataclass(frozen=True)
class Resource:
    """A component schema that is a stored thing (``x-contract.resources``)."""

    name: str
    pointer: Pointer
    schema: Mapping[str, Json]
    id: str
    state: str | None = None
    states: tuple[str, ...] = ()
    initial: str | None = None
    final: tuple[str, ...] = ()
    auto: tuple[Auto, ...] = ()
    managed: Mapping[str, str] = field(default_factory=dict)
    hidden: Mapping[str, Json] = field(default_factory=dict)
    computed: Mapping[str, str] = field(default_factory=dict)
    unique: tuple[Unique, ...] = ()
    fixtures: tuple[Fixture, ...] = ()
    empty: bool = False
    """Whether its author says that there are no records to start with (``fixtures: {}``)."""
    example: Mapping[str, Json] = field(default_factory=dict)
    parent: Parent | None = None
    single: bool = False
    """Whether there is one record only, which no path names."""


@dataclass(frozen=True)
class Envelope:
    """Where a 2xx body shows records: ``at`` points to the record or the list; ``beside`` are siblings
    that bear the name of one of its properties."""

    resource: str
    at: tuple[str, ...]
    many: bool = False
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shape: Pointer | None = None
    """The schema by which records are shown, where that is not their own."""


@dataclass(frozen=True)
class Parameter:
    """A declared parameter; ``schema`` is JSON Schema 2020-12, and stands at ``schema_pointer``."""

    name: str
    place: str
    required: bool
    schema: Mapping[str, Json]
    pointer: Pointer
    schema_pointer: Pointer = ""
    style: str = "form"
    explode: bool = True
    content: str | None = None
    """The media type of a value that is a document of its own."""
    reserved: bool = False
    """Whether reserved characters stand for themselves (``allowReserved``)."""
    may_be_empty: bool = False
    """Whether a name without a value keeps the schema (``allowEmptyValue``)."""


@dataclass(frozen=True, eq=False)
class Content:
    """What is said of one media type of a request body; ``pointer`` is where that stands."""

    media_type: str
    pointer: Pointer
    schema: Mapping[str, Json] | None = None
    schema_pointer: Pointer | None = None
    encoding: Mapping[str, Schema] = field(default_factory=dict)
    item_pointer: Pointer | None = None
    """Where the schema of each item stands, in a body of items one after another (OpenAPI 3.2)."""


@dataclass(frozen=True, eq=False)
class Response:
    """A documented response: key as written (``200``, ``4XX``, ``default``), pointer, schema of a body with
    parts (JSON; XML, YAML and forms where there is none)."""

    key: str
    pointer: Pointer
    schema: Mapping[str, Json] | None
    schema_pointer: Pointer | None
    examples: Mapping[str, Json] = field(default_factory=dict)
    envelope: Envelope | None = None
    media_type: str | None = None
    headers: tuple[str, ...] = ()
    others: tuple[Response, ...] = ()
    """The same response in its other media types."""

    @property
    def example(self) -> Json | Absent:
        """The first documented body."""
        return next(iter(self.examples.values()), ABSENT)

    @property
    def media_types(self) -> list[str]:
        """All that the body can be, the usual one first."""
        return [form.media_type for form in (self, *self.others) if form.media_type]

    def of_type(self, media_type: str) -> Response:
        """The same response in another media type."""
        return next((form for form in self.others if form.media_type == media_type), self)

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The declared ``ETag`` header, as it is written."""
        return tuple(name for name in self.headers if name.lower() == "etag")


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation of the document with the words that stand on it."""

    id: str
    method: str
    path: str
    pointer: Pointer
    parameters: tuple[Parameter, ...]
    responses: tuple[Response, ...]
    secured: bool
    body: Mapping[str, Json] | None = None
    body_pointer: Pointer | None = None
    body_required: bool = False
    contents: tuple[Content, ...] = ()
    """What its body may be, by media type."""
    form: str | None = None
    """The form type of a body that comes as an HTML form only; None where JSON is taken."""
    examples: Mapping[str, Json] = field(default_factory=dict)
    """Documented bodies by name; a single one is called ``example``."""
    resource: str | None = None
    verb: str | None = None
    assumed: bool = False
    words: Mapping[str, Any] = field(default_factory=dict)
    own: str | None = None
    """The path parameter that names the record, where it is not the last one of the path; on a create
    operation below a record, the one that it copies."""
    parent: Parent | None = None
    """Of which record its path speaks besides: the one that the resource's records belong to."""
    inside: tuple[str, ...] = ()
    """Where its body has the record; empty where that is the body itself."""
    bases: tuple[str, ...] = ("",)
    """The paths of the servers that have it."""

    @cached_property
    def media_types(self) -> tuple[str, ...]:
        """The declared media types, and ranges of them, of its body."""
        return tuple(content.media_type for content in self.contents)

    def content(self, media_type: str | None) -> Content | None:
        """What is said of a declared media type."""
        return next((content for content in self.contents if content.media_type == media_type), None)

    def record_in(self, body: object) -> Mapping[str, Json]:
        """The properties of the record in a body of its calls; empty where there is no object."""
        for token in self.inside:
            body = body.get(token) if isinstance(body, Mapping) else None
        if isinstance(body, Mapping):
            return body
        return {}

    def path_in_record(self, path: tuple[str, ...]) -> tuple[str, ...] | None:
        """A place in a body of its calls, counted from the record; None where that is elsewhere."""
        depth = len(self.inside)
        if path[:depth] != self.inside:
            return None
        return path[depth:]

    @property
    def merges(self) -> bool:
        """Whether its body is a JSON Merge Patch (RFC 7396)."""
        return any(media.startswith("application/merge-patch+json") for media in self.media_types)

    @property
    def word_pointer(self) -> Pointer:
        return f"{self.pointer}/x-contract"

    @cached_property
    def success(self) -> Response | None:
        """The documented 2xx response that the mock gives: 201 for what is made, else 200, else the first."""
        found = {r.key: r for r in self.responses if r.key.startswith("2")}
        if self.verb == "create" and "201" in found:
            return found["201"]
        return found.get("200") or next(iter(found.values()), None)

    @cached_property
    def success_status(self) -> int:
        """The documented 2xx, else the first redirect; what only fails answers its first error; else 200."""
        if self.success is not None:
            return _status(self.success, 200)
        for kind, otherwise in (("3", 302), ("D", 200), ("4", 400), ("5", 500)):
            for key, response in self._by_key.items():
                if key.startswith(kind):
                    return _status(response, otherwise)
        return 200

    @cached_property
    def bears_tag(self) -> bool:
        """Whether an answer bears an entity tag."""
        return any(response.tags for response in self.responses)

    @cached_property
    def _by_key(self) -> Mapping[str, Response]:
        return {response.key.upper(): response for response in self.responses}

    def response(self, status: int) -> Response | None:
        """The response documented for a status: exact, then by class, then ``default``.

        4 and 5 stand for their whole class: any response of it will do.
        """
        keys = self._by_key
        if status < 10:
            return next((r for key, r in keys.items() if key[0] == str(status)), keys.get("DEFAULT"))
        return keys.get(str(status)) or keys.get(f"{status // 100}XX") or keys.get("DEFAULT")

    def showing(self, status: int) -> Response | None:
        """The response that says what an answer of a status shows: the documented one; where a success with a
        body is not documented (201 for 200), the usual one."""
        found = self.response(status)
        if found is None and status in (200, 201, 202, 203):
            return self.success
        return found

    def parameter(self, place: str, name: str | None) -> Parameter | None:
        """The parameter of a name at a place; None where none is declared."""
        return next((p for p in self.parameters if (p.place, p.name) == (place, name)), None)

    def item(self, id: str, name: str | None = None) -> Mapping[str, Json]:
        """The path parameter that names a record (or ``name``), typed as it is declared."""
        name = name or self.item_parameter or ""
        declared = self.parameter("path", name)
        kind = declared.schema.get("type") if declared else None
        numeric = kind in ("integer", "number") and id.isascii() and id.lstrip("-").isdigit()
        return {name: int(id) if numeric else id}

    @cached_property
    def mask(self) -> str | None:
        """The query parameter that names the fields which an update is about (AIP-134)."""
        if self.verb != "update":
            return None
        known = [p.name for p in self.parameters if p.place == "query"]
        return next((name for name in known if name.replace("_", "").lower() == "updatemask"), None)

    @cached_property
    def names_record(self) -> bool:
        """Whether the path names one record of the resource (and not only its parent)."""
        item, above = self.item_parameter, self.parent.by if self.parent else None
        return self.verb not in ("create", "list", None) and item is not None and item != above

    @cached_property
    def item_parameter(self) -> str | None:
        """The path parameter that names the record: usually the last one of the path."""
        if self.own is not None:
            return self.own
        names = [p.name for p in self.parameters if p.place == "path"]
        return max(names, key=lambda name: self.path.rfind("{" + name + "}")) if names else None


def _status(response: Response, otherwise: int) -> int:
    """The status of a response; another one for a class of them."""
    if response.key.isdigit():
        return int(response.key)
    return otherwise


@dataclass(frozen=True)
class ErrorKind:
    """How one kind of refusal is answered; status None: not documented, any 4xx will do; 4 or 5: any of
    that class."""

    status: int | None = None
    message: str | None = None
    assumed: bool = False


@dataclass(frozen=True)
class Errors:
    """``x-contract.errors``: status per kind of refusal, and where the text stands in the body."""

    kinds: Mapping[str, ErrorKind] = field(default_factory=dict)
    at: Pointer | None = None
    assumed: bool = False

    def kind(self, name: str) -> ErrorKind:
        return self.kinds.get(name, ErrorKind())


@dataclass(frozen=True)
class Refusal:
    """A reason for which a call may or must be refused.

    ``certain`` is False where the document leaves it open; ``preferred`` says that the mock then refuses.
    ``naming`` is what the text must name, whatever else it says.
    """

    kind: str
    cite: Pointer
    status: int | None = None
    message: str | None = None
    assumed: bool = False
    certain: bool = True
    preferred: bool = True
    detail: str | None = None
    naming: str | None = None
    at: tuple[str, ...] = ()
    """What of the call it is about: the place (``body``, ``query``, …), and the members on the way there."""


@dataclass(frozen=True, kw_only=True)
class Consequence:
    """What a call does: what stood before it, what stands after it, what is stored, emitted and shown.

    ``touched`` maps each field that a word declared as changed to the pointer of that word.
    ``shows`` are further values of the body by path (a total, a page number).
    ``unstored`` are values that were ignored when the record was made: it must not show them.
    ``answers`` maps those of them that a word promises to its pointer.
    ``departs`` are the assumed words that are not followed.
    ``total`` is how many records a list has, all its pages together.
    """

    before: Record | None = None
    after: Record | None = None
    records: Sequence[Record] | None = None
    changes: tuple[Change, ...] = ()
    emitted: tuple[Emitted, ...] = ()
    departs: tuple[Pointer, ...] = ()
    unstored: Mapping[str, Json] = field(default_factory=dict)
    touched: Mapping[str, Pointer] = field(default_factory=dict)
    shows: Mapping[tuple[str, ...], Json] = field(default_factory=dict)
    answers: Mapping[tuple[str, ...], Pointer] = field(default_factory=dict)
    total: int | None = None


@dataclass(frozen=True)
class Outcome(Consequence):
    """One way in which the contract allows a call to be answered.

    ``status`` is what the mock answers; where ``exact`` is False any status of its class will do.
    ``assumed`` says that status and text are a guess: another one earns a warning, not a failure.
    """

    status: int
    exact: bool
    kind: str
    cite: Pointer
    message: str | None = None
    detail: str | None = None
    naming: str | None = None
    retry_after: int | None = None
    assumed: bool = False
    shown: Record | None = None
    """The record that the body shows, where that is an earlier one: the first answer, given again."""
    tag: str | None = None
    """The entity tag that the answer bears."""
    at: tuple[str, ...] = ()
    """What of the call a refusal is about, as ``Refusal`` says it."""

    @property
    def succeeded(self) -> bool:
        return self.kind == "ok"
