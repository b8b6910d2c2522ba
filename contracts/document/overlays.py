"""OpenAPI Overlays 1.0 and 1.1: actions that are applied to a document whose file stays as it is.

As the standard says, mappings merge and lists are concatenated. One thing is stricter: an action that selects
nothing is an error, or the rules for a path would be lost in silence when the vendor renames it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeGuard

from troth.contracts.document.files import Reach
from troth.contracts.document.hints import did_you_mean
from troth.contracts.document.origins import Origin, Part
from troth.contracts.document.origins import Path as Way
from troth.contracts.document.pointers import join
from troth.contracts.document.source import Source, within_bounds
from troth.contracts.document.yaml_loader import DEEPEST
from troth.contracts.errors import SourceError
from troth.contracts.model import Finding, Node, Pointer, Schema

_ROOT = ("overlay", "info", "extends", "actions")
_ACTION = ("target", "description", "update", "copy", "remove")


def is_overlay(data: Node) -> TypeGuard[dict[str, Node]]:
    """Whether a file is an overlay rather than an OpenAPI document."""
    return isinstance(data, dict) and "overlay" in data and not {"openapi", "swagger"} & data.keys()


def gather(first: Source, given: Sequence[Source], allowed: Reach) -> tuple[Source, list[Source]]:
    """The document and its overlays in order, where ``first`` may be one that ``extends`` the document."""
    chain: list[Source] = []
    while is_overlay(first.data):
        _require(_shape(first))
        if first.path.resolve() in {source.path.resolve() for source in chain}:
            raise _wrong(first, "/extends", "`extends` leads back to this overlay")
        chain.insert(0, first)
        first = _extended(first, allowed)
    for source in given:
        _require(_shape(source))
    return first, [*chain, *given]


def apply(base: Source, overlays: Mapping[str, Source]) -> tuple[Node, Origin]:
    """The document with overlays applied in order, and where each part was written. Raises SourceError."""
    files = {"": base, **overlays}
    part = Part(base.data, Origin())
    findings: list[Finding] = []
    for key, source in overlays.items():
        for number, action in enumerate(source.data["actions"]):
            try:
                part = _Action(files, key, f"/actions/{number}", action).on(part)
            except SourceError as error:
                findings += error.findings
            except RecursionError:
                raise _wrong(source, "/actions", f"more than {DEEPEST} levels would be nested") from None
        within_bounds(part.value, source.name)
    _require(findings)
    return part.value, part.origin


class _Action:
    def __init__(self, files: Mapping[str, Source], key: str, at: Pointer, action: Schema) -> None:
        self.files, self.key, self.source = files, key, files[key]
        self.at, self.action = at, action

    def on(self, root: Part) -> Part:
        places = self.select("target", root)
        if self.action.get("remove"):
            return self.without(root, places)
        new = self.new(root)
        kinds = sorted({_kind(root.at(place).value) for place in places})
        if len(kinds) > 1:
            message = f"selects {' and '.join(kinds)}; all that it selects must be of one kind"
            raise _wrong(self.source, f"{self.at}/target", message)
        for place in places:
            root = root.changed(place, lambda old: self.merged(old, _fitted(old, new)))
        return root

    def without(self, root: Part, places: list[Way]) -> Part:
        """The document without some places."""
        if () in places:
            raise _wrong(self.source, f"{self.at}/target", "the document as a whole cannot be removed")
        for place in sorted(places, reverse=True):  # from the end: indexes stay right
            root = root.removed(place)
        return root

    def new(self, root: Part) -> Part:
        """What is to be merged into each target."""
        if "copy" not in self.action:
            return Part(self.action["update"], Origin(self.key, f"{self.at}/update"))
        copied, *more = self.select("copy", root)
        if more:
            message = f"{self.action['copy']!r} selects {1 + len(more)} places; `copy` is of one"
            raise _wrong(self.source, f"{self.at}/copy", message)
        return root.at(copied)

    def select(self, field: str, root: Part) -> list[Way]:
        """The places that a JSONPath selects, at least one."""
        from troth.contracts.document.jsonpaths import NoJsonPath, missing, selected  # noqa: PLC0415 - few need it

        text, at = self.action[field], f"{self.at}/{field}"
        try:
            places = selected(text, root.value)
        except NoJsonPath as error:
            message = f"{text!r} is not a JSONPath (RFC 9535): {error}"
            location = self.source.inside(at, text, error.offset)
            raise SourceError([Finding("C01", message, at, location)]) from None
        if not places:
            message = f"{text!r} selects nothing: {missing(text, root.value)}"
            raise SourceError([Finding("O1", message, at, self.source.locate(at))])
        return places

    def merged(self, old: Part, new: Part) -> Part:
        kind = _kind(old.value)
        if kind != _kind(new.value):
            there = self.files[old.origin.source].locate(old.origin.pointer)
            at = f"{self.at}/copy"
            if "update" in self.action:
                at = new.origin.pointer
            raise _wrong(self.source, at, f"{_kind(new.value)} does not fit {kind} at {there}")
        if kind == "a mapping":
            return self.merged_mapping(old, new)
        if kind == "a list":
            for i in range(len(new.value)):
                old = old.with_child(len(old.value), new.child(i))
            return old
        return new

    def merged_mapping(self, old: Part, new: Part) -> Part:
        for key in new.value:
            child = new.child(key)
            if key in old.value:
                child = self.merged(old.child(key), child)
            old = old.with_child(key, child)
        return old


def _fitted(old: Part, new: Part) -> Part:
    """One item for a list is a list of one."""
    if isinstance(old.value, list) and not isinstance(new.value, list):
        return Part([new.value], Origin(new.origin.source, new.origin.pointer, {"0": new.origin}))
    return new


def _kind(value: Node) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "a value"


def _extended(source: Source, allowed: Reach) -> Source:
    written = source.data.get("extends")
    if written is None:
        raise _wrong(source, "", "is an overlay without `extends`; name a document, and this with --overlay")
    if "://" in written:
        raise _wrong(source, "/extends", f"`extends: {written}` leads to the network, which is not read")
    path, name = source.beside(written)
    if not allowed.has(Path(os.path.realpath(path))):
        raise _wrong(source, "/extends", f"`extends: {written}` {allowed.why}")
    if not path.is_file():
        message = f"`extends: {written}`: there is no file {path.name!r} there"
        raise SourceError([Finding("C03", message, "/extends", source.locate("/extends"))])
    return Source(path, name)


def _require(findings: Iterable[Finding]) -> None:
    found = list(findings)
    if found:
        raise SourceError(found)


def _shape(source: Source) -> Iterator[Finding]:
    """What is wrong with the frame of an overlay and of its actions."""
    data = source.data
    if not is_overlay(data):
        found = _kind(data)
        if isinstance(data, dict) and "openapi" in data:
            found = "an OpenAPI document"
        message = f"is not an overlay: found {found}, expected `overlay: 1.1.0`, `info` and `actions`"
        yield _finding(source, "", message)
        return
    yield from _strangers(source, "", data, _ROOT)
    yield from _frame(source, data)
    actions = data.get("actions")
    if not isinstance(actions, list) or not actions:
        yield _finding(source, "/actions", "`actions` must be a list with at least one action")
        return
    for number, action in enumerate(actions):
        yield from _action_shape(source, f"/actions/{number}", action, str(data["overlay"]))


def _frame(source: Source, data: Schema) -> Iterator[Finding]:
    version, info = data["overlay"], data.get("info")
    if not isinstance(version, str) or not re.fullmatch(r"1\.[01]\.\d+", version):
        yield _finding(source, "/overlay", f"`overlay: {version}` is not read; valid are 1.0.0 and 1.1.0")
    if not isinstance(info, dict) or not {"title", "version"} <= info.keys():
        yield _finding(source, "/info", "`info` must be a mapping with `title` and `version`")
    if not isinstance(data.get("extends", ""), str):
        yield _finding(source, "/extends", "`extends` must be text: the path of a document")


def _action_shape(source: Source, at: Pointer, action: Node, version: str) -> Iterator[Finding]:
    if not isinstance(action, dict):
        yield _finding(source, at, f"found {_kind(action)}, expected a mapping with `target` and `update`")
        return
    yield from _strangers(source, at, action, _ACTION)
    for name, without in (("target", None), ("copy", "")):
        if not isinstance(action.get(name, without), str):
            yield _finding(source, f"{at}/{name}", f"`{name}` must be text: a JSONPath such as $.paths")
    if not isinstance(action.get("remove", False), bool):
        yield _finding(source, f"{at}/remove", "`remove` must be true or false")
    if "copy" in action and version.startswith("1.0"):
        yield _finding(source, f"{at}/copy", "`copy` came with overlay 1.1.0")
    asked = _asked(action)
    if len(asked) != 1:
        found = " and ".join(asked or ["none"])
        yield _finding(source, at, f"an action has one of `update`, `copy`, `remove: true`; found {found}")


def _asked(action: Schema) -> list[str]:
    """What an action asks for, as messages write it."""
    asked = [f"`{name}`" for name in ("update", "copy") if name in action]
    if action.get("remove", False):
        asked.append("`remove`")
    return asked


def _strangers(source: Source, at: Pointer, data: Schema, known: Sequence[str]) -> Iterator[Finding]:
    for name in data:
        if name not in known and not name.startswith("x-"):
            yield _finding(source, join(at, name), f"there is no {name!r} here{did_you_mean(name, known)}")


def _finding(source: Source, at: Pointer, message: str) -> Finding:
    return Finding("C01", message, at, source.locate(at))


def _wrong(source: Source, at: Pointer, message: str) -> SourceError:
    return SourceError([_finding(source, at, message)])
