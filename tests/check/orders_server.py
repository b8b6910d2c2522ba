"""A shop that keeps keys, locks by entity tag, expires orders, nests their notes and pages by cursor.

Written by hand, with switchable faults; shares no code with the rules.
"""
# ruff: noqa: PLR0911, RET503

from __future__ import annotations

import json
import time
import zlib
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.check.small_server import SmallHandler, served


class State:
    """What the shop knows, and its clock."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults, self.ahead = faults, 0.0
        self.still: float | None = None
        self.orders: dict[str, dict[str, Any]] = {}
        self.born: dict[str, float] = {}
        self.tags: dict[str, list[str]] = {}
        self.notes: dict[str, dict[str, dict[str, Any]]] = {}
        self.keys: dict[str, tuple[float, str, int, Any]] = {}
        self.count = 0
        for amount in (4, 1, 3, 2):
            self.make({"amount": amount})

    def now(self) -> float:
        return (time.time() if self.still is None else self.still) + self.ahead

    def make(self, body: dict[str, Any]) -> dict[str, Any]:
        self.count += 1
        id = f"o{self.count}"
        self.orders[id] = {
            "id": id,
            "status": "open",
            **{k: body[k] for k in ("amount", "label") if k in body},
        }
        self.born[id], self.notes[id] = self.now(), {}
        if "expires_at_once" in self.faults:
            self.orders[id]["status"] = "expired"
        return self.orders[id]

    def tick(self) -> None:
        life = 30 if "expires_soon" in self.faults else 90 if "expires_late" in self.faults else 60
        for id, order in self.orders.items():
            late = self.now() >= self.born[id] + life
            if order["status"] == "open" and late and "never_expires" not in self.faults:
                order["status"] = "expired"

    def tag(self, id: str) -> str:
        text = "always" if "tag_never_changes" in self.faults else json.dumps(self.orders[id], sort_keys=True)
        tag = f'"{zlib.crc32(text.encode()):x}"'
        self.tags.setdefault(id, []).append(tag)
        return tag


class Shop(SmallHandler):
    def _answer(self) -> None:
        state: State = self.server.state
        raw = self._received()
        parts = urlsplit(self.path)
        self.query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        if parts.path == "/clock":
            return self._clock(state, raw)
        state.tick()
        path = parts.path.strip("/").split("/")[1:]
        if not path:
            return self._list(state) if self.command == "GET" else self._place(state, raw)
        if path[0] not in state.orders:
            lenient = "unknown_parent" in state.faults and path[1:] == ["notes"] and self.command == "GET"
            return self._send(200, []) if lenient else self._send(404, {"error": "no such order"})
        order = state.orders[path[0]]
        if not path[1:]:
            return self._order(state, order) if self.command == "GET" else self._change(state, order, raw)
        if path[1] == "pay":
            if order["status"] != "open":
                return self._send(409, {"error": "not open"})
            order["status"] = "paid"
            return self._order(state, order)
        if path[1] == "summary":
            known = len(state.notes[order["id"]]) + ("summary_off_by_one" in state.faults)
            is_open = order["status"] == "open" or "summary_always_open" in state.faults
            return self._send(200, {"notes": known, "open": is_open})
        return self._notes(state, order, path[2:], raw)

    do_GET = do_POST = do_PUT = do_DELETE = _answer

    def _clock(self, state: State, raw: bytes) -> None:
        change = json.loads(raw or b"{}")
        state.ahead += change.get("advance", 0)
        if change.get("freeze") is True and state.still is None:
            state.still = time.time()
        elif change.get("freeze") is False and state.still is not None:
            state.ahead -= time.time() - state.still
            state.still = None
        now = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(state.now()))
        self._send(200, {"now": now})

    def _list(self, state: State) -> None:
        orders = list(state.orders.values())
        if "unsorted" not in state.faults:
            orders.sort(key=lambda order: order["amount"])
        after, limit = self.query.get("after"), int(self.query.get("limit", 3))
        if limit < 1:
            return self._send(422, {"error": "limit"})
        start = next((i + 1 for i, o in enumerate(orders) if o["id"] == after), len(orders)) if after else 0
        if after:
            start += ("pages_skip" in state.faults) - ("pages_overlap" in state.faults)
        page = orders[start : start + limit]
        more = start + limit < len(orders)
        following = page[-1]["id"] if page and more else None
        self._send(200, {"items": page, "next": following, "more": more, "total": len(orders)})

    def _place(self, state: State, raw: bytes) -> None:
        key, kept = self.headers.get("Idempotency-Key"), None
        if key is not None and "key_ignored" not in state.faults:
            kept = state.keys.get(key)
        if kept is not None and kept[0] > state.now():
            if kept[1] != raw.decode() and "key_other_body" not in state.faults:
                return self._send(422, {"error": "the key is taken"})
            answer = {**kept[3], "id": "o0"} if "key_answers_anew" in state.faults else kept[3]
            return self._send(kept[2], answer)
        body = self._body(raw)
        if body is None:
            return self._send(422, {"error": "body"})
        made = dict(state.make(body))
        if key is not None:
            keep = 1 if "key_forgotten_soon" in state.faults else 10
            state.keys[key] = (state.now() + keep, raw.decode(), 201, made)
        return self._order(state, made, 201)

    def _change(self, state: State, order: dict[str, Any], raw: bytes) -> None:
        body, faults = self._body(raw), state.faults
        wanted, tag = self.headers.get("If-Match"), state.tag(order["id"])
        if body is None or wanted is None:
            return self._send(422, {"error": "body or tag"})
        fits = wanted in ("*", tag)
        fits = fits or ("tag_of_any_time" in faults and wanted in state.tags.get(order["id"], ()))
        fits = fits or "stale_tag_taken" in faults
        if not fits or ("right_tag_refused" in faults and wanted == tag):
            return self._send(412, {"error": "changed"})
        if body["amount"] < order["amount"] and "shrinks" not in faults:
            return self._send(422, {"error": "shrinks"})
        order.update({k: body[k] for k in ("amount", "label") if k in body})
        return self._order(state, order)

    def _notes(self, state: State, order: dict[str, Any], path: list[str], raw: bytes) -> None:
        notes, faults = state.notes[order["id"]], state.faults
        if not path and self.command == "GET":
            everybody = [n for known in state.notes.values() for n in known.values()]
            return self._send(200, everybody if "notes_of_all" in faults else list(notes.values()))
        if not path:
            return self._add(state, order, raw)
        known = {**notes}
        if "note_of_another" in faults:
            known = {id: note for every in state.notes.values() for id, note in every.items()}
        if path[0] not in known:
            return self._send(404, {"error": "no such note"})
        if self.command == "GET":
            return self._send(200, known[path[0]])
        notes.pop(path[0], None)
        if "drops_two_notes" in faults and notes:
            notes.popitem()
        return self._send(204, None)

    def _add(self, state: State, order: dict[str, Any], raw: bytes) -> None:
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        text, faults = body.get("text") if isinstance(body, dict) else None, state.faults
        if not isinstance(text, str) or not text:
            return self._send(422, {"error": "text"})
        if order["status"] != "open" and "note_when_paid" not in faults:
            return self._send(409, {"error": "not open"})
        for _ in range(2 if "two_notes" in faults else 1):
            state.count += 1
            note = {"id": f"n{state.count}", "text": text}
            owner = next(iter(state.notes)) if "note_elsewhere" in faults else order["id"]
            state.notes[owner][note["id"]] = note
        if "note_closes_order" in faults:
            order["status"] = "paid"
        return self._send(201, note)

    def _body(self, raw: bytes) -> dict[str, Any] | None:
        try:
            body = json.loads(raw)
        except ValueError:
            return None
        if not isinstance(body, dict):
            return None
        amount, label = body.get("amount"), body.get("label", "")
        if not isinstance(amount, (int, float)) or isinstance(amount, bool) or amount != int(amount):
            return None
        return body if 1 <= amount <= 10000 and isinstance(label, str) else None

    def _order(self, state: State, order: dict[str, Any], status: int = 200) -> None:
        self._send(status, order, {"ETag": state.tag(order["id"])})


def shop(*faults: str) -> AbstractContextManager[str]:
    return served(Shop, state=State(faults))
