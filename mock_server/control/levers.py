"""The mock itself, the clock, faults, the journal and sessions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version as version_of
from math import inf
from typing import Any

from troth.contracts.contract.scenarios import fault_of
from troth.contracts.document import did_you_mean
from troth.contracts.document.equality import equal
from troth.contracts.errors import ContractFault
from troth.contracts.model import Json
from troth.contracts.words._values import seconds
from troth.mock_server.control.asked import Asked, Refused
from troth.mock_server.faults import harmless
from troth.mock_server.journal import timestamp

_DURATION = re.compile(r"P(?=.)(\d+(\.\d+)?D)?(T(?=.)(\d+(\.\d+)?H)?(\d+(\.\d+)?M)?(\d+(\.\d+)?S)?)?")
CLOSEST = 5
"""Calls that are shown where the ones that were asked for did not come."""


def health(asked: Asked) -> Json:
    """It answers."""
    return {"status": "ok", "apis": list(asked.session.kept)}


def version(asked: Asked) -> Json:
    """The version of troth."""
    return {"version": version_of("troth")}


def clock(asked: Asked) -> Json:
    """What time it is."""
    session, shown = asked.session, None
    coming = _next(asked)
    if coming is not None:
        shown = timestamp(coming)
    return {"now": timestamp(session.clock.now()), "frozen": session.clock.frozen, "next": shown}


def set_clock(asked: Asked) -> Json:
    """Let time stand still, pass, or be real again."""
    session, change = asked.session, asked.body
    if change.get("next") and "advance" in change:
        raise Refused(400, "`next` says how far time passes: beside it no `advance`")
    passes = _seconds(change.get("advance", 0))
    if change.get("reset"):
        session.turn_back_clock()
    if change.get("next"):
        passes += _until_next(asked)
    try:
        session.clock.advance(passes)
    except ValueError as error:
        raise Refused(400, str(error)) from None
    if "freeze" in change:
        session.clock.freeze(change["freeze"])
    session.journal.tell("clock", change)
    return clock(asked)


def _seconds(value: float | str) -> float:
    if not isinstance(value, str):
        return value
    if not _DURATION.fullmatch(value):
        raise Refused(400, f"`advance` takes seconds or a duration (P1DT2H30M), found {value!r}")
    return seconds(value)


def _next(asked: Asked) -> datetime | None:
    """When the next move comes by itself, once everything has come that was due."""
    now, found = asked.session.clock.now(), list[datetime]()
    for kept in asked.session.kept.values():
        with suppress(ContractFault):  # a condition of the document fails on some record: calls tell that
            kept.store.view(now)
        coming = kept.store.next_move()
        if coming is not None:
            found.append(coming)
    return min(found, default=None)


def _until_next(asked: Asked) -> float:
    """Seconds to the next move that comes by itself."""
    coming = _next(asked)
    if coming is None:
        raise Refused(409, "nothing is known to move by itself")
    return max(0.0, (coming - asked.session.clock.now()).total_seconds())


def faults(asked: Asked) -> Json:
    """What goes wrong."""
    return asked.session.faults.as_json()


def add_fault(asked: Asked) -> Json:
    """Let calls go wrong."""
    fault = fault_of({name: value for name, value in asked.body.items() if name != "id"})
    for name in fault.operations:
        _known_operation(asked, name)
    contracts = [kept.store.contract for kept in asked.session.kept.values()]
    problem = harmless(fault, contracts)
    if problem is not None:
        raise Refused(400, problem)
    try:
        asked.session.faults.add(fault)
    except ValueError as error:
        raise Refused(409, str(error)) from None
    asked.session.journal.tell("fault", fault.as_json())
    return faults(asked)


def _known_operation(asked: Asked, name: str) -> None:
    """Raises Refused where no API has an operation of this name."""
    known = [name for kept in asked.session.kept.values() for name in kept.store.contract.operations]
    if name not in known:
        raise Refused(400, f"there is no operation {name!r}{did_you_mean(name, known)}")


def delete_faults(asked: Asked) -> Json:
    """Nothing goes wrong any more."""
    asked.session.faults.reset(())
    return faults(asked)


def delete_fault(asked: Asked) -> Json:
    """One thing does not go wrong any more."""
    id = asked.path["id"]
    if not id.isdecimal() or not asked.session.faults.remove(int(id[:18])):
        raise Refused(404, f"there is no fault {id}")
    return faults(asked)


def journal(asked: Asked) -> Json:
    """The last calls that were such."""
    wanted = {name: asked.query[name] for name in ("operation", "method", "path") if name in asked.query}
    found = asked.session.journal.entries()
    for name, value in wanted.items():
        found = [entry for entry in found if str(entry[name]).lower() == value.lower()]
    if "status" in asked.query:
        found = [entry for entry in found if str(entry["status"]) == asked.query["status"]]
    if asked.query.get("unmatched") == "true":
        found = [entry for entry in found if entry["operation"] is None]
    if "operation" in asked.query:
        _known_operation(asked, asked.query["operation"])
    if "last" in asked.query:
        found = found[-int(asked.query["last"]) :]
    return found


def delete_journal(asked: Asked) -> Json:
    """Forget the calls."""
    asked.session.journal.clear()
    return None


def verify(asked: Asked) -> Json:
    """Whether there were such calls, and so many."""
    wanted, entries = asked.body, asked.session.journal.entries()
    if "times" in wanted and wanted.keys() & {"at_least", "at_most"}:
        raise Refused(400, "`times` says how many calls there were: beside it no `at_least`, no `at_most`")
    if wanted.get("at_least", 0) > wanted.get("at_most", inf):
        raise Refused(400, "`at_least` is more than `at_most`: no number of calls is both")
    if "operation" in wanted:
        _known_operation(asked, wanted["operation"])
    found = [entry for entry in entries if not _misses(entry, wanted)]
    least = wanted.get("times", wanted.get("at_least", 1))
    most = wanted.get("times", wanted.get("at_most"))
    if "at_most" in wanted and "at_least" not in wanted:
        least = 0
    verified = len(found) >= least and (most is None or len(found) <= most)
    answer: dict[str, Json] = {"verified": verified, "count": len(found), "calls": found[-100:]}
    if not verified:
        says = f"there were {len(found)} such calls, not {_number(least, most)}"
        if not found:
            near = sorted(entries, key=lambda entry: len(_misses(entry, wanted)))[:CLOSEST]
            answer["calls"] = near
            for entry in near:
                says += f"; {entry['method']} {entry['path']}: another {', '.join(_misses(entry, wanted))}"
        answer["says"] = says
    return answer


def _number(least: int, most: int | None) -> str:
    if most is None:
        return f"{least} or more"
    if least == most:
        return str(least)
    return f"{least} to {most}"


def _misses(entry: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """In what a call is not as it should be."""
    found = []
    for name in ("operation", "status", "path"):
        if name in wanted and entry[name] != wanted[name]:
            found.append(name)
    if "method" in wanted and entry["method"] != wanted["method"].upper():
        found.append("method")
    query = dict(part.partition("=")[::2] for part in entry["query"].split("&"))
    for name, value in wanted.get("query", {}).items():
        if query.get(name) != value:
            found.append(f"query {name}")
    for name, value in wanted.get("headers", {}).items():
        if entry["headers"].get(name.lower()) != value:
            found.append(f"header {name}")
    if "body" in wanted and not _has(entry["body"], wanted["body"]):
        found.append("body")
    return found


def _has(value: Json, wanted: Json) -> bool:
    """Whether a value is what is wanted; of an object, whether it has the wanted members."""
    if isinstance(wanted, dict):
        if not isinstance(value, dict):
            return False
        return all(name in value and _has(value[name], inner) for name, inner in wanted.items())
    return equal(value, wanted)


def sessions(asked: Asked) -> Json:
    """The sessions that there are."""
    return asked.mock.sessions.names()


def delete_session(asked: Asked) -> Json:
    """End a session."""
    if not asked.mock.sessions.end(asked.path["name"]):
        raise Refused(404, f"there is no session {asked.path['name']!r}")
    return sessions(asked)
