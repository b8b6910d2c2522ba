"""A library of which much hangs on what is sent: keys that are required, unique texts with patterns, targets
that the state decides, quotas of calls that change things, closed bodies, lists of more than one page."""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.check.plain_api import Answer, broken, document, kept, operation, parameters, run
from tests.gate import seldom
from troth.contracts.check.results import Report

STATES = ["open", "kept", "ending", "over"]
READER = {
    "type": "object",
    "required": ["id", "card", "name", "lang"],
    "properties": {
        "id": {"type": "string"},
        "card": {"type": "string"},
        "name": {"type": "string"},
        "lang": {"enum": ["en", "fi"]},
        "home": {"type": ["object", "null"], "properties": {"street": {"type": "string"}}},
    },
}
LOAN = {
    "type": "object",
    "required": ["id", "status"],
    "properties": {"id": {"type": "string"}, "status": {"enum": STATES}, "title": {"type": "string"}},
}


def _sent(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "additionalProperties": False, "properties": properties}
    if required:
        schema["required"] = [*required]
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


COUNT = {"type": "integer"}
STREET = {"type": "string", "minLength": 2, "maxLength": 8}
HOME = {
    "anyOf": [
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["street"],
            "properties": {"street": STREET},
        },
        {"type": "null"},
    ]
}
CARD = {"type": "string", "pattern": "^[A-Z]{2}[0-9]{4,9}$"}
LISTED = {
    "description": "ok",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "items": {"type": "array", "items": {"$ref": "#/components/schemas/Reader"}},
                    "total": {"type": "integer"},
                },
            }
        }
    },
}
DOCUMENT = document(
    {
        "Reader": {
            "id": "id",
            "managed": {"id": "create"},
            "unique": {"card": {"status": 409}},
            "fixtures": {},
        },
        "Loan": {
            "id": "id",
            "managed": {"id": "create"},
            "state": {
                "field": "status",
                "initial": "open",
                "final": ["over"],
                "auto": {"ends": {"from": "ending", "to": "over", "after": "P3D"}},
            },
            "fixtures": {},
        },
    },
    {
        "/readers": {
            "get": {
                "operationId": "listReaders",
                "x-contract": {
                    "acts": "Reader.list",
                    "query": {
                        "parameters": {
                            "lang": {"is": "filter", "of": "lang"},
                            "size": {"is": "size", "default": 2},
                            "offset": {"is": "offset"},
                        },
                        "shows": {"/total": "total"},
                    },
                },
                "parameters": [
                    {"name": "lang", "in": "query", "schema": {"enum": ["en", "fi"]}},
                    {
                        "name": "size",
                        "in": "query",
                        "schema": {"type": "integer", "minimum": 1, "maximum": 40},
                    },
                    {"name": "offset", "in": "query", "schema": {"type": "integer", "minimum": 0}},
                ],
                "responses": {"200": LISTED, "422": {"description": "no"}},
            },
            "post": operation(
                "enrol",
                "Reader.create",
                "Reader",
                **_sent(
                    ("card", "lang"),
                    card=CARD,
                    lang={"enum": ["en", "fi"]},
                    name={"type": "string"},
                    home=HOME,
                ),
                words={"limits": {"few": {"q": 4, "w": 3600}}},
            ),
        },
        "/readers/{reader}": {
            "parameters": parameters("reader"),
            "get": operation("readReader", "Reader.read", "Reader"),
            "patch": operation("rename", "Reader.update", "Reader", **_sent((), name={"type": "string"})),
            "delete": {
                "operationId": "leave",
                "x-contract": {"acts": "Reader.delete"},
                "responses": {"204": {"description": "gone"}, "404": {"description": "no"}},
            },
        },
        "/loans": {
            "post": operation(
                "lend",
                "Loan.create",
                "Loan",
                **_sent(("title",), title={"type": "string", "minLength": 1, "maxLength": 9}),
                words={"repeat": {"key": "Idempotency-Key"}},
            )
            | {
                "parameters": [
                    {
                        "name": "Idempotency-Key",
                        "in": "header",
                        "required": True,
                        "schema": {"type": "string", "format": "uuid", "pattern": "^[0-9a-f-]{36}$"},
                    }
                ]
            }
        },
        "/loans/{loan}": {
            "parameters": parameters("loan"),
            "get": operation("readLoan", "Loan.read", "Loan"),
        },
        "/loans/{loan}/remind": {
            "parameters": parameters("loan"),
            "post": operation("remind", "Loan.action", "Loan", words={"limits": {"calm": {"q": 3, "w": 60}}}),
        },
        "/loans/{loan}/extend": {
            "parameters": parameters("loan"),
            "post": operation(
                "extend", "Loan.action", "Loan", words={"transition": {"from": "open", "to": "kept"}}
            ),
        },
        "/loans/{loan}/end": {
            "parameters": parameters("loan"),
            "post": operation(
                "end",
                "Loan.action",
                "Loan",
                **_sent(("when",), when={"enum": ["now", "later"]}),
                words={
                    "transition": {
                        "from": ["open", "kept"],
                        "to": {
                            "over": "request.body.when == 'now' || self.status == 'open'",
                            "ending": "otherwise",
                        },
                    }
                },
            ),
        },
    },
    {"Reader": READER, "Loan": LOAN},
    **{"x-contract": {"errors": {"limited": 429}}},
)
DOCUMENT["paths"]["/readers"]["post"]["responses"]["429"] = {"description": "too often"}
DOCUMENT["paths"]["/loans/{loan}/remind"]["post"]["responses"]["429"] = {"description": "too often"}


class Library:
    """The server, with a fault."""

    def __init__(self, fault: str | None) -> None:
        self.fault, self.now, self.still = fault, datetime(2026, 1, 1, tzinfo=UTC), True
        self.calls: dict[str, list[datetime]] = {}
        self.keys: dict[str, tuple[Any, Answer]] = {}
        self.since: dict[str, datetime] = {}

    def __call__(
        self,
        method: str,
        path: list[str],
        body: Any,
        stored: dict[str, Any],
        query: dict[str, str],
        headers: dict[str, str],
    ) -> Answer:
        if path == ["clock"]:
            return self._clock(body)
        if path[0] == "readers":
            return self._readers(method, path, body, stored, query)
        return self._loans(method, path, body, stored, headers)

    def _clock(self, body: Any) -> Answer:
        self.now += timedelta(seconds=(body or {}).get("advance", 0))
        return 200, {"now": self.now.isoformat(), "frozen": True}

    def _too_often(self, what: str, most: int, window: int) -> bool:
        calls = self.calls.setdefault(what, [])
        calls[:] = [at for at in calls if at > self.now - timedelta(seconds=window)]
        calls.append(self.now)
        if self.fault == f"{what}_never_limited":
            return False
        return len(calls) > most + (self.fault == f"{what}_one_more")

    def _readers(
        self, method: str, path: list[str], body: Any, stored: dict[str, Any], query: dict[str, str]
    ) -> Answer:
        readers = {id: one for id, one in stored.items() if id.startswith("r")}
        if len(path) == 2:
            return self._reader(method, path[1], body, stored)
        if method == "GET":
            return self._list(list(readers.values()), query)
        if self._too_often("enrol", 4, 3600):
            return 429, {}
        return self._enrol(body, readers, stored)

    def _enrol(self, body: Any, readers: dict[str, Any], stored: dict[str, Any]) -> Answer:
        if not isinstance(body, dict) or not {"card", "lang"} <= body.keys() <= {*READER["properties"]} - {
            "id"
        }:
            return 422, {}
        right = isinstance(body["card"], str) and re.search(r"\A[A-Z]{2}[0-9]{4,9}\Z", body["card"])
        if not right or body["lang"] not in ("en", "fi") or not isinstance(body.get("name", ""), str):
            return 422, {}
        if not self._is_home(body.get("home")):
            return 422, {}
        if any(one["card"] == body["card"] for one in readers.values()):
            return 409, {}
        id = f"r{len(stored) + 1}"
        stored[id] = {"id": id, "name": "", "home": None, **body}
        return 201, stored[id]

    def _is_home(self, home: Any) -> bool:
        if home is None:
            return True
        if not isinstance(home, dict) or list(home) != ["street"] or not isinstance(home["street"], str):
            return False
        return (1 if self.fault == "short_streets" else 2) <= len(home["street"]) <= 8

    def _list(self, readers: list[Any], query: dict[str, str]) -> Answer:
        if query.get("lang", "en") not in ("en", "fi"):
            return 422, {}
        try:
            size, offset = int(query.get("size", 2)), int(query.get("offset", 0))
        except ValueError:
            return 422, {}
        if not 1 <= size <= 40 or offset < 0:
            return 422, {}
        if "lang" in query and self.fault != "lang_ignored":
            readers = [one for one in readers if one["lang"] == query["lang"]]
        if self.fault == "fins_not_shown" and "lang" not in query:
            readers = [one for one in readers if one["lang"] == "en"]
        return 200, {"items": readers[offset : offset + size], "total": len(readers)}

    def _reader(self, method: str, id: str, body: Any, stored: dict[str, Any]) -> Answer:
        if not id.startswith("r") or id not in stored:
            return 404, {}
        if method == "DELETE":
            del stored[id]
            return 204, None
        if method == "PATCH":
            known = {"name"} | ({"card", "lang"} if self.fault == "closed_not" else set())
            if not isinstance(body, dict) or not body.keys() <= known:
                return 422, {}
            if not isinstance(body.get("name", ""), str):
                return 422, {}
            stored[id] |= {name: value for name, value in body.items() if name == "name"}
        return 200, stored[id]

    def _loans(
        self, method: str, path: list[str], body: Any, stored: dict[str, Any], headers: dict[str, str]
    ) -> Answer:
        if len(path) == 1:
            return self._lend(body, stored, headers)
        loan = stored.get(path[1])
        if loan is None or not path[1].startswith("l"):
            return 404, {}
        due = 1.4 if self.fault == "ends_early" else 3
        if loan["status"] == "ending" and self.now - self.since[loan["id"]] >= timedelta(days=due):
            loan["status"] = "over"
        if path[-1] == "remind" and self._too_often("remind", 3, 60):
            return 429, {}
        if path[-1] == "extend":
            return self._extend(loan, stored)
        if path[-1] == "end":
            return self._end(loan, body)
        return 200, loan

    def _extend(self, loan: dict[str, Any], stored: dict[str, Any]) -> Answer:
        answer = self._move(loan, ["open"], "kept")
        if self.fault == "extend_cuts_title":
            loan["title"] = loan["title"][:1]
        if self.fault == "extends_all":
            for other in stored.values():
                if other.get("status") == "open":
                    other["status"] = "kept"
        return answer

    def _end(self, loan: dict[str, Any], body: Any) -> Answer:
        if not isinstance(body, dict) or list(body) != ["when"] or body["when"] not in ("now", "later"):
            return 422, {}
        at_once = body["when"] == "now" or (loan["status"] == "open" and self.fault != "open_ends_later")
        return self._move(loan, ["open", "kept"], "over" if at_once else "ending")

    def _lend(self, body: Any, stored: dict[str, Any], headers: dict[str, str]) -> Answer:
        key = headers.get("idempotency-key", "")
        if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", key):
            return 422, {}
        if key in self.keys:
            return self.keys[key][1] if self.keys[key][0] == body else (422, {})
        most = 10 if self.fault == "long_titles" else 9
        if not isinstance(body, dict) or list(body) != ["title"] or not isinstance(body["title"], str):
            return 422, {}
        if not 1 <= len(body["title"]) <= most:
            return 422, {}
        id = f"l{len(stored) + 1}"
        stored[id] = {"id": id, "status": "open", **body}
        self.keys[key] = body, (201, dict(stored[id]))
        return 201, stored[id]

    def _move(self, loan: dict[str, Any], starts: list[str], to: str) -> Answer:
        if loan["status"] not in starts:
            return 409, {}
        loan["status"], self.since[loan["id"]] = to, self.now
        return 200, loan


def _checked(folder: Path, fault: str | None = None, only: tuple[str, ...] = ()) -> Report:
    return run(folder, DOCUMENT, Library(fault), only=only, clock=True)


def test_all_of_it_is_tried_and_nothing_is_broken(tmp_path: Path) -> None:
    report = _checked(tmp_path)
    assert not broken(report)
    others = {v.promise.id: v.reason for v in report.verdicts if v.promise.id not in kept(report)}
    untried = {id for id in others if not id.endswith("/frame/others")}  # nothing lists loans
    assert untried == {"remind/frame/refused"}, others  # only too many reminders are refused


FAULTS = {
    "lang_ignored": "listReaders/query/lang",
    "fins_not_shown": "listReaders/acts/list",
    "closed_not": "rename/acts/undeclared/card",
    "enrol_one_more": "enrol/limits/few",
    "enrol_never_limited": "enrol/limits/few",
    "remind_one_more": "remind/limits/calm",
    "long_titles": "lend/schema/title/maxLength/outside",
    "short_streets": "enrol/schema/home/street/minLength/outside",
    "extends_all": "extend/frame/others",
    "extend_cuts_title": "extend/frame/declared",
    "ends_early": "end/auto/ends",
    "open_ends_later": "end/transition/from=open",
}


@pytest.mark.parametrize("fault", seldom(FAULTS, "fins_not_shown", "short_streets", "open_ends_later"))
def test_each_fault_is_found_by_what_it_breaks(tmp_path: Path, fault: str) -> None:
    promise, only = FAULTS[fault], f"{FAULTS[fault].partition('/')[0]}/*"
    report = _checked(tmp_path, fault, () if fault == "fins_not_shown" else (only,))
    assert promise in broken(report)


@pytest.mark.parametrize(
    ("fault", "found"), [(None, set()), ("open_ends_later", {"end/transition/from=open"})]
)
def test_a_new_loan_is_no_older_than_it_is(tmp_path: Path, fault: str | None, found: set[str]) -> None:
    lapsing = deepcopy(DOCUMENT)
    moves = lapsing["x-contract"]["resources"]["Loan"]["state"]["auto"]
    moves["lapses"] = {"from": "open", "to": "kept", "after": "P7D"}  # from which it would end later
    report = run(tmp_path, lapsing, Library(fault), only=("end/transition/*",), clock=True)
    assert broken(report).keys() == found
