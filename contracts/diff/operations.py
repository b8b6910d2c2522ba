"""Changes of shape in one operation: the call itself, parameters, body, answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from troth.contracts.diff.behaviour import Matched, label
from troth.contracts.diff.change import Change
from troth.contracts.diff.differences import required_or_optional
from troth.contracts.diff.flat import REQUEST, RESPONSE
from troth.contracts.diff.schemas import Comparison
from troth.contracts.document import Document, join
from troth.contracts.document.openapi import SAID_ELSEWHERE
from troth.contracts.model import Node, Operation, Pointer, Schema
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE


class Part(NamedTuple):
    """A part of an operation: where it stands, and what stands there."""

    pointer: Pointer
    node: Schema


ParameterKey: TypeAlias = tuple[str, int | str]
"""What makes parameters the same: their place, and their name or position."""


_SCHEMAS = (("schema", ""), ("itemSchema", "/*"))
"""Where the schemas of a media type stand, and what the places below are called."""


class MatchedOperation:
    """One operation in both versions."""

    sent, received = REQUEST, RESPONSE
    """Whose schemas its body and its answers are, seen from the client."""

    def __init__(self, before: Document, after: Document, pair: Matched, comparison: Comparison) -> None:
        self.before, self.after = before, after
        self.old, self.new = pair
        self.comparison = comparison
        self.label = label(self.old)

    def changes(self) -> Iterator[Change]:
        """What differs in it; its schemas are given to the comparison."""
        yield from self._call()
        yield from self._notes()
        yield from self._parameters()
        yield from self._body()
        yield from self._responses()

    def _change(
        self, kind: str, breaking: str, says: str, why: str, old: Pointer | None, new: Pointer | None
    ) -> Change:
        return Change(kind, breaking, says, why, (self.label,), (), old, new)

    def _call(self) -> Iterator[Change]:
        """Its path and its id."""
        places = self.old.pointer, self.new.pointer
        if call_shape(self.old) != call_shape(self.new):
            says = f"the call is `{self.new.method} {self.new.path}` now"
            yield self._change("operation/moved", BREAKS, says, "calls of the old path fail", *places)
            return
        was = self.before.at(self.old.pointer).get("operationId")
        is_ = self.after.at(self.new.pointer).get("operationId")
        if was != is_:
            why = "generated clients call it by that name"
            yield self._change("operation/renamed", MAYBE, f"`operationId` is `{is_}` now", why, *places)

    def _notes(self) -> Iterator[Change]:
        """Its deprecation."""
        places = self.old.pointer, self.new.pointer
        was = self.before.at(self.old.pointer).get("deprecated", False)
        is_ = self.after.at(self.new.pointer).get("deprecated", False)
        if was is not is_:
            says = "the call is deprecated" if is_ else "the call is no longer deprecated"
            yield self._change("operation/deprecated", SAFE, says, "it works as before", *places)

    def _parameters(self) -> Iterator[Change]:
        old, new = _parameters(self.before, self.old), _parameters(self.after, self.new)
        for key, part in old.items():
            if key in new:
                yield from self._parameter(part, new[key])
            else:
                says = f"{_named(part.node)} is gone"
                why = "who sends it is ignored or refused"
                yield self._change("parameter/removed", MAYBE, says, why, part.pointer, None)
        for key, part in new.items():
            if key not in old:
                yield self._new_parameter(part)

    def _new_parameter(self, part: Part) -> Change:
        says = f"{_named(part.node)} is new"
        if part.node.get("required") is True:
            says, why = f"{says} and required", "calls without it are refused"
            return self._change("parameter/added", BREAKS, says, why, None, part.pointer)
        why = "who leaves it out is served as before"
        return self._change("parameter/added", SAFE, says, why, None, part.pointer)

    def _parameter(self, old: Part, new: Part) -> Iterator[Change]:
        name = _named(old.node)
        yield from self._required("parameter/required", name, old, new)
        if _serialization(old.node) != _serialization(new.node):
            says, why = f"{name} is written in another way", "what clients send is read otherwise"
            yield self._change("parameter/style", BREAKS, says, why, old.pointer, new.pointer)
        where = f"{old.node['in']}/{old.node['name']}"
        self._compare(join(old.pointer, "schema"), join(new.pointer, "schema"), REQUEST, where)
        for media in old.node.get("content", ()):
            inner = [join(part.pointer, "content", media, "schema") for part in (old, new)]
            self._compare(inner[0], inner[1], REQUEST, f"{where} as {media}")

    def _required(self, kind: str, name: str, old: Part, new: Part) -> Iterator[Change]:
        """Whether what could be left out must be sent now, or the other way round."""
        needed = bool(new.node.get("required"))
        if needed == bool(old.node.get("required")):
            return
        breaking, why = _judged_need(needed)
        says = f"{name} is {required_or_optional(needed)} now"
        yield self._change(kind, breaking, says, why, old.pointer, new.pointer)

    def _body(self) -> Iterator[Change]:
        old, new = request_body(self.before, self.old), request_body(self.after, self.new)
        if old is not None and new is not None:
            yield from self._required("body/required", "the body", old, new)
            yield from self._contents("body", old, new, self.sent)
        elif old is not None:
            says, why = "the call takes no body now", "what clients send is ignored or refused"
            yield self._change("body/removed", MAYBE, says, why, old.pointer, self.new.pointer)
        elif new is not None:
            needed = bool(new.node.get("required"))
            breaking, why = _judged_need(needed)
            says = "the call takes a body now"
            if needed:
                says += ", which is required"
            yield self._change("body/added", breaking, says, why, None, new.pointer)

    def _contents(self, where: str, old: Part, new: Part, direction: str) -> Iterator[Change]:
        """The media types of a body or an answer, with their schemas."""
        was, is_ = _media_types(old.node), _media_types(new.node)
        places = old.pointer, new.pointer
        for name, as_written in was.items():
            if name in is_:
                one = _media(self.before, old.pointer, as_written)
                other = _media(self.after, new.pointer, is_[name])
                for keyword, inside in _SCHEMAS:
                    pair = join(one, keyword), join(other, keyword)
                    yield from self._schema(f"{where}{inside}", *pair, direction, places)
            else:
                why = "clients ask for it"
                if direction == REQUEST:
                    why = "clients send it"
                yield self._change("media/removed", BREAKS, f"`{name}` of {where} is gone", why, *places)
        for name in is_:
            if name not in was:
                says, why = f"`{name}` of {where} is new", "clients need not use it"
                yield self._change("media/added", SAFE, says, why, *places)

    def _schema(
        self, where: str, old: Pointer, new: Pointer, direction: str, places: tuple[Pointer, Pointer]
    ) -> Iterator[Change]:
        if self._compare(old, new, direction, where):
            return
        has_one = _is_there(self.after, new)
        if has_one is not _is_there(self.before, old):
            article = "a" if has_one else "no"
            says = f"{where} has {article} schema now"
            yield self._change("schema/changed", MAYBE, says, "one of the two says nothing", *places)

    def _compare(self, old: Pointer, new: Pointer, direction: str, where: str) -> bool:
        """Compare the schemas at two places, if there are any."""
        if not _is_there(self.before, old) or not _is_there(self.after, new):
            return False
        self.comparison.compare(old, new, direction, where, self.label)
        return True

    def _responses(self) -> Iterator[Change]:
        old, new = responses(self.before, self.old), responses(self.after, self.new)
        for key, part in old.items():
            if key in new:
                yield from self._contents(f"answer {key}", part, new[key], self.received)
                yield from self._headers(key, part, new[key])
            elif told := _told_otherwise(key, new):
                for other in told:
                    yield from self._contents(f"answer {other}", part, new[other], self.received)
                says, why = f"answer {key} is told as {', '.join(told)}", _why_told_otherwise(key)
                breaking = SAFE if key.endswith("XX") else MAYBE
                yield self._change("response/told", breaking, says, why, part.pointer, self.new.pointer)
            else:
                breaking, why = _judged_loss(key, old, new)
                places = part.pointer, self.new.pointer
                yield self._change("response/removed", breaking, f"answer {key} is gone", why, *places)
        for key, part in new.items():
            if key not in old and not _told_otherwise(key, old):
                breaking, why = _judged_gain(key, old)
                places = self.old.pointer, part.pointer
                yield self._change("response/added", breaking, f"answer {key} is new", why, *places)

    def _headers(self, key: str, old: Part, new: Part) -> Iterator[Change]:
        was, is_ = _headers(old), _headers(new)
        for name, pointer in was.items():
            at, node = self.before.resolve(pointer)
            if name in is_:
                to, other = self.after.resolve(is_[name])
                where = f"answer {key} header {name}"
                self._compare(f"{at}/schema", f"{to}/schema", self.received, where)
                yield from self._header_need(
                    f"header `{name}` of answer {key}", Part(at, node), Part(to, other)
                )
            else:
                breaking = BREAKS if node.get("required") else MAYBE
                says = f"header `{name}` of answer {key} is gone"
                yield self._change("header/removed", breaking, says, "clients may read it", at, new.pointer)

    def _header_need(self, name: str, old: Part, new: Part) -> Iterator[Change]:
        """Whether clients can no longer count on a header, or can now."""
        needed = bool(new.node.get("required"))
        if needed == bool(old.node.get("required")):
            return
        breaking, why = SAFE, "clients may count on it now"
        if not needed:
            breaking, why = BREAKS, "clients count on it"
        says = f"{name} is {required_or_optional(needed)} now"
        yield self._change("header/required", breaking, says, why, old.pointer, new.pointer)


def call_shape(operation: Operation) -> tuple[str, str]:
    """Method and path, whatever the path's parameters are called."""
    path = operation.path.rstrip("/") or "/"
    return operation.method, re.sub(r"\{[^{}]*\}", "{}", path)


def _judged_need(needed: bool) -> tuple[str, str]:
    if needed:
        return BREAKS, "calls without it are refused"
    return SAFE, "it may be left out"


def _told_otherwise(key: str, others: dict[str, Part]) -> list[str]:
    """The successes that say in another version what one says: those within a range, or the range."""
    if key == "2XX":
        return [other for other in others if other.startswith("2")]
    if key.startswith("2") and "2XX" in others:
        return ["2XX"]
    return []


def _why_told_otherwise(key: str) -> str:
    if key.endswith("XX"):
        return "it was any of these"
    return "it may be any of these now"


def _judged_loss(key: str, olds: dict[str, Part], others: dict[str, Part]) -> tuple[str, str]:
    """What it means that an answer is gone."""
    why = "clients handle this answer and get another"
    if key.startswith("2"):
        if any(other.startswith("2") for other in olds.keys() & others.keys()):
            return MAYBE, "clients know the other successes"
        return BREAKS, why
    if _wider(key) & others.keys():
        return SAFE, "another entry covers it"
    return MAYBE, why


def _judged_gain(key: str, others: dict[str, Part]) -> tuple[str, str]:
    """What it means that an answer is new."""
    if key[0] not in "23" or _wider(key) & others.keys():
        return SAFE, "clients handle refusals"
    return MAYBE, "clients may not know this success"


def _wider(key: str) -> set[str]:
    """The entries that hold for a status, too."""
    return {f"{key[0]}XX", "default"}


def _named(parameter: Schema) -> str:
    return f"the {parameter['in']} parameter `{parameter['name']}`"


def _parameters(document: Document, operation: Operation) -> dict[ParameterKey, Part]:
    """By place and name; those of the path by their position, whatever they are called."""
    order = re.findall(r"\{([^{}]*)\}", operation.path)
    found: dict[ParameterKey, Part] = {}
    for base in (operation.pointer.rpartition("/")[0], operation.pointer):
        for index in range(len(document.at(base).get("parameters") or ())):
            part = Part(*document.resolve(join(base, "parameters", index)))
            if not part.node.keys() >= {"in", "name"}:
                continue  # it was left out
            place = part.node["in"]
            if _is_ignored(place, str(part.node["name"])):
                continue
            found[place, _key(place, str(part.node["name"]), order)] = part
    return found


def _is_ignored(place: str, name: str) -> bool:
    """Whether a definition "SHALL be ignored" (Parameter Object, ``name``)."""
    if place != "header":
        return False
    return name.lower() in SAID_ELSEWHERE


def _key(place: str, name: str, order: list[str]) -> int | str:
    if place == "path" and name in order:
        return order.index(name)
    if place == "header":
        return name.lower()
    return name


def request_body(document: Document, operation: Operation) -> Part | None:
    """The body of an operation, if it has one."""
    if "requestBody" not in document.at(operation.pointer):
        return None
    return Part(*document.resolve(f"{operation.pointer}/requestBody"))


def responses(document: Document, operation: Operation) -> dict[str, Part]:
    """The answers of an operation by their keys."""
    found = {}
    for key in document.at(operation.pointer).get("responses") or ():
        part = Part(*document.resolve(join(operation.pointer, "responses", key)))
        found[_status(str(key))] = part
    return found


def _status(key: str) -> str:
    """A key of ``responses`` in the one way in which it is compared."""
    if key.lower() == "default":
        return "default"
    return key.upper()


def _headers(response: Part) -> dict[str, Pointer]:
    names = response.node.get("headers") or ()
    return {str(name).lower(): join(response.pointer, "headers", name) for name in names}


def _media_types(part: Node) -> dict[str, str]:
    """Media types without their parameters, each with how it is written."""
    names = part.get("content") or ()
    return {name.partition(";")[0].strip().lower(): name for name in names}


def _media(document: Document, body: Pointer, name: str) -> Pointer:
    """Where a media type of a body stands."""
    at, _ = document.resolve(join(body, "content", name))
    return at


def _serialization(parameter: Schema) -> tuple[Node, ...]:
    """How a parameter is written, with what is meant where nothing is said."""
    style = parameter.get("style")
    if not style:
        style = "form" if parameter["in"] in ("query", "cookie") else "simple"
    explode = parameter.get("explode", style == "form")
    return style, explode, parameter.get("allowReserved", False), sorted(parameter.get("content") or ())


def _is_there(document: Document, pointer: Pointer) -> bool:
    try:
        document.at(pointer)
    except LookupError:
        return False
    return True
