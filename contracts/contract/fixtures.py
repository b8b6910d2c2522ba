"""Records to start from, and fresh values in the shape that a schema asks for."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from troth.contracts.contract.contract import Contract
from troth.contracts.document.samples import like, matches
from troth.contracts.document.schemas import types_of
from troth.contracts.model import Json, Record

_STAMP = re.compile(r"^\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$")

_PLAIN: Mapping[str, Json] = {"object": {}, "array": [], "boolean": False, "number": 0}


def seed_records(contract: Contract, fresh: Callable[[Json, Json], Json]) -> dict[str, Record]:
    """The fixtures of every resource by name: the schema's example with the fixture's overrides.

    A resource without fixtures gets its example as ``<resource>``. Ids that come twice are made anew.
    """
    found: dict[str, Record] = {}
    for resource in contract.resources.values():
        named = [(f.name, f.data, f.hidden, f.parent) for f in resource.fixtures]
        if not named and resource.example and resource.parent is None:
            named = [(resource.name, {}, resource.hidden, None)]
        taken: set[str] = set()
        for name, data, hidden, parent in named:
            merged = {**resource.example, **data}
            if resource.id not in data and (resource.fixtures or resource.id not in merged):
                merged[resource.id] = fresh(
                    contract.field_schema(resource, resource.id), merged.get(resource.id)
                )
            identity = str(merged[resource.id])
            if identity in taken:
                merged[resource.id] = fresh(contract.field_schema(resource, resource.id), identity)
                identity = str(merged[resource.id])
            taken.add(identity)
            found[name] = Record(resource.name, identity, merged, dict(hidden), 1, parent)
    return {name: _below(record, found) for name, record in found.items()}


def _below(record: Record, named: Mapping[str, Record]) -> Record:
    """A record whose parent is named by its fixture, with the parent's id."""
    parent = named.get(record.parent or "")
    return replace(record, parent=parent.id) if parent else record


def fresh_value(schema: Json, old: Json, now: datetime, random: Random) -> Json:
    """A value that was not there before: an id in the shape of its example, the present as a timestamp."""
    schema = schema if isinstance(schema, Mapping) else {}
    model = next((v for v in _models(schema, old) if v is not None), None)
    if schema.get("format") == "date-time" or (isinstance(model, str) and _STAMP.match(model)):
        return stamp(now, model if isinstance(model, str) else None, old)
    if schema.get("enum"):
        return schema["enum"][0]
    kinds = types_of(schema) or ("string",)
    if "string" not in kinds:
        plain = _PLAIN.get(kinds[0]) if model is None else model
        return random.randrange(10**6, 10**9) if "integer" in kinds else plain
    return _identifier(schema, model, random)


def stamp(now: datetime, model: str | None, old: Json = None) -> str:
    """A point in time, written as the model is (separator, fraction, zone), and later than the old one."""
    match = _STAMP.match(model or "") or _STAMP.match("2026-01-01T00:00:00.000Z")
    assert match is not None
    fraction, zone = match[2] or "", match[3] or ""
    digits = min(len(fraction) - 1, 6) if fraction else 0
    unit = timedelta(microseconds=10 ** (6 - digits))
    moment = max(now, _next(old, unit) or now)
    if zone not in ("", "Z"):
        moment = moment.astimezone(datetime.fromisoformat(f"2026-01-01T00:00:00{zone}").tzinfo)
    text = moment.strftime(f"%Y-%m-%d{match[1]}%H:%M:%S")
    return text + (f".{moment.microsecond:06d}"[: digits + 1] if digits else "") + zone


def _next(old: Json, unit: timedelta) -> datetime | None:
    """One unit after a timestamp; None for what is none."""
    if not isinstance(old, str) or not _STAMP.match(old):
        return None
    try:
        moment = datetime.fromisoformat(old) + unit
    except (ValueError, OverflowError):  # the 30th of February, the end of all years
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _models(schema: Mapping[str, Any], old: Json) -> Iterator[Json]:
    yield schema.get("example")
    yield next(iter(schema.get("examples") or ()), None)
    yield old


def _identifier(schema: Mapping[str, Any], model: Json, random: Random) -> str:
    as_uuid = str(uuid.UUID(int=random.getrandbits(128), version=4))
    if schema.get("format") == "uuid" or (
        isinstance(model, str) and re.fullmatch(r"[0-9a-fA-F-]{36}", model)
    ):
        return as_uuid
    candidates = [as_uuid]
    if isinstance(model, str) and model:
        candidates.insert(0, _alike(model, random))
    candidates += [
        "".join(random.choice("0123456789abcdef") for _ in range(24)),
        str(random.randrange(10**6, 10**7)),
    ]
    pattern = schema.get("pattern")
    most = schema.get("maxLength", 10**6)
    made = like(pattern, 0, most, random) if pattern else None
    candidates += [re.sub(r"[^\w.:~-]", "x", made), made] if made else []  # one that paths take, if possible
    fitting = (c for c in candidates if (not pattern or matches(pattern, c)) and len(c) <= most)
    return next(fitting, candidates[0])


def _alike(model: str, random: Random) -> str:
    """Digits become digits, hexadecimal text stays hexadecimal, the rest stands."""
    if model.isdigit():
        return str(random.randrange(1, 10)) + "".join(random.choice("0123456789") for _ in model[1:])
    if re.fullmatch(r"[0-9a-f]{8,}", model):
        return "".join(random.choice("0123456789abcdef") for _ in model)
    alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"
    prefix = model[: model.rfind("_") + 1] if "_" in model else model[: model.rfind("-") + 1]
    rest = model[len(prefix) :] or model
    return prefix + "".join(random.choice(alphabet) for _ in range(max(8, len(rest))))
