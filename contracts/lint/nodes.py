"""The nodes of an OpenAPI document by kind, collected in one walk that all rules share.

What stands where is a table (:data:`SHAPE`). A reference is not followed, because its target is walked where
it stands (in ``components``, or in an embedded file the first time that something refers to it).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from troth.contracts.document.bundle import EMBEDDED
from troth.contracts.document.openapi import METHODS
from troth.contracts.document.pointers import join, listing, mapping, split, walk
from troth.contracts.model import Pointer

if TYPE_CHECKING:
    from troth.contracts.document import Document

ONE, LIST, MAP = "one", "list", "map"

_SCHEMAS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SCHEMA = ("items", "not", "additionalProperties", "if", "then", "else", "contains", "propertyNames",
           "unevaluatedItems", "unevaluatedProperties", "contentSchema")  # fmt: skip
_NAMED_SCHEMAS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_PATH = {"parameters": ("parameter", LIST), "servers": ("server", LIST)}
_OPERATION = {
    "parameters": ("parameter", LIST),
    "requestBody": ("request-body", ONE),
    "responses": ("response", MAP),
    "callbacks": ("callback", MAP),
    "servers": ("server", LIST),
    "externalDocs": ("external-docs", ONE),
}
_OTHER = (
    dict.fromkeys((*METHODS, "query"), ("other-operation", ONE))
    | {"additionalOperations": ("other-operation", MAP)}
    | _PATH
)
_VALUED = {"schema": ("schema", ONE), "content": ("media", MAP), "examples": ("example", MAP)}

SHAPE: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "document": {
        "info": ("info", ONE),
        "servers": ("server", LIST),
        "tags": ("tag", LIST),
        "paths": ("path", MAP),
        "webhooks": ("webhook", MAP),
        "components": ("components", ONE),
        "externalDocs": ("external-docs", ONE),
    },
    "info": {"contact": ("contact", ONE), "license": ("license", ONE)},
    "components": {
        "schemas": ("schema", MAP),
        "responses": ("response", MAP),
        "parameters": ("parameter", MAP),
        "examples": ("example", MAP),
        "requestBodies": ("request-body", MAP),
        "headers": ("header", MAP),
        "securitySchemes": ("security-scheme", MAP),
        "links": ("link", MAP),
        "callbacks": ("callback", MAP),
        "pathItems": ("other-path", MAP),
        "mediaTypes": ("media", MAP),
    },
    "path": dict.fromkeys((*METHODS, "query"), ("operation", ONE))
    | {"additionalOperations": ("operation", MAP)}
    | _PATH,
    "webhook": _OTHER,
    "other-path": _OTHER,
    "operation": _OPERATION,
    "other-operation": _OPERATION,
    "parameter": _VALUED,
    "header": _VALUED,
    "request-body": {"content": ("media", MAP)},
    "response": {"content": ("media", MAP), "headers": ("header", MAP), "links": ("link", MAP)},
    "media": {
        "schema": ("schema", ONE),
        "itemSchema": ("schema", ONE),
        "examples": ("example", MAP),
        "encoding": ("encoding", MAP),
        "prefixEncoding": ("encoding", LIST),
        "itemEncoding": ("encoding", ONE),
    },
    "encoding": {"headers": ("header", MAP)},
    "schema": dict.fromkeys(_SCHEMAS, ("schema", LIST))
    | dict.fromkeys(_SCHEMA, ("schema", ONE))
    | dict.fromkeys(_NAMED_SCHEMAS, ("schema", MAP))
    | {"externalDocs": ("external-docs", ONE)},
    "link": {"server": ("server", ONE)},
    "tag": {"externalDocs": ("external-docs", ONE)},
}
"""Per kind of node: under which key which kind stands, alone, in a list or by name."""

PATHS = frozenset({"path", "webhook", "other-path"})
"""The kinds of path items: those under ``paths``, webhooks, and what callbacks and components have."""

_OPERATIONS = frozenset({"operation", "other-operation"})


@dataclass(frozen=True, eq=False)
class Fix:
    """A change of the text that is safe: a scalar replaced, or one item of a list removed."""

    pointer: Pointer
    old: bool | str = ""
    new: bool | str = ""
    remove: bool = False


@dataclass(frozen=True, eq=False)
class Problem:
    """One thing that a rule says about a place, and perhaps the way to mend it."""

    message: str
    pointer: Pointer
    fix: Fix | None = None


class Node:
    """A mapping in a document: its kind, its value, and the way to it."""

    __slots__ = ("elsewhere", "graph", "kind", "name", "parent", "tokens", "value")

    def __init__(
        self,
        kind: str,
        value: dict[str, Any],
        parent: Node | None,
        tokens: tuple[str, ...],
        graph: Graph,
        *,
        elsewhere: str | None = None,
    ) -> None:
        self.kind = kind
        self.name = "".join(tokens[-1:])
        """Its key: a path, a method, a status, the name of a property."""
        self.elsewhere = elsewhere
        """Where it stands, if its place has a ``$ref`` to it."""
        self.value = value
        self.parent = parent
        self.tokens = tokens
        self.graph = graph

    @property
    def pointer(self) -> Pointer:
        """Where it stands."""
        if self.elsewhere is not None:
            return self.elsewhere
        if self.parent is None:
            return join("", *self.tokens)
        return join(self.parent.pointer, *self.tokens)

    def says(self, message: str, *tokens: str | int, fix: Fix | None = None) -> Problem:
        """A problem here, or at the end of a way that starts here."""
        return Problem(message, join(self.pointer, *tokens), fix)

    def says_of(self, key: str, message: str) -> Problem:
        """A problem of what a key says, or should say: here where it is missing."""
        if key in self.value:
            return self.says(message, key)
        return self.says(message)

    def text(self, key: str) -> str:
        """The text under a key; empty where there is none."""
        value = self.value.get(key)
        if isinstance(value, str):
            return value
        return ""

    def list(self, key: str) -> list[Any]:
        """The list under a key; empty where there is none."""
        return listing(self.value, key)

    def map(self, key: str) -> dict[str, Any]:
        """The mapping under a key; empty where there is none."""
        return mapping(self.value, key)


class Graph:
    """A document's nodes by kind; ``reference`` holds those that are a ``$ref``."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.version = document.version
        self.nodes: defaultdict[str, list[Node]] = defaultdict(list)
        self._embedded: set[str] = set()
        self.root = Node("document", document.data, None, (), self)
        self._enter(self.root)

    def _enter(self, node: Node) -> None:
        self.nodes[node.kind].append(node)
        if node.kind == "callback":
            self._each("other-path", node, (), node.value)
            return
        shape = SHAPE.get(node.kind)
        if shape is None:
            return
        for key, inner in node.value.items():
            if key in shape:
                self._enter_inner(*shape[key], node, key, inner)

    def _enter_inner(self, kind: str, form: str, node: Node, key: str, inner: Any) -> None:
        if form == ONE:
            self._visit(kind, inner, node, (key,))
        elif form == MAP and isinstance(inner, dict):
            self._each(kind, node, (key,), inner)
        elif form == LIST and isinstance(inner, list):
            for index, item in enumerate(inner):
                self._visit(kind, item, node, (key, str(index)))

    def _each(self, kind: str, node: Node, within: tuple[str, ...], named: dict[str, Any]) -> None:
        extensible = kind in ("path", "response", "callback", "other-path")
        for name, item in named.items():
            if not (extensible and name.startswith("x-")):
                self._visit(kind, item, node, (*within, name))

    def _visit(self, kind: str, value: Any, parent: Node, tokens: tuple[str, ...]) -> None:
        if not isinstance(value, dict):
            return
        node = Node(kind, value, parent, tokens, self)
        reference = value.get("$ref")
        if not isinstance(reference, str):
            self._enter(node)
            return
        self.nodes["reference"].append(node)
        if kind in PATHS or kind in _OPERATIONS:  # often a file of its own; its rules look at the path
            target = unquote(reference[1:])
            self._enter(Node(kind, self.resolve(value), parent, tokens, self, elsewhere=target))
        elif reference.startswith(f"#/{EMBEDDED}/") and reference not in self._embedded:
            self._embedded.add(reference)
            self._visit(kind, self.at(reference), self.root, split(unquote(reference[1:])))
        if kind == "schema" and self.version != "3.0" and len(value) > 1:
            self._enter(node)

    def at(self, reference: str) -> Any:
        """What a local reference means; None where there is nothing."""
        try:
            return walk(self.document.data, split(unquote(reference[1:])))
        except LookupError:
            return None

    def resolve(self, value: Any) -> dict[str, Any]:
        """The mapping that a value is, or refers to; empty where there is none."""
        for _ in range(20):
            if not isinstance(value, dict):
                return {}
            reference = value.get("$ref")
            if not isinstance(reference, str):
                return value
            if not reference.startswith("#"):
                return {}
            value = self.at(reference)
        return value if isinstance(value, dict) else {}

    def of(self, kind: str, *keys: str) -> list[Node]:
        """The nodes of a kind that have all of some keys; ``*`` is every kind but mere references."""
        kinds = [kind]
        if kind == "*":
            kinds = [name for name in self.nodes if name != "reference"]
        found = [node for name in kinds for node in self.nodes.get(name, ())]
        if not keys:
            return found
        return [node for node in found if node.value.keys() >= set(keys)]

    def path_parameters(self, operation: Node) -> Iterator[tuple[Node, int, dict[str, Any]]]:
        """An operation's parameters and its path's: the node that lists each, its index, what is meant."""
        for node in (operation.parent, operation):
            if node is None:
                continue
            for index, item in enumerate(node.list("parameters")):
                yield node, index, self.resolve(item)
