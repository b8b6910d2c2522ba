"""`$dynamicRef` (JSON Schema 2020-12, section 8.2.3.2): what it means hangs on the way that led there.

A schema that others fill in (a page of something) is copied for each that does, with what they fill in at
the place of its dynamic references: nobody after this has to know of any.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from troth.contracts.document.pointers import copied, join, reference, split, walk
from troth.contracts.document.references import EMBEDDED, is_data, references, schemas_of, target
from troth.contracts.model import Node, Pointer, Schema

KEYWORD = "$dynamicRef"

MOST_COPIES = 2000

_Bindings: TypeAlias = Mapping[str, Pointer]
"""The schema that a dynamic anchor names, outermost first: the way into a schema decides."""


class _Copy(NamedTuple):
    """A schema as it is where the way into it has said what its dynamic anchors mean."""

    root: Pointer
    bindings: tuple[tuple[str, Pointer], ...]


def bound(data: dict[str, Node]) -> dict[str, Node]:
    """A document without dynamic references; they have been made pointers before."""
    whole: dict[str, Node] = copied(data)
    _Binding(whole).run()
    return whole


class _Binding:
    def __init__(self, data: dict[str, Node]) -> None:
        self.data = data
        self.roots = {pointer: node for pointer, node in _roots(data) if isinstance(node, dict)}
        self.plain = {pointer: copied(node) for pointer, node in self.roots.items()}
        self.anchors = {pointer: _anchors(pointer, node) for pointer, node in self.roots.items()}
        self.needed = self._needed()
        self.copies: dict[_Copy, Pointer] = {}

    def run(self) -> None:
        for root, node in self.roots.items():
            if self.needed[root]:
                self._bind(root, node, self.anchors[root])

    def _needed(self) -> Mapping[Pointer, set[str]]:
        """The dynamic anchors that the meaning of each schema hangs on, wherever it leads."""
        needed: dict[Pointer, set[str]] = defaultdict(set)
        used_by: dict[Pointer, set[Pointer]] = defaultdict(set)
        for root, node in self.roots.items():
            for schema in _schemas(node):
                if isinstance(schema.get(KEYWORD), str):
                    needed[root].add(self._anchor(schema))
                for at in self._led_to(schema):
                    used_by[at].add(root)
            needed[root].discard("")
        waiting = [root for root, names in needed.items() if names]
        while waiting:
            root = waiting.pop()
            for user in used_by[root]:
                if not needed[root] <= needed[user]:
                    needed[user] |= needed[root]
                    waiting.append(user)
        return needed

    def _led_to(self, schema: Schema) -> Iterator[Pointer]:
        for keyword in ("$ref", KEYWORD):
            if isinstance(schema.get(keyword), str):
                root = self._root(join("", *target(schema[keyword])))
                if root is not None:
                    yield root

    def _anchor(self, schema: Schema) -> str:
        """The name of the anchor that a dynamic reference leads to; none where it leads to another place."""
        try:
            meant = walk(self.data, target(schema[KEYWORD]))
        except LookupError:
            return ""
        if not isinstance(meant, dict):
            return ""
        return str(meant.get("$dynamicAnchor", ""))

    def _root(self, pointer: Pointer) -> Pointer | None:
        """The schema that a place is a part of."""
        while pointer:
            if pointer in self.roots:
                return pointer
            pointer = pointer.rpartition("/")[0]
        return None

    def _bind(self, root: Pointer, node: Node, bindings: _Bindings) -> None:
        """A schema's references, those within it included, as they are meant with these bindings."""
        for schema in list(_schemas(node)):
            if isinstance(schema.get("$ref"), str):
                schema["$ref"] = self._meant(schema["$ref"], root, bindings)
            if isinstance(schema.get(KEYWORD), str):
                name = self._anchor(schema)
                ref = str(schema.pop(KEYWORD))
                if name in bindings:
                    ref = reference(bindings[name])["$ref"]
                _refer(schema, self._meant(ref, root, bindings))

    def _meant(self, ref: str, home: Pointer, bindings: _Bindings) -> str:
        """A reference, or one to a copy that is made for these bindings."""
        at = join("", *target(ref))
        root = self._root(at)
        if root is None:
            return ref
        needed = {name: bindings[name] for name in self.needed[root] if name in bindings}
        own = self.anchors[root]
        if all(own.get(name) == pointer for name, pointer in needed.items()):
            return ref
        copy = _Copy(root, tuple(sorted(needed.items())))
        if copy not in self.copies:
            if len(self.copies) >= MOST_COPIES:
                return ref
            self._make(copy, home, {**own, **needed})
        return str(reference(self.copies[copy] + at.removeprefix(root))["$ref"])

    def _make(self, copy: _Copy, home: Pointer, bindings: _Bindings) -> None:
        definitions = walk(self.data, split(home)).setdefault("$defs", {})
        name = split(copy.root)[-1]
        while name in definitions:
            name += "_"
        node = copied(self.plain[copy.root])
        definitions[name] = node
        self.copies[copy] = join(home, "$defs", name)
        self._bind(home, node, bindings)


def _roots(data: Node) -> Iterator[tuple[Pointer, Node]]:
    """The schemas of the document, and those of other files that something refers to."""
    yield from schemas_of(data)
    for _, ref in references(data):
        if not ref.startswith(f"#/{EMBEDDED}/"):
            continue
        try:
            yield join("", *target(ref)), walk(data, target(ref))
        except LookupError:
            continue  # that it leads to nothing is told elsewhere


def _refer(schema: dict[str, Node], ref: str) -> None:
    """One reference more in a schema."""
    if "$ref" in schema:
        schema["allOf"] = [*schema.get("allOf", ()), {"$ref": ref}]
    else:
        schema["$ref"] = ref


def _anchors(root: Pointer, node: Schema) -> _Bindings:
    """The dynamic anchors of a schema, the outermost of each name."""
    found: dict[str, Pointer] = {}
    waiting: list[tuple[Pointer, Node]] = [(root, node)]
    for pointer, schema in waiting:
        if isinstance(schema, dict) and isinstance(schema.get("$dynamicAnchor"), str):
            found.setdefault(schema["$dynamicAnchor"], pointer)
        waiting += _parts(pointer, schema)
    return found


def _schemas(node: Node) -> Iterator[dict[str, Node]]:
    """A schema and all of its parts that are mappings."""
    waiting: list[tuple[Pointer, Node]] = [("", node)]
    while waiting:
        pointer, schema = waiting.pop()
        if isinstance(schema, dict):
            yield schema
        waiting += _parts(pointer, schema)


def _parts(pointer: Pointer, node: Node) -> Iterator[tuple[Pointer, Node]]:
    if isinstance(node, list):
        yield from ((join(pointer, index), item) for index, item in enumerate(node))
    if not isinstance(node, dict):
        return
    last = pointer.rpartition("/")[2]
    for key, item in node.items():
        if isinstance(item, (dict, list)) and not is_data(last, str(key), item):
            yield join(pointer, key), item
