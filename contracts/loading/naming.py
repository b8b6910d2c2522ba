"""Component schemas of a document without words: what they are called, and what they have."""

from __future__ import annotations

import re
from collections.abc import Mapping

from troth.contracts.document import Document, join
from troth.contracts.document.known_names import singular
from troth.contracts.document.pointers import mapping
from troth.contracts.document.typing import types_of
from troth.contracts.model import Node, Parameter

_ABOUT = ("metadata", "meta", "attributes", "info", "sys")
"""Objects in which a thing says what it is called."""

CALLED = ("slug", "key", "name", "code", "handle", "username", "login")
"""By what people call things, the surest first."""

_NO_NAME = frozenset({"id", "ids", "uuid", "guid", "identifier"})
"""What a description of a path parameter says that names something else than a name."""

_SHORT = 2
"""Letters of a parameter that say too little to be the name of a thing."""

_ENDS = ("id", "key", "slug", "code", "number", "name")


def properties_of(document: Document, schema: str) -> dict[str, Node]:
    """The properties of a component schema."""
    resolved = document.schemas.whole({"$ref": join("#/components/schemas", schema)})
    return mapping(resolved, "properties")


def letters_of(name: str) -> str:
    """``pet_id``, ``pet-id`` and ``petId`` are one."""
    return name.lower().replace("_", "").replace("-", "")


def component(schema: str) -> str:
    """The reference to a component schema."""
    return f"#{join('/components/schemas', schema)}"


def identifier(
    document: Document, properties: Mapping[str, Node], parameter: str, collection: str
) -> str | None:
    """The property that a path parameter names: its namesake, or ``id`` for ``petId``; for ``{store}`` below
    ``/stores`` what a store is called by."""
    by_letters = {letters_of(name): name for name in properties}
    wanted = letters_of(parameter)
    ends = [name for name in by_letters if wanted.endswith(name) and name.endswith(_ENDS)]
    own = letters_of(singular(collection.rpartition("/")[2]))
    whose = wanted.removeprefix(own)  # {github_app_id} of /github-apps: `id`
    for candidate in (wanted, whose, *sorted(ends, key=len, reverse=True), "id", "uuid"):
        if candidate in by_letters:
            name = by_letters[candidate]
            kinds = types_of(document.schemas.resolve(properties[name]))
            if kinds[:1] in (("string",), ("integer",), ("number",)):
                return name
    nested = _nested_identifier(document, properties, wanted)
    if nested is not None:
        return nested
    if wanted in ("id", "uuid"):
        return _called_after(by_letters, own)
    last = letters_of(collection.rpartition("/")[2])
    if len(wanted) > _SHORT and last.startswith(wanted[:-1]):  # policy, policies
        return _called_by(document, properties)
    return None


def _called_after(by_letters: Mapping[str, str], own: str) -> str | None:
    """The id that is called after a thing, or after the end of its name: `itemId` of a `MenuItem`."""
    ids = [name for name in by_letters if name.endswith("id") and own.endswith(name[:-2])]
    if not ids:
        return None
    return by_letters[max(ids, key=len)]


def by_its_name(
    document: Document, properties: Mapping[str, Node], key: str, parameter: Parameter | None, collection: str
) -> str:
    """The property that a path names: what a thing is called by where it takes a text and the id is a number
    (``/repos/{repo}``), or where its description says so (`Database name`)."""
    words = [part for part in collection.split("/") if part and "{" not in part]
    own = letters_of(singular(next(reversed(words), "")))  # `/repos/{owner}` has repos
    if parameter is None:
        return key
    said = _said_to_be(document, properties, parameter)
    if said is not None:
        return said
    if letters_of(parameter.name) != own:
        return key
    kinds = [types_of(document.schemas.resolve(one)) for one in (properties.get(key), parameter.schema)]
    if kinds != [("integer",), ("string",)]:
        return key
    return _called_by(document, properties) or key


def _said_to_be(document: Document, properties: Mapping[str, Node], parameter: Parameter) -> str | None:
    """The property that a parameter's description names, if it says nothing of ids."""
    node = document.schemas.at(parameter.pointer)
    told = str(node.get("description", "")) if isinstance(node, Mapping) else ""
    words = re.findall(r"[a-z]+", told.lower())
    if not _NO_NAME.isdisjoint(words):
        return None
    return _called_by(document, {name: properties[name] for name in words if name in properties})


def _called_by(document: Document, properties: Mapping[str, Node]) -> str | None:
    """The property by which people call a thing."""
    for name in CALLED:
        if types_of(document.schemas.resolve(properties.get(name)))[:1] == ("string",):
            return name
    return None


def _nested_identifier(document: Document, properties: Mapping[str, Node], wanted: str) -> str | None:
    """The id in the object that tells what a thing is (``/metadata/name``)."""
    for outer in _ABOUT:
        inner = mapping(document.schemas.resolve(properties.get(outer)), "properties")
        for name in inner:
            if letters_of(name) == wanted:
                return join("", outer, name)
        if outer == "sys" and "id" in inner:  # Contentful
            return join("", outer, "id")
    return None
