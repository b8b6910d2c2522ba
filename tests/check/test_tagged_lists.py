"""Notes with entity tags in a list that a cursor goes through: each fault breaks what is said about it."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml

from tests.check.plain_api import body, broken, document, kept, operation, parameters, schema
from tests.check.small_server import SmallHandler, served
from troth import load
from troth.contracts.check.results import Report
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target

LABELS = {"type": "array", "items": {"type": "string", "maxLength": 9}, "uniqueItems": True, "maxItems": 4}
TEXT = body(text="string")
TEXT["requestBody"]["content"]["application/json"]["schema"]["properties"]["labels"] = LABELS
UNLESS = [{"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}]
LIMIT = {"type": "integer", "minimum": 1, "maximum": 50}
PAGES = [
    {"name": "after", "in": "query", "schema": {"type": "string"}},
    {"name": "limit", "in": "query", "schema": LIMIT},
]
READ = operation("readNote", "Note.read", "Note", parameters=UNLESS)
READ["responses"]["304"] = {"description": "as it was"}
NOTES = document(
    {"Note": {"id": "id", "managed": {"id": "create"}}},
    {
        "/notes": {
            "post": operation("addNote", "Note.create", "Note", **TEXT),
            "get": operation("listNotes", "Note.list", "Notes", parameters=PAGES),
        },
        "/notes/{id}": {
            "parameters": parameters("id"),
            "get": READ,
            "patch": operation("changeNote", "Note.update", "Note", **TEXT),
        },
    },
    {
        "Note": schema(id="string", text="string", labels="array"),
        "Notes": {
            "type": "object",
            "properties": {
                "notes": {"type": "array", "items": {"$ref": "#/components/schemas/Note"}},
                "more": {"type": "boolean"},
            },
        },
    },
)
NOTES["x-contract"]["paging"] = {"cursor": "after", "size": "limit", "default": 50, "more": "/more"}
FAULTS = {
    "never 304": {"readNote/if-none-match"},
    "always 304": {"readNote/if-none-match"},
    "one tag for ever": {"changeNote/frame/declared"},
    "more on the last page": {"listNotes/paging/walk"},
    "passes one over": {"listNotes/paging/walk"},
    "lists no changed one": {"listNotes/acts/list"},
    "five labels": {
        "addNote/schema/labels/maxItems/outside",
        "changeNote/schema/labels/maxItems/outside",
    },
    "labels twice": {
        "addNote/schema/labels/uniqueItems/outside",
        "changeNote/schema/labels/uniqueItems/outside",
    },
}


class Notes(SmallHandler):
    def _answer(self) -> None:
        raw, parts = self._received(), urlsplit(self.path)
        id = parts.path.strip("/").partition("/")[2]
        notes: dict[str, dict[str, Any]] = self.server.notes
        body: Any = "broken"
        with suppress(ValueError):
            body = json.loads(raw)
        if id and id not in notes:
            self._send(404, {})
        elif self.command in ("POST", "PATCH") and not self._is_good(body):
            self._send(422, {})
        elif self.command == "POST":
            new = {"id": f"n{len(notes)}", "text": body.get("text", ""), "labels": body.get("labels", [])}
            notes[new["id"]] = new
            self._send(201, new)
        elif not id:
            self._list([*notes.values()], dict(parse_qsl(parts.query)))
        else:
            if self.command == "PATCH":
                notes[id].update({name: body[name] for name in ("text", "labels") if name in body})
                self.server.changed.add(id)
            self._one(notes[id])

    do_GET = do_POST = do_PATCH = _answer

    def _is_good(self, body: Any) -> bool:
        if not isinstance(body, dict) or not isinstance(body.get("text", ""), str):
            return False
        labels = body.get("labels", [])
        if not isinstance(labels, list) or any(not isinstance(one, str) or len(one) > 9 for one in labels):
            return False
        if len(labels) > 4 + (self.server.fault == "five labels"):
            return False
        return self.server.fault == "labels twice" or len({*labels}) == len(labels)

    def _one(self, note: dict[str, Any]) -> None:
        tag = f'"{abs(hash(json.dumps(note))):x}"'
        if self.server.fault == "one tag for ever":
            tag = '"1"'
        sent = self.headers.get("If-None-Match")
        same = sent == tag or (sent is not None and self.server.fault == "always 304")
        if self.command == "GET" and same and self.server.fault != "never 304":
            self._send(304, None, {"ETag": tag})
        else:
            self._send(200, note, {"ETag": tag})

    def _list(self, notes: list[dict[str, Any]], query: dict[str, str]) -> None:
        limit = query.get("limit", "50")
        if not limit.isdecimal() or not 1 <= int(limit) <= 50:
            self._send(422, {})
            return
        ids = [note["id"] for note in notes]
        start = ids.index(query["after"]) + 1 if query.get("after") in ids else 0
        passed = self.server.fault == "passes one over"
        start += bool(start) and passed
        page = notes[start : start + int(limit)]
        full = self.server.fault == "more on the last page" and len(page) == int(limit)
        more = full or start + len(page) + passed < len(notes)
        if self.server.fault == "lists no changed one":
            page = [note for note in page if note["id"] not in self.server.changed]
        self._send(200, {"notes": page, "more": more})


def checked(folder: Path, fault: str | None, *only: str) -> Report:
    path = folder / "notes.yaml"
    path.write_text(yaml.safe_dump(NOTES, sort_keys=False))
    with served(Notes, fault=fault, notes={}, changed=set()) as url:
        return Checker(load(path), Target("t", url), only=only).run()


def test_nothing_is_broken(tmp_path: Path) -> None:
    report = checked(tmp_path, None)
    assert broken(report) == {}
    assert kept(report) >= set[str]().union(*FAULTS.values())


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault(fault: str, tmp_path: Path) -> None:
    operations = {promise.split("/")[0] for promise in FAULTS[fault]} | {"changeNote"}
    report = checked(tmp_path, fault, *(f"{name}/[!s]*" for name in operations), *FAULTS[fault])
    assert broken(report).keys() == FAULTS[fault]
