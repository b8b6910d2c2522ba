"""One document out of all its files: every ``$ref`` to another file becomes a local one.

A file that is referred to is embedded whole under ``x-troth-files`` and the references into it are
rewritten, so that recursion stays possible and nothing is copied twice. The validators, connexion and
schemathesis all get this one self-contained dictionary; positions are translated back to the files.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

from troth.contracts.document.dynamic import KEYWORD as DYNAMIC
from troth.contracts.document.dynamic import bound
from troth.contracts.document.fetched import ALONE, is_fetched, named
from troth.contracts.document.files import Reach, reach
from troth.contracts.document.hints import did_you_mean
from troth.contracts.document.inlining import inlined, is_group
from troth.contracts.document.mending import lost_dynamic, mend, name_targets
from troth.contracts.document.origins import Origin, Sources
from troth.contracts.document.overlays import apply, gather
from troth.contracts.document.pointers import copied, join, split, walk
from troth.contracts.document.references import (
    EMBEDDED,
    base_of,
    identified,
    is_data,
    own_ids,
    references,
    resolved,
)
from troth.contracts.document.schemas import Schemas
from troth.contracts.document.source import Source
from troth.contracts.errors import SourceError
from troth.contracts.model import Finding, Location, Node, Pointer

__all__ = ["EMBEDDED", "Document", "did_you_mean", "read_document", "references"]

_KINDS = {list: "list", str: "text", int: "number", float: "number", bool: "boolean"}

WORDS_KEY = "x-contract"
"""Where a document says how its API behaves."""


class Document:
    """A loaded OpenAPI document: ``data`` is self-contained, ``version`` is ``3.0``, ``3.1`` or ``3.2``."""

    def __init__(self, name: str, data: dict[str, Node], sources: Sources) -> None:
        self.name = name
        self.data = data
        self.sources = sources
        self.guessed = False
        """Whether its words were inferred."""
        self.runs_below: tuple[Path, ...] | None = None
        """The folders whose Python files may be run where it names them; None: they are only read."""
        self.faults: tuple[Finding, ...] = ()
        """What could not be used and was left out."""
        self.version = ".".join(str(data.get("openapi", "")).split(".")[:2])

    @cached_property
    def mentions_words(self) -> bool:
        """Whether any of its files may have words."""
        return any(WORDS_KEY in source.text for source in self.sources.values())

    @cached_property
    def schemas(self) -> Schemas:
        """Compiled JSON Schema validators of this document."""
        if _mentions(self.sources, DYNAMIC):
            return Schemas(bound(self.data), self.version)
        return Schemas(self.data, self.version)

    @cached_property
    def references(self) -> list[tuple[Pointer, str]]:
        """Every ``$ref`` and ``$dynamicRef``, with the pointer of the object that carries it."""
        if _mentions(self.sources, DYNAMIC):
            return references(self.data) + references(self.data, DYNAMIC)
        return references(self.data)

    def at(self, pointer: Pointer) -> Node:
        """The value at a pointer; raises LookupError where there is none."""
        return walk(self.data, split(pointer))

    def resolve(self, pointer: Pointer) -> tuple[Pointer, Node]:
        """Follow ``$ref`` from a pointer to the node that is meant, and where it stands."""
        seen: set[Pointer] = set()
        value = self.at(pointer)
        while isinstance(value, dict) and isinstance(value.get("$ref"), str):
            if pointer in seen:
                raise SourceError(
                    [self.finding("C03", f"$ref {value['$ref']!r} leads back to itself", pointer)]
                )
            seen.add(pointer)
            pointer = unquote(value["$ref"].removeprefix("#"))
            value = self.at(pointer)
        return pointer, value

    def locate(self, pointer: Pointer, *, key: bool = True) -> Location:
        """File, line and column of a pointer into the bundled data."""
        return self.sources.locate(pointer, key=key)

    def inside(self, pointer: Pointer, text: str, offset: int) -> Location:
        """Where a character of a text value stands; where the value begins, if it is not on one line."""
        source, at = self.sources.place(pointer)
        return source.inside(at, text, offset)

    def source(self, location: Location) -> Source | None:
        """The file that a location is in."""
        return next((s for s in self.sources.values() if s.name == location.file), None)

    def finding(self, code: str, message: str, pointer: Pointer, severity: str = "error") -> Finding:
        """A finding at a place of this document."""
        return Finding(code, message, pointer, self.locate(pointer), severity)


def read_document(
    path: Path, name: str | None = None, overlays: Sequence[Path] = (), *, outside: bool = False
) -> Document:
    """Read a document and every file it refers to; raises SourceError with file, line and column.

    ``overlays`` are applied in order; ``path`` may be one that `extends` the document.
    ``outside``: whether it may refer to files beyond its repository, its folder and the current one.
    """
    return _Bundler(path, name or named(path), overlays, _reach(path, overlays, outside=outside)).run()


def _reach(path: Path, overlays: Sequence[Path], *, outside: bool) -> Reach:
    """What a document may refer to."""
    if is_fetched(path):  # of strangers: nothing of this machine is theirs
        return Reach(tuple(overlay.resolve().parent for overlay in overlays), ALONE)
    if outside:
        return Reach(None)
    return reach((path, *overlays))


class _Bundler:
    def __init__(self, path: Path, name: str, overlays: Sequence[Path], allowed: Reach) -> None:
        self.name = name
        self.allowed = allowed
        given = [Source(overlay, str(overlay)) for overlay in overlays]
        self.base, self.overlays = gather(Source(path, name), given, allowed)
        self.sources: dict[str, Source] = {"": self.base}
        self.files: dict[str, Node] = {}
        self.keys: dict[Path, str] = {self.base.path.resolve(): ""}
        self.origin = Origin()
        self.faults: list[Finding] = []
        self.ids: dict[str, Mapping[Pointer, str]] = {}

    def run(self) -> Document:
        _require_mapping(self.base)
        bundled, known = self.bundled()
        if self.files:
            bundled[EMBEDDED] = self.files
            embedded = Origin(inner={key: Origin(key) for key in self.files})
            self.origin = self.origin._replace(inner={**self.origin.inner, EMBEDDED: embedded})
        if known is None or any(is_group(pointer) for pointer, _ in known):
            self.origin, known = inlined(bundled, self.origin), None
        document = Document(self.name, bundled, Sources(self.sources, self.origin))
        name_targets(bundled)
        faults = []
        if _mentions(self.sources, DYNAMIC):
            faults, known = lost_dynamic(bundled), None
        faults += mend(bundled, document.version)
        if known is not None and not faults:
            document.references = known
        found = [document.finding(fault.code, fault.message, fault.pointer) for fault in faults]
        document.faults = (*self.faults, *found)
        return document

    def bundled(self) -> tuple[Node, list[tuple[Pointer, str]] | None]:
        """The data of one document, and its references where they are known by then."""
        data = self.base.data
        if self.overlays:
            patches = {f"overlay {n}": source for n, source in enumerate(self.overlays, 1)}
            data, self.origin = apply(self.base, patches)
            self.sources |= patches
            return self.rewrite(data, "", ""), None
        known = references(data)
        if all(ref.startswith("#") for _, ref in known):  # then none is rewritten
            return copied(data), known
        return self.rewrite(data, "", ""), None

    def rewrite(self, value: Node, file: str, pointer: Pointer) -> Node:
        if isinstance(value, list):
            return [self.rewrite(item, file, f"{pointer}/{i}") for i, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        result: dict[str, Node] = {}
        if "$ref" in value:
            reference = self.rewritten_reference(value["$ref"], file, pointer)
            if reference is not None:
                result["$ref"] = reference
        parent = pointer.rpartition("/")[2]
        for key, item in value.items():
            if key == "$ref":
                continue
            if is_data(parent, str(key), item):
                result[key] = copied(item)
            else:
                result[key] = self.rewrite(item, file, join(pointer, key))
        return result

    def rewritten_reference(self, ref: Node, file: str, pointer: Pointer) -> Node:
        """A reference as a local one; what is no text is a property of this name."""
        if not isinstance(ref, str):
            return self.rewrite(ref, file, join(pointer, "$ref"))
        return self.local(ref, file, pointer)

    def local(self, ref: str, file: str, pointer: Pointer) -> str | None:
        """A reference into this document; None where it leads to a file that is not there."""
        at = join(pointer, "$ref")
        origin = Origin(file, at)
        if not file:
            origin = self.origin.under(split(at))
        target, _, fragment = ref.partition("#")
        target = self.known_as(target, self.sources[origin.source])
        in_full = self.by_id(ref, file, pointer)
        if in_full is not None:
            return in_full
        if "://" in target:
            return ref  # a schema of the document may be called so
        if target:
            embedded = self.embed(target, ref, origin)
            if embedded is None:
                return None
            file = embedded
        if not file:
            return f"#{fragment}"
        if fragment and not fragment.startswith("/"):
            return f"#/{EMBEDDED}/{file}#{fragment}"
        return f"#/{EMBEDDED}/{file}{fragment}"

    def by_id(self, ref: str, file: str, pointer: Pointer) -> str | None:
        """A reference to a schema that bears an ``$id``, in full; None where it is none."""
        if ref.startswith("#"):
            return None
        if file not in self.ids:
            self.ids[file] = _ids(self.sources[file])
        names = self.ids[file]
        absolute = resolved(base_of(names, pointer), ref)
        if absolute.partition("#")[0] in names.values():
            return absolute
        return None

    def known_as(self, target: str, source: Source) -> str:
        """A reference to this file by its own name (``$self``), or to one beside it, as a relative one."""
        if "://" not in target or not isinstance(source.data, dict):
            return target
        own = source.data.get("$self")
        if not isinstance(own, str):
            return target
        if target == own:
            return ""
        return target.removeprefix(own.rpartition("/")[0] + "/")

    def embed(self, target: str, ref: str, origin: Origin) -> str | None:
        source = self.sources[origin.source]
        path, name = source.beside(target)
        path = Path(os.path.realpath(path))
        if path not in self.keys:
            if not self.allowed.has(path):
                self.broken(f"$ref {ref!r} {self.allowed.why}", origin)
                return None
            if not _is_file(path):
                self.broken(
                    f"$ref {ref!r}: there is no file {unquote(target).rpartition('/')[2]!r} there", origin
                )
                return None
            key = f"{len(self.keys)}"
            self.keys[path] = key
            self.sources[key] = Source(path, name)
            self.files[key] = self.rewrite(self.sources[key].data, key, "")
        return self.keys[path]

    def broken(self, message: str, origin: Origin) -> None:
        location = self.sources[origin.source].locate(origin.pointer)
        self.faults.append(Finding("C03", message, origin.pointer, location))


def _mentions(sources: Mapping[str, Source], word: str) -> bool:
    return any(word in source.text for source in sources.values())


def _ids(source: Source) -> Mapping[Pointer, str]:
    """The ``$id`` of each schema of a file."""
    if "$id" not in source.text:
        return {}
    return own_ids(identified(source.data))


def _is_file(path: Path) -> bool:
    """Whether there is such a file; a name that the system does not take names none."""
    try:
        return path.is_file()
    except OSError:
        return False


def _require_mapping(source: Source) -> None:
    data = source.data
    if isinstance(data, dict):
        return
    found = "nothing"
    if data is not None:
        found = f"a {_kind(data)}"
    message = f"is not an OpenAPI document: found {found}, expected a mapping with "
    message += "`openapi`, `info` and `paths`"
    raise SourceError([Finding("C01", message, location=Location(source.name))])


def _kind(value: Node) -> str:
    return _KINDS.get(type(value), "value")
