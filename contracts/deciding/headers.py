"""The headers of an answer: the declared ones, with the values of the author or those that follow from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from troth.contracts.contract import Contract, remembered
from troth.contracts.contract.scopes import in_paths, own_id
from troth.contracts.document import join
from troth.contracts.document.pointers import listing, mapping
from troth.contracts.document.samples import valid_sample
from troth.contracts.model import ABSENT, Absent, Json, Operation, Outcome, Pointer, Record, Response, Schema

_TOTAL = re.compile(
    r"(x-)?(pagination-|paging-|page-)?(total|count)(-(count|items|records|results|elements))?"
)
_HERE = re.compile(r"location|content-location")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""What a header may be called (RFC 9110, section 5.6.2)."""

_OTHERS = frozenset(
    {
        *("content-type", "content-length", "content-encoding", "transfer-encoding", "trailer", "te"),
        *("connection", "keep-alive", "proxy-connection", "upgrade", "date"),
    }
)
"""What the body itself says ("SHALL be ignored", Response Object), and how it is sent: whoever takes it for
compressed cannot read it (RFC 9110, sections 6.6.1, 7.6.1 and 8.4)."""


@remembered
def headers_of(contract: Contract, response: Response) -> dict[str, str]:
    """The headers that a response must have, and those for which the document names a value."""
    found: dict[str, str] = {}
    for name in response.headers:
        at, node = contract.document.resolve(join(response.pointer, "headers", name))
        if not isinstance(node, dict) or not _may_be_told(name):
            continue
        value = _value(contract, at, node, needed=_is_needed(response, name, node))
        if value is not ABSENT:
            found[name] = _text(node, value)
    return found


def _may_be_told(name: str) -> bool:
    """Whether a header can be sent as the document says it; a name that is no token cannot."""
    if _TOKEN.fullmatch(name) is None:
        return False
    return name.lower() not in _OTHERS


def _is_needed(response: Response, name: str, node: Schema) -> bool:
    """Whether a header is required, or says where a redirection leads (RFC 9110, section 15.4)."""
    if node.get("required") is True:
        return True
    if name.lower() != "location":
        return False
    return response.key.startswith("3")


def _value(contract: Contract, at: Pointer, node: Schema, *, needed: bool) -> Json | Absent:
    """What the author wrote; for a header that is needed, else something that keeps its schema."""
    for value in _written(contract, at, node):
        return value
    if needed:
        if "schema" in node:
            return valid_sample(contract.document.schemas, join(at, "schema"))
        return ""
    return ABSENT


def _written(contract: Contract, at: Pointer, node: Schema) -> Iterator[Json]:
    """The values that the document names for a header, examples of it before those of its schema."""
    if "example" in node:
        yield node["example"]
    for name in mapping(node, "examples"):
        _, example = contract.document.resolve(join(at, "examples", name))
        if isinstance(example, dict):
            for key in ("value", "dataValue", "serializedValue"):
                if key in example:
                    yield example[key]
    schema = contract.document.schemas.resolve(mapping(node, "schema"))
    for key in ("example", "default", "const"):
        if key in schema:
            yield schema[key]
    yield from listing(schema, "examples")[:1]
    yield from listing(schema, "enum")[:1]


def _text(node: Schema, value: Json) -> str:
    """A value in a header (``style: simple``), or as JSON where that is its ``content``."""
    if isinstance(value, str):
        return value.strip()  # a block of YAML ends in a new line (RFC 9110, section 5.5)
    if "content" in node:
        return json.dumps(value)
    if isinstance(value, list):
        return ",".join(_text({}, item) for item in value)
    if not isinstance(value, Mapping):
        return json.dumps(value)
    between = ","
    if node.get("explode") is True:
        between = "="
    return ",".join(f"{name}{between}{_text({}, member)}" for name, member in value.items())


def told_headers(
    contract: Contract, operation: Operation, response: Response, outcome: Outcome, root: str
) -> dict[str, str]:
    """The declared headers whose value follows from the outcome: where a record is, how many there are."""
    found: dict[str, str] = {}
    for name in response.headers:
        plain = name.lower()
        if plain == "etag" and outcome.tag is not None:
            found[name] = outcome.tag
        elif outcome.total is not None and _TOTAL.fullmatch(plain):
            found[name] = str(outcome.total)
        elif _HERE.fullmatch(plain):
            place = place_of(contract, operation, outcome)
            if place is not None:
                found[name] = root + place
    return found


def place_of(contract: Contract, operation: Operation, outcome: Outcome) -> str | None:
    """The path under which the record of an outcome is read; None where nothing reads it."""
    record = outcome.after or outcome.shown
    if record is None:
        return None
    return place_of_record(contract, record)


def place_of_record(contract: Contract, record: Record) -> str | None:
    """The path under which a record is read; None where nothing reads it."""
    reading = contract.acting(record.resource, "read")
    if reading is None or reading.item_parameter is None:
        return None
    values = {**in_paths(contract, record), reading.item_parameter: own_id(contract, record)}
    path = reading.path
    for name, value in values.items():
        path = path.replace("{" + name + "}", quote(value, safe=""))
    if "{" in path:
        return None
    return path
