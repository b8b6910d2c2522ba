"""XML bodies as the values that a schema describes, and the other way round (OpenAPI's XML Object).

Attributes, other names, prefixes, wrapped lists; ``nodeType`` of OpenAPI 3.2. What no schema knows is a text,
or an object of its children.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from troth.contracts.document.casting import kinds_of, texts_of
from troth.contracts.document.pointers import listing, mapping, referred
from troth.contracts.document.schemas import Schemas
from troth.contracts.model import Json, Node

DEEPEST = 100
"""Levels of elements that are read."""

MOST = 200_000
"""Tags that are read: twice as many as there may be values in other bodies."""

_DECLARES = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING = re.compile(r"^\s*<\?xml[^>]*\?>")
_NAME = re.compile(r"[^\w.-]|^(?=[\d.-])")


class NotXml(ValueError):
    """A text is no XML, or more than is read of it."""


class _Xml(NamedTuple):
    """How one property is written."""

    name: str
    namespace: str = ""
    prefix: str = ""
    wrapped: bool = False
    node: str = "element"


def from_xml(schemas: Schemas, schema: Node, text: str) -> Json:
    """The value that an XML text means. Raises NotXml; declarations of entities are not read."""
    text = _ENCODING.sub("", text.lstrip("\ufeff"), count=1)
    if text.count("<") > MOST:
        raise NotXml(f"more than {MOST:,} tags")
    if _DECLARES.search(text):
        raise NotXml("a document type is not read")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - nothing is declared, so nothing expands
    except (ElementTree.ParseError, ValueError) as error:
        raise NotXml(str(error)) from None
    return _read(schemas, schema, root, 0)


def _read(schemas: Schemas, schema: Node, element: ElementTree.Element, depth: int) -> Json:
    if depth > DEEPEST:
        raise NotXml(f"more than {DEEPEST} levels of elements")
    schema = _of_object(schemas, schema)
    if mapping(schema, "properties"):
        return _read_object(schemas, schema, element, depth)
    kinds = kinds_of(schemas, schema)
    if "array" in kinds:
        items = mapping(schema, "items")
        return [_read(schemas, items, child, depth + 1) for child in element]
    if len(element):
        others = mapping(schema, "additionalProperties")
        return {_local(child.tag): _read(schemas, others, child, depth + 1) for child in element}
    if "object" in kinds:
        return dict(element.attrib)
    return texts_of(schemas, schema).read(element.text or "")


def _of_object(schemas: Schemas, schema: Node) -> Node:
    """A schema, or that of its alternatives which has properties."""
    schema = schemas.resolve(schema)
    if mapping(schema, "properties"):
        return schema
    for option in (*listing(schema, "oneOf"), *listing(schema, "anyOf")):
        option = schemas.resolve(option)
        if mapping(option, "properties"):
            return option
    return schema


def _read_object(schemas: Schemas, schema: Node, element: ElementTree.Element, depth: int) -> dict[str, Json]:
    found: dict[str, Json] = {}
    seen: set[str] = set()
    for name, inner in mapping(schema, "properties").items():
        how = _how(schemas, name, inner)
        if how.node == "attribute":
            text = _attribute(element, how.name)
            if text is not None:
                found[name] = texts_of(schemas, inner).read(text)
            continue
        if how.node in ("text", "cdata"):
            found[name] = texts_of(schemas, inner).read((element.text or "").strip())
            continue
        tag = how.name
        children = [child for child in element if _local(child.tag) == tag]
        seen.add(tag)
        if "array" in kinds_of(schemas, inner):
            found |= _read_list(schemas, name, inner, how, children, depth)
        elif children:
            found[name] = _read(schemas, inner, children[-1], depth + 1)
    known = mapping(schema, "properties")
    for child in element:
        name = _local(child.tag)
        if name not in seen and name not in known:  # what only bears the name of a property is none
            found[name] = _read(schemas, {}, child, depth + 1)
    return found


def _read_list(
    schemas: Schemas,
    name: str,
    schema: Node,
    how: _Xml,
    children: list[ElementTree.Element],
    depth: int,
) -> dict[str, Json]:
    """A list: in an element of its own, or its items one after another."""
    if not children:
        return {}
    elements = children
    if how.wrapped:
        elements = list(children[-1])
    items = mapping(schemas.resolve(schema), "items")
    return {name: [_read(schemas, items, child, depth + 1) for child in elements]}


def _attribute(element: ElementTree.Element, name: str) -> str | None:
    for key, text in element.attrib.items():
        if _local(key) == name:
            return text
    return None


def _local(tag: str) -> str:
    """A name without its namespace."""
    return tag.rpartition("}")[2]


def _how(schemas: Schemas, name: str, schema: Node) -> _Xml:
    """How a property is written; a list that is not wrapped by the names of its items."""
    resolved = schemas.resolve(schema)
    xml = mapping(resolved, "xml")
    node = _said(xml, "nodeType", "element")
    if xml.get("attribute") is True:
        node = "attribute"
    wrapped = xml.get("wrapped") is True
    if "array" in kinds_of(schemas, resolved):
        if xml.get("nodeType") == "element":
            wrapped = True
        if not wrapped:
            xml = {**xml, **mapping(schemas.resolve(mapping(resolved, "items")), "xml")}
    return _Xml(_said(xml, "name", name), _said(xml, "namespace"), _said(xml, "prefix"), wrapped, node)


def _said(xml: Mapping[str, Node], key: str, otherwise: str = "") -> str:
    """What an XML Object says, or what holds where it says nothing."""
    value = xml.get(key)
    if isinstance(value, str) and value:
        return value
    return otherwise


def to_xml(schemas: Schemas, schema: Node, value: Json) -> str:
    """A value as XML, with the names that its schema gives."""
    name = _component(schemas, schema) or "root"
    how = _how_itself(schemas, name, schema)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + _element(schemas, schema, how, value)


def _component(schemas: Schemas, schema: Node) -> str | None:
    """The name of the component that a schema is a reference to."""
    name = None
    for _ in range(20):
        if not isinstance(schema, Mapping) or "$ref" not in schema:
            break
        reference = str(schema["$ref"])
        if reference.startswith("#/components/schemas/"):
            name = reference.rpartition("/")[2]
        schema = schemas.at(referred(schema))
    return name


def _how_itself(schemas: Schemas, name: str, schema: Node) -> _Xml:
    """How an element is written that is no list of a property."""
    xml = mapping(schemas.resolve(schema), "xml")
    return _Xml(_said(xml, "name", name), _said(xml, "namespace"), _said(xml, "prefix"))


def _element(schemas: Schemas, schema: Node, how: _Xml, value: Json) -> str:
    tag, attributes, inside = _NAME.sub("_", how.name), "", ""
    if how.prefix:
        tag = f"{how.prefix}:{tag}"
    if how.namespace:
        attributes = f" xmlns{how.prefix and ':' + how.prefix}={quoteattr(how.namespace)}"
    if isinstance(value, Mapping):
        more, inside = _parts(schemas, _of_object(schemas, schema), value)
        attributes += more
    elif isinstance(value, list):
        inside = "".join(_items(schemas, schema, None, value))
    elif value is not None:
        inside = escape(_text(value))
    if not inside:
        return f"<{tag}{attributes}/>"
    return f"<{tag}{attributes}>{inside}</{tag}>"


def _parts(schemas: Schemas, schema: Node, value: Mapping[str, Json]) -> tuple[str, str]:
    """The attributes of an object, and what is inside of its element."""
    known, attributes, inside = mapping(schema, "properties"), "", ""
    for name, member in value.items():
        inner = known.get(name, mapping(schema, "additionalProperties"))
        how = _how(schemas, name, inner)
        if how.node == "attribute":
            attributes += f" {_NAME.sub('_', how.name)}={quoteattr(_text(member))}"
        elif how.node in ("text", "cdata"):
            inside += escape(_text(member))
        elif not isinstance(member, list) or how.wrapped:
            inside += _element(schemas, inner, how, member)
        else:
            inside += "".join(_items(schemas, inner, how, member))
    return attributes, inside


def _items(schemas: Schemas, schema: Node, how: _Xml | None, values: list[Json]) -> Iterator[str]:
    """The elements of a list, one after another."""
    items = mapping(schemas.resolve(schema), "items")
    if how is None:
        named = _component(schemas, items) or "item"
        how = _how_itself(schemas, named, items)
    for value in values:
        yield _element(schemas, items, how, value)


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, default=str)
