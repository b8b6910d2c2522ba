"""Every operation of a served document, called with a valid request; reads twice."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from urllib3.filepost import encode_multipart_formdata

from tests.corpus.judging import Judge
from tests.mock_server.calling import Answer, Client
from troth import Contract, Mock
from troth.contracts.contract.identity import SINGLE, id_of, says_which
from troth.contracts.contract.scopes import in_paths, own_id, told_by_path
from troth.contracts.deciding.shown import shown
from troth.contracts.document.plausible import plausible
from troth.contracts.model import Operation, Parameter, Record, Reply
from troth.mock_server.stores.memory import MemoryStore


@dataclass
class Walk:
    """What came of it: answers by status, and what is wrong, with the operation."""

    answers: Counter[int] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    impossible: dict[str, str] = field(default_factory=dict)

    @property
    def checked(self) -> int:
        return self.answers.total()


class Impossible(Exception):
    """No body that keeps the schema was found: most often there can be none."""


class Walker:
    """Calls one contract's mock."""

    def __init__(self, contract: Contract) -> None:
        self.contract, self.mock = contract, Mock([contract])
        (self.api,) = self.mock.apis
        self.client, self.judge, self.found = (
            Client(self.mock, prefix=self.api.mount),
            Judge(contract.document),
            Walk(),
        )

    @property
    def store(self) -> MemoryStore:
        """What is stored now: a reset begins with another one."""
        return self.mock.session.store_of(self.api)

    def walk(self) -> Walk:
        """Reads, creates, changes, removals; then what is created is followed through its life."""
        for operation in sorted(self.reachable(), key=lambda o: (_turn(o), -len(o.path))):
            if operation.verb == "create":
                self.mock.reset()  # two operations may make the same
            first = self.call(operation)
            if operation.method == "GET" and first is not None:
                again = self.call(operation)
                if again is not None and again.raw != first.raw:
                    self.note(operation, "another answer the second time")
        self.mock.reset()
        for name in self.contract.resources:
            self.live(name)
        return self.found

    def reachable(self) -> Iterator[Operation]:
        """Operations that HTTP can tell apart: no fragment or query in the path, none of its form before."""
        seen: set[tuple[str, str]] = set()
        for operation in self.contract.operations.values():
            form = operation.method, re.sub(r"\{[^}]+\}", "{}", operation.path)
            if not {"#", "?"} & {*operation.path} and form not in seen:
                yield operation
            seen.add(form)

    def note(self, operation: Operation, problem: str) -> None:
        self.found.problems.append(f"{operation.method} {operation.path}: {problem}")

    def sample(self, pointer: str) -> Any:
        return plausible(self.contract.document.schemas, pointer, Random(0))

    def call(
        self,
        operation: Operation,
        id_: str | None = None,
        above: str | None = None,
        about: str | None = None,
    ) -> Answer | None:
        """One call with all that is required; None where a crash or no valid request is to be had."""
        try:
            body, headers = self.body(operation, about or id_)
        except Impossible as why:
            self.found.impossible[f"{operation.method} {operation.path}"] = str(why)
            return None
        path = operation.bases[0] + self.path(operation, id_, above, about)
        query = self.query(operation, about or id_)
        headers |= self.headers(operation)
        try:
            answer = self.client(operation.method, path, raw=body, query=query, **headers)
        except Exception as error:  # noqa: BLE001 - a crash is what is looked for
            self.note(operation, f"crashed: {error!r}")
            return None
        self.found.answers[answer.status] += 1
        if self.is_gone(operation, answer.status):
            return answer
        if operation.method != "HEAD":
            for problem in self.judge.judge(operation.pointer, answer.status, answer.headers, answer.raw):
                self.note(operation, problem)
        if answer.status >= 500:
            self.note(operation, f"{answer.status} {answer.raw[:200]!r}")
        elif answer.status >= 400 and _may_succeed(operation):
            self.note(operation, f"refused: {answer.status} {answer.headers.get('x-mock-reason')}")
        return answer

    def is_gone(self, operation: Operation, status: int) -> bool:
        """Whether what there was has been removed by an operation before."""
        return status == 404 and operation.names_record and self.record(operation) is None

    def path(self, operation: Operation, id_: str | None, above: str | None, about: str | None = None) -> str:
        record = self.record(operation)
        own = operation.item_parameter if operation.names_record else operation.own
        parent = operation.parent.by if operation.parent else None
        meant = self.record(operation, about or id_) or record
        besides = in_paths(self.contract, meant) if meant else {}
        over = self.over(operation, above or (record.parent if record else None))
        besides |= in_paths(self.contract, over) if over else {}
        besides |= self.told(operation, meant) if meant else {}
        declared = {p.name: p for p in operation.parameters if p.place == "path"}

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name in besides:
                return quote(besides[name], safe="")
            if name == own and (id_ or record):
                return quote(self.named(operation, name, id_ or (record.id if record else "")), safe="")
            if name == parent and over is not None:
                return quote(own_id(self.contract, over), safe="")
            if name not in declared:
                return "1"
            sample = self.sample(declared[name].schema_pointer or "")
            return quote(_text(sample) or "1", safe="")

        return re.sub(r"\{([^}]+)\}", value, operation.path)

    def told(self, operation: Operation, record: Record) -> dict[str, str]:
        """What the path of a list says of a record that is to be in it."""
        found = {}
        for scope in told_by_path(self.contract, operation):
            value = id_of(scope.property, record.data)
            if isinstance(value, dict):
                value = value.get("id")
            if operation.verb == "list" and value:
                found[scope.parameter] = str(value)
        return found

    def over(self, operation: Operation, id_: str | None) -> Record | None:
        """The record that a path names as the parent: the one of an id, or the first."""
        if operation.parent is None:
            return None
        found = self.store.of(operation.parent.resource)
        return next((r for r in found if id_ in (None, r.id)), None)

    def named(self, operation: Operation, parameter: str, id_: str) -> str:
        """What a path says for a record: its id, or the property that bears the parameter's name."""
        record = self.record(operation, id_)
        resource = self.contract.resources[operation.resource or ""]
        if record is None:
            return id_
        own = record.data.get(parameter)
        if resource.id == parameter or not isinstance(own, (str, int)):
            return own_id(self.contract, record)
        return str(own)

    def record(self, operation: Operation, id_: str | None = None) -> Record | None:
        """The record that a call is about: the one that is named, or the first."""
        found = self.store.of(operation.resource or "")
        return next((r for r in found if id_ in (None, r.id)), None)

    def query(self, operation: Operation, id_: str | None) -> bytes:
        pairs: list[tuple[str, str]] = []
        for parameter in (p for p in operation.parameters if p.place == "query"):
            meant = self.meant(operation, id_, parameter.name)
            if meant is not None:
                pairs.append((parameter.name, meant))
            elif parameter.required:
                sample = self.asked(operation, parameter, id_)
                pairs += _pairs(parameter.name, sample, deep=True)
        for scheme in self.schemes(operation):
            if (scheme.get("type"), scheme.get("in")) == ("apiKey", "query"):
                pairs.append((scheme["name"], "any-key"))
        return urlencode(pairs).encode()

    def asked(self, operation: Operation, parameter: Parameter, id_: str | None) -> Any:
        """What a parameter that a query must have asks for: what a record has, where that may be sent."""
        sample = self.sample(parameter.schema_pointer or "")
        record = self.record(operation, id_)
        own = _namesake(record, parameter.name) if record else None
        if record and parameter.name.lower().rstrip("s") == str(self.key(operation)).lower():
            own = record.id  # `ids` of an `id`
        if own is not None and isinstance(sample, list) and not isinstance(own, list):
            own = [own]
        if self.contract.document.schemas.valid(parameter.schema_pointer or "", own):  # it selects
            sample = own
        return sample

    def key(self, operation: Operation) -> str | None:
        """The property that identifies what an operation is about."""
        resource = self.contract.resource_of(operation)
        return resource.id if resource else None

    def headers(self, operation: Operation) -> dict[str, str]:
        found = self.needed(operation, "header")
        cookies = self.needed(operation, "cookie")
        for scheme in self.schemes(operation):
            where = scheme.get("in") if scheme.get("type") == "apiKey" else None
            if where == "header":
                self.client.defaults[scheme["name"]] = "Bearer any-key"
            elif where == "cookie":
                cookies[scheme["name"]] = "any-key"
            elif str(scheme.get("scheme", "")).lower() == "basic":
                found["Authorization"] = "Basic YW55Om9uZQ=="
        if cookies:
            found["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return found

    def needed(self, operation: Operation, place: str) -> dict[str, str]:
        """The parameters of a place that a call must have."""
        needed = [p for p in operation.parameters if p.place == place and p.required]
        return {p.name: _text(self.sample(p.schema_pointer or "")) or "x" for p in needed}

    def schemes(self, operation: Operation) -> Iterator[Any]:
        document = self.contract.document
        node = document.at(operation.pointer)
        for asked in node.get("security", document.data.get("security")) or ():
            for name in asked:
                if name in (document.data.get("components") or {}).get("securitySchemes", {}):
                    yield document.resolve(f"/components/securitySchemes/{name}")[1]
            return

    def meant(self, operation: Operation, id_: str | None, name: str) -> Any:
        """The id of what is meant, where a body or a query says it, and no path."""
        record = self.record(operation, id_)
        if operation.verb in (None, "create", "list") or operation.names_record:
            return None
        if record is None or not says_which(operation.path, name):
            return None
        return own_id(self.contract, record)

    def body(self, operation: Operation, id_: str | None = None) -> tuple[bytes, dict[str, str]]:
        if not operation.media_types:
            return b"", {}
        media = operation.media_types[0]
        if operation.body_pointer is None or operation.body is None:
            content = b"text" if operation.body_required else b""
            return content, {"Content-Type": media} if "*" not in media else {}
        media = next((m for m in operation.media_types if "json" in m), media)
        sample = self.kept(operation.body_pointer, operation.body)
        if isinstance(sample, dict):
            told = {name: self.meant(operation, id_, name) for name in sample}
            sample |= {name: value for name, value in told.items() if value is not None}
        if "*" in media:
            media = "application/json"
        if "json" in media:
            return json.dumps(sample).encode(), {"Content-Type": media}
        members = sample or {}
        self.sayable(operation.body, members)
        return _form(media, members)

    def kept(self, pointer: str, schema: Any) -> Any:
        """A body that may be sent and keeps its schema. Raises Impossible."""
        whole = self.sample(pointer)
        sent = self.sendable(schema, whole)
        told = whole
        if self.contract.document.version == "3.0":  # of readOnly, only 3.0 validators know
            told = sent
        wrong = self.judge.broken(pointer, told, sent=True)
        if wrong:
            raise Impossible(wrong)
        return sent

    def sayable(self, schema: Any, members: Any) -> None:
        """Raises Impossible where a form would lack what is required: it cannot say what is empty."""
        required = self.contract.document.schemas.resolve(schema).get("required", ())
        if any(members.get(name) in ({}, []) for name in required):
            raise Impossible([f"no form can say {members}"])

    def sendable(self, schema: Any, value: Any) -> Any:
        """A body without what only answers show."""
        schemas = self.contract.document.schemas
        resolved = schemas.resolve(schema)
        if isinstance(value, list) and isinstance(resolved, dict):
            return [self.sendable(resolved.get("items"), item) for item in value]
        if not isinstance(value, dict) or not isinstance(resolved, dict):
            return value
        known = {k: schemas.resolve(v) for k, v in (resolved.get("properties") or {}).items()}
        kept = {
            k: v
            for k, v in value.items()
            if not (isinstance(known.get(k), dict) and known[k].get("readOnly"))
        }
        return {k: self.sendable(known.get(k), v) for k, v in kept.items()}

    def live(self, name: str) -> None:
        """A record is created, read, listed, changed and deleted; every answer agrees with the others."""
        acting = {verb: self.contract.acting(name, verb) for verb in ("create", "read", "list", "delete")}
        reading, listing = acting["read"], acting["list"]
        for record in list(self.store.of(name))[:2]:
            seen = self.said(reading, record.id, record.parent)
            if isinstance(seen, dict) and self.id_of(name, seen) != own_id(self.contract, record):
                self.note(reading, f"shows another id than {record.id}")  # type: ignore[arg-type]
            self.listed(name, listing, record, seen, there=True)
        made = self.said(acting["create"])
        if not isinstance(made, dict):
            return
        id_ = self.id_of(name, made)
        stored = next((r for r in reversed(self.store.of(name)) if own_id(self.contract, r) == id_), None)
        if stored is None:
            self.note(acting["create"], f"answers with {id_}, which is not there")  # type: ignore[arg-type]
            return
        id_ = stored.id
        seen = self.said(reading, id_, stored.parent)
        if isinstance(seen, dict) and _differ(made, seen):
            self.note(reading, f"differs from what was created: {_differ(made, seen)}")  # type: ignore[arg-type]
        self.listed(name, listing, stored, seen, there=True)
        if acting["delete"] is not None:
            self.call(acting["delete"], id_, stored.parent)
            if self.store.get(name, id_):
                self.note(acting["delete"], "the record is still there")
            self.listed(name, listing, stored, None, there=False)

    def id_of(self, name: str, shown: dict[str, Any]) -> str:
        """The id that a record shows, wherever it has it."""
        resource = self.contract.resources[name]
        if resource.single:
            return SINGLE
        return str(id_of(resource.id, shown))

    def listed(self, name: str, listing: Operation | None, record: Record, seen: Any, *, there: bool) -> None:
        id_ = record.id
        if listing is None or self.left_out(listing, id_):
            return
        items = self.said(listing, above=record.parent, about=id_)
        if listing is None or not isinstance(items, list):
            return
        shown_id = own_id(self.contract, record)
        item = next((i for i in items if isinstance(i, dict) and self.id_of(name, i) == shown_id), None)
        if (item is not None) != there:
            self.note(listing, f"{id_} is {'not ' if there else ''}in the list")
        elif item and isinstance(seen, dict) and _differ(item, seen):
            self.note(listing, f"the item differs from the detail: {_differ(item, seen)}")

    def left_out(self, listing: Operation, id_: str) -> bool:
        """Whether a required parameter selects by a value that may not be sent."""
        record, valid = self.record(listing, id_), self.contract.document.schemas.valid
        required = [p for p in listing.parameters if p.place == "query" and p.required]
        own = [(p, record.data[p.name]) for p in required if record and p.name in record.data]
        return any(not isinstance(v, dict) and not valid(p.schema_pointer or "", v) for p, v in own)

    def said(
        self,
        operation: Operation | None,
        id_: str | None = None,
        above: str | None = None,
        about: str | None = None,
    ) -> Any:
        """What an answer says of the resource."""
        if operation is None:
            return None
        answer = self.call(operation, id_, above, about)
        if (
            answer is None
            or answer.status >= 300
            or not answer.raw
            or "json" not in answer.headers["content-type"]
        ):
            return None
        return shown(operation, Reply(answer.status, answer.json))


def _namesake(record: Record, name: str) -> Any:
    """The property of a record that is called like a parameter, however that is written."""
    return next((value for key, value in record.data.items() if key.lower() == name.lower()), None)


def _turn(operation: Operation) -> int:
    """When an operation is called: what is made is not what another call has changed before."""
    if operation.method in ("GET", "HEAD"):
        return 0
    if operation.verb == "create":
        return 1
    return 3 if operation.method == "DELETE" else 2


def _may_succeed(operation: Operation) -> bool:
    """Whether a document says of an operation that it succeeds: some document what is refused only."""
    keys = [response.key for response in operation.responses]
    return not keys or any(key[:1].lower() in "123d" for key in keys)


def _differ(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {k: (one[k], other[k]) for k in one.keys() & other.keys() if one[k] != other[k]}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value)


def _form(media: str, members: Any) -> tuple[bytes, dict[str, str]]:
    """The members of a body as the fields of a form, with what its header says."""
    multipart = media.startswith("multipart/")
    sent = [pair for name, value in members.items() for pair in _pairs(name, value, deep=not multipart)]
    if multipart:
        parts, media = encode_multipart_formdata(sent)
        return parts, {"Content-Type": media}
    return urlencode(sent).encode(), {"Content-Type": media}


def _pairs(name: str, value: Any, *, deep: bool) -> list[tuple[str, str]]:
    if isinstance(value, list) and not any(isinstance(item, (list, dict)) for item in value):
        return [(name, _text(item)) for item in value]
    if isinstance(value, (list, dict)) and deep:
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        return [pair for key, item in inner for pair in _pairs(f"{name}[{key}]", item, deep=deep)]
    return [(name, _text(value))]
