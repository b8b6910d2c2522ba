"""Words that `troth infer` guesses, held against servers that are right in their own ways, or wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from tests.check.plain_api import broken, kept
from tests.check.small_server import SmallHandler, served
from tests.gate import seldom
from troth import load
from troth.contracts.check.results import BROKEN, DIFFERS, Report
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target
from troth.contracts.commands.infer import infer_command

SHELVES: dict[str, Any] = yaml.safe_load("""
openapi: 3.1.0
info: {title: Shelves, version: '1'}
paths:
  /shelves:
    get:
      operationId: listShelves
      parameters:
      - {name: room, in: query, schema: {type: string}}
      - {name: labels, in: query, schema: {type: string}}
      - {name: state, in: query, schema: {enum: [free, full, all]}}
      - {name: after, in: query, schema: {type: string}}
      - {name: since, in: query, schema: {type: string, format: date-time}}
      - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 100, default: 50}}
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema:
                type: object
                required: [shelves, more]
                properties:
                  more: {type: boolean}
                  shelves: {type: array, items: {$ref: '#/components/schemas/Shelf'}}
        '400': &no
          description: no
          content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}
    post:
      operationId: makeShelf
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/NewShelf'}}}
      responses:
        '201': &shelf
          description: ok
          content: {application/json: {schema: {$ref: '#/components/schemas/Shelf'}}}
        '409': *no
        '422': *no
  /shelves/{id}:
    parameters: &id [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {operationId: readShelf, responses: {'200': *shelf, '404': *no}}
    patch:
      operationId: changeShelf
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Change'}}}
      responses: {'200': *shelf, '404': *no, '409': *no, '422': *no}
    delete: {operationId: dropShelf, responses: {'204': {description: gone}, '404': *no, '409': *no}}
  /shelves/{id}/fill:
    parameters: *id
    post: {operationId: fillShelf, responses: {'200': *shelf, '404': *no, '409': *no}}
components:
  schemas:
    Error: {type: object, required: [error], properties: {error: {type: string}}}
    NewShelf:
      type: object
      required: [name]
      properties: &sent
        name: {type: string, minLength: 1, maxLength: 40}
        room: {type: string, maxLength: 40}
        note: {type: [string, 'null'], maxLength: 60}
        labels: {type: array, items: {type: string, minLength: 1, maxLength: 9}, maxItems: 4}
        width: {type: number, minimum: 0, maximum: 900}
        wide: {type: boolean}
    Change: {type: object, properties: {<<: *sent, room: {type: [string, 'null'], maxLength: 40}}}
    Shelf:
      type: object
      required: [id, name, room, state, slug, created_at, updated_at]
      properties:
        id: {type: integer}
        name: {type: string}
        room: {type: string}
        note: {type: [string, 'null']}
        labels: {type: array, items: {type: string}}
        width: {type: number}
        wide: {type: boolean}
        state: {enum: [free, full]}
        slug: {type: string}
        deleted: {type: boolean}
        created_at: {type: string, format: date-time}
        updated_at: {type: string, format: date-time}
""")

HABITS = (
    "name_taken",
    "name_taken_in_any_letters",
    "refuses_full",
    "tidies",
    "keeps_room",
    "reads_texts",
    "marks_deleted",
    "deletes_twice",
    "never_deletes_full",
    "filters_parts",
    "moves_slug",
    "has_one_wide",
)
"""What a server may do that its document leaves open."""

FAULTS = {
    "delete_nothing": "dropShelf/acts/delete",
    "note_lost": "makeShelf/writes/note/any",
    "name_frozen": "changeShelf/writes/name/any",
    "rest_cleared": "changeShelf/frame/declared",
    "room_ignored": "listShelves/query/room",
    "name_for_all": "changeShelf/frame/others",
    "note_cut": "makeShelf/writes/note/any",
    "refuses_undeclared": "makeShelf/schema/name/maxLength/inside",
    "slug_missing": "makeShelf/response",
    "page_overlaps": "listShelves/paging/walk",
    "breaks": "makeShelf/response",
    "takes_all": "makeShelf/schema/name/maxLength/outside",
}
"""What none may do, and the promise that shows it."""


class Shelves:
    """Shelves, by the habits that are switched on."""

    def __init__(self, *does: str) -> None:
        self.does, self.stored, self.moment, self.last = {*does}, dict[int, dict[str, Any]](), 0, 0
        for name in ("Left", "Right", "Top"):
            self.put({**self.plain(), "name": name, "room": "hall"})

    def plain(self) -> dict[str, Any]:
        self.last += 1
        empty: dict[str, Any] = {
            "room": "",
            "note": None,
            "labels": [],
            "width": 1,
            "wide": False,
            "deleted": False,
        }
        return {"id": self.last, "state": "free", **empty}

    def put(self, shelf: dict[str, Any], **new: Any) -> dict[str, Any]:
        self.moment += 1
        now = f"2026-02-03T04:{self.moment // 60 % 60:02}:{self.moment % 60:02}Z"
        shelf.setdefault("created_at", now)
        shelf |= {**new, "updated_at": now}
        if "slug" not in shelf or "moves_slug" in self.does:
            shelf["slug"] = re.sub(r"\W+", "-", shelf["name"].lower()) or "-"
        if "has_one_wide" in self.does and new.get("wide"):
            for other in self.stored.values():
                other["wide"] = other is shelf
        self.stored[shelf["id"]] = shelf
        return shelf

    def answer(self, method: str, path: list[str], sent: Any, query: dict[str, str]) -> tuple[int, Any]:
        if path == ["shelves"]:
            return self.listed(query) if method == "GET" else self.made(sent)
        if not path[1].isdigit():
            return 404, {"error": "unknown"}
        shelf = self.stored.get(int(path[1][:9]))
        if shelf is None:
            again = method == "DELETE" and "deletes_twice" in self.does
            return (204, None) if again else (404, {"error": "unknown"})
        acts = {"DELETE": self.dropped, "GET": self.shown, "POST": self.filled}
        return acts[method](shelf) if method in acts else self.changed(shelf, sent)

    def shown(self, shelf: dict[str, Any]) -> tuple[int, Any]:
        return 200, dict(shelf)

    def filled(self, shelf: dict[str, Any]) -> tuple[int, Any]:
        if shelf["state"] == "full" and "refuses_full" in self.does:
            return 409, {"error": "it is full"}
        return 200, dict(self.put(shelf, state="full"))

    def listed(self, query: dict[str, str]) -> tuple[int, Any]:
        found = self.chosen(query, [dict(shelf) for shelf in self.stored.values() if not shelf["deleted"]])
        if "after" in query:
            ids = [str(shelf["id"]) for shelf in found]
            if query["after"] not in ids:
                return 400, {"error": "after"}
            found = found[ids.index(query["after"]) + ("page_overlaps" not in self.does) :]
        limit = query.get("limit", "50")
        if not limit.isdigit() or not 1 <= int(limit) <= 100:
            return 400, {"error": "limit"}
        return 200, {"shelves": found[: int(limit)], "more": len(found) > int(limit)}

    def chosen(self, query: dict[str, str], found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The shelves that the filters let pass."""
        if "room" in query and "room_ignored" not in self.does:
            found = [shelf for shelf in found if self.finds(query["room"], shelf["room"])]
        if "labels" in query:
            found = [shelf for shelf in found if {*query["labels"].split(",")} <= {*shelf["labels"]}]
        if query.get("state", "all") != "all":
            found = [shelf for shelf in found if shelf["state"] == query["state"]]
        if "since" in query:
            found = [shelf for shelf in found if shelf["updated_at"] >= query["since"].replace("+00:00", "Z")]
        return found

    def finds(self, wanted: str, room: str) -> bool:
        return wanted.lower() in room.lower() if "filters_parts" in self.does else wanted == room

    def taken(self, sent: dict[str, Any], own: Any) -> bool:
        names = [shelf["name"] for shelf in self.stored.values() if shelf is not own]
        if "name_taken_in_any_letters" in self.does:
            return sent.get("name", "").lower() in [name.lower() for name in names]
        return "name_taken" in self.does and sent.get("name") in names

    def wrong(self, sent: Any, schema: str) -> bool:
        if not isinstance(sent, dict):
            return True
        if "reads_texts" in self.does:
            for name in TEXTS:
                if isinstance(sent.get(name), (int, float)):
                    sent[name] = str(sent[name])
        found = list(Draft202012Validator(SCHEMAS[schema]).iter_errors(sent))
        if "takes_all" in self.does:
            found = [error for error in found if error.validator != "maxLength"]
        return bool(found)

    def tidied(self, sent: dict[str, Any]) -> dict[str, Any]:
        sent = {name: value for name, value in sent.items() if name in SENT}
        if sent.get("room", "") is None:
            del sent["room"]  # a shelf stands somewhere
        if "tidies" in self.does:
            for name in ("name", "room"):
                if sent.get(name):
                    sent[name] = " ".join(sent[name].split()).upper() or sent[name]
            if "labels" in sent:
                sent["labels"] = sorted({label.lower() for label in sent["labels"]})
            if "width" in sent:
                sent["width"] = round(sent["width"], 1)
        if "note_cut" in self.does and sent.get("note"):
            sent["note"] = sent["note"][:20]
        return sent

    def made(self, sent: Any) -> tuple[int, Any]:
        if self.wrong(sent, "NewShelf"):
            return 422, {"error": "wrong"}
        if len(sent["name"]) == 40 and {"breaks", "refuses_undeclared"} & self.does:
            return (500 if "breaks" in self.does else 418), {"error": "oops"}
        if self.taken(sent, None):
            return 409, {"error": "taken"}
        sent = self.tidied(sent)
        if "note_lost" in self.does:
            sent.pop("note", None)
        found = dict(self.put(self.plain(), **sent))
        if "slug_missing" in self.does:
            del found["slug"]
        return 201, found

    def changed(self, shelf: dict[str, Any], sent: Any) -> tuple[int, Any]:
        if self.wrong(sent, "Change"):
            return 422, {"error": "wrong"}
        if self.taken(sent, shelf) or ("refuses_full" in self.does and shelf["state"] == "full"):
            return 409, {"error": "not now"}
        sent = self.tidied(sent)
        if "keeps_room" in self.does and not sent.get("room"):
            sent.pop("room", None)
        if "name_frozen" in self.does:
            sent.pop("name", None)
        if "rest_cleared" in self.does:
            sent = {"note": None, "labels": [], "room": "", "width": 0, "wide": False, **sent}
        if "name_for_all" in self.does and "name" in sent:
            for other in self.stored.values():
                other["name"] = sent["name"]
        return 200, dict(self.put(shelf, **sent))

    def dropped(self, shelf: dict[str, Any]) -> tuple[int, Any]:
        if "never_deletes_full" in self.does and shelf["state"] == "full":
            return 409, {"error": "it is full"}
        if "marks_deleted" in self.does:
            if shelf["deleted"]:
                return 404, {"error": "deleted"}
            self.put(shelf, deleted=True)
        elif "delete_nothing" not in self.does:
            del self.stored[shelf["id"]]
        return 204, None


SCHEMAS = SHELVES["components"]["schemas"]
SENT = SCHEMAS["NewShelf"]["properties"]
TEXTS = ("name", "room", "note")


class Handler(SmallHandler):
    def _answer(self) -> None:
        raw, parts = self._received(), urlsplit(self.path)
        try:
            sent = json.loads(raw) if raw else None
        except ValueError:
            sent = None
        path, query = parts.path.strip("/").split("/"), dict(parse_qsl(parts.query, keep_blank_values=True))
        self._send(*self.server.shelves.answer(self.command, path, sent, query))

    do_GET = do_POST = do_PATCH = do_DELETE = _answer


@pytest.fixture(scope="module")
def inferred(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The overlay that `troth infer` writes for the document."""
    folder = tmp_path_factory.mktemp("inferred")
    (folder / "shelves.yaml").write_text(yaml.safe_dump(SHELVES, sort_keys=False))
    overlay = folder / "overlay.yaml"
    done = CliRunner().invoke(infer_command, [str(folder / "shelves.yaml"), "--output", str(overlay)])
    assert done.exit_code == 0, done.output
    return overlay


OTHERS = ("makeShelf/acts/*", "listShelves/acts/*", "changeShelf/*")
"""What shows what a change does to others."""


def check(path: Path, *does: str, seed: int = 0, only: tuple[str, ...] = ()) -> Report:
    with served(Handler, shelves=Shelves(*does)) as url:
        return Checker(load(path), Target("t", url), number=seed, only=only).run()


def findings(report: Report) -> list[str]:
    return [verdict.promise.id for verdict in report.verdicts if verdict.result in (BROKEN, DIFFERS)]


def test_a_plain_server_keeps_what_is_guessed(inferred: Path) -> None:
    report = check(inferred)
    assert findings(report) == []
    for id in (
        "makeShelf/writes/note/any",
        "changeShelf/writes/name/any",
        "changeShelf/frame/declared",
        "dropShelf/acts/delete",
        "listShelves/query/room",
        "listShelves/paging/walk",
        "readShelf/acts/missing",
        "makeShelf/schema/name/maxLength/inside",
        "makeShelf/schema/name/maxLength/outside",
    ):
        assert id in kept(report), id


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_all_of_it_at_once(inferred: Path, seed: int) -> None:
    assert findings(check(inferred, *HABITS, seed=seed)) == []


@pytest.mark.parametrize("fault", seldom(FAULTS, "name_frozen", "name_for_all"))
def test_what_none_may_do_is_found(inferred: Path, fault: str) -> None:
    operation, about, *_ = FAULTS[fault].split("/")
    only = OTHERS if about == "frame" else (f"{operation}/*",)
    assert FAULTS[fault] in broken(check(inferred, fault, only=only))


def test_a_document_without_words_is_left_open_as_well(inferred: Path) -> None:
    report = check(inferred.parent / "shelves.yaml", *HABITS)
    assert findings(report) == []


def test_an_author_takes_the_guesses_for_true(inferred: Path) -> None:
    """Without `guessed` the words say all that there is: a refusal that none explains is a finding."""
    told = inferred.with_name("told.yaml")
    told.write_text(inferred.read_text().replace("guessed: true", "guessed: false"))
    assert findings(check(told, "tidies", only=("changeShelf/*",))) != []


def test_a_parameter_that_goes_on_is_no_time(inferred: Path) -> None:
    """`after` is a cursor unless it is a time; of two times nobody knows which one `since` means."""
    text = inferred.read_text()
    assert re.search(r"after:\s*\{is: cursor\}", text)
    assert "since" not in text


SEATS: dict[str, Any] = yaml.safe_load("""
openapi: 3.1.0
info: {title: Seats, version: '1'}
paths:
  /halls/{hall}/seats:
    get:
      operationId: listSeats
      parameters:
      - {name: hall, in: path, required: true, schema: {type: string}}
      - {name: limit, in: query, schema: {type: integer, minimum: 1}}
      responses:
        '200':
          description: ok
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Seat'}}}}
        '404': {description: no}
  /seats/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: readSeat
      responses:
        '200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Seat'}}}}
        '404': {description: no}
    delete: {operationId: dropSeat, responses: {'204': {description: gone}, '404': {description: no}}}
components:
  schemas:
    Seat: {type: object, required: [id], properties: {id: {type: string}, row: {type: integer}}}
""")


class NoSeats(SmallHandler):
    def _answer(self) -> None:
        self._received()
        self._send(404, {"error": f"no {self.path}"})

    do_GET = do_DELETE = _answer


def test_what_a_path_names_besides_need_not_be_there(tmp_path: Path) -> None:
    """Of halls nothing is known: that a made-up one is not there is no finding, and proves nothing."""
    path = tmp_path / "seats.yaml"
    path.write_text(yaml.safe_dump(SEATS, sort_keys=False))
    with served(NoSeats) as url:
        report = Checker(load(path, infer=True), Target("t", url)).run()
    assert findings(report) == []
    assert "listSeats/acts/list" not in kept(report)
