"""An API that is unlike the vendors': numeric ids, a required header, deletes, no states, bare lists."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.check.running import SEEDS, WHOLE, finds
from tests.check.small_server import SmallHandler, served
from tests.gate import seldom
from troth import load
from troth.contracts.check.results import BROKEN, KEPT, Report
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target

DOCUMENT = """
openapi: 3.1.0
info: {title: Shelf, version: '1'}
x-contract:
  errors: {missing: 404, invalid: 422}
  resources: {Book: {id: id, managed: {id: create}}}
paths:
  /books:
    parameters: &tenant [{name: X-Tenant, in: header, required: true, schema: {type: string, enum: [main]}}]
    get:
      operationId: listBooks
      x-contract: {acts: Book.list}
      responses:
        '200':
          description: ok
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Book'}}}}
    post:
      operationId: addBook
      x-contract: {acts: Book.create}
      requestBody: &body
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/NewBook'}}}
      responses:
        '201': &book
          description: ok
          content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}
        4XX: &no {description: no}
  /books/{id}:
    parameters:
    - {name: id, in: path, required: true, schema: {type: integer}}
    - {name: X-Tenant, in: header, required: true, schema: {type: string, enum: [main]}}
    get: {operationId: readBook, x-contract: {acts: Book.read}, responses: {'200': *book, 4XX: *no}}
    put:
      operationId: writeBook
      x-contract: {acts: Book.update}
      requestBody: *body
      responses: {'200': *book, 4XX: *no}
    delete:
      operationId: dropBook
      x-contract: {acts: Book.delete}
      responses: {'204': {description: gone}, 4XX: *no}
components:
  schemas:
    NewBook: &new
      type: object
      required: [title]
      properties: {title: {type: string, minLength: 1}, pages: {type: integer, minimum: 1}}
    Book:
      type: object
      required: [id, title]
      properties: {id: {type: integer}, title: {type: string}, pages: {type: integer}}
"""
FAULTS = {
    "delete_keeps": "dropBook/acts/delete",
    "delete_all": "dropBook/frame/others",
    "delete_twice": "dropBook/acts/delete",
    "create_forgets_pages": "addBook/writes/pages/any",
    "update_forgets_pages": "writeBook/writes/pages/any",
    "update_renumbers": "writeBook/frame/declared",
    "title_empty": "writeBook/schema/title/minLength/outside",
    "list_lacks_new": "listBooks/acts/list",
    "id_text": "readBook/response",
    "unknown_200": "readBook/acts/missing",
}


class Shelf(SmallHandler):
    def _answer(self) -> None:
        books: dict[int, dict[str, Any]] = self.server.books
        raw = self._received()
        _, _, tail = self.path.strip("/").partition("/")
        if self.headers.get("X-Tenant") != "main":
            self._send(422, {"error": "X-Tenant"})
        elif tail and not tail.lstrip("-").isdigit():
            self._send(422, {"error": "id"})
        elif not tail:
            self._collection(books, raw)
        elif int(tail) not in books and not (
            self.command == "DELETE" and "delete_twice" in self.server.faults
        ):
            found = "unknown_200" in self.server.faults and self.command == "GET"
            self._send(*((200, {"id": int(tail), "title": "?"}) if found else (404, {"error": "no"})))
        else:
            self._item(books, int(tail), raw)

    do_GET = do_POST = do_PUT = do_DELETE = _answer

    def _collection(self, books: dict[int, dict[str, Any]], raw: bytes) -> None:
        faults = self.server.faults
        if self.command == "GET":
            shown = [b for n, b in books.items() if not ("list_lacks_new" in faults and n > 2)]
            self._send(200, shown)
        elif (body := self._read(raw)) is not None:
            number = max(books, default=0) + 1
            kept = {k: v for k, v in body.items() if k in ("title", "pages")}
            if "create_forgets_pages" in faults:
                kept.pop("pages", None)
            books[number] = {"id": number, **kept}
            self._send(201, books[number])

    def _item(self, books: dict[int, dict[str, Any]], number: int, raw: bytes) -> None:
        faults = self.server.faults
        if self.command == "DELETE":
            if "delete_keeps" not in faults:
                books.pop(number, None)
            if "delete_all" in faults:
                for other in books.values():
                    other["title"] += "!"
            self._send(204, None)
            return
        if self.command == "PUT":
            body = self._read(raw)
            if body is None:
                return
            kept = {k: v for k, v in body.items() if k in ("title", "pages")}
            if "update_forgets_pages" in faults:
                kept.pop("pages", None)
            books[number].update(kept)
            if "update_renumbers" in faults and "pages" not in body:
                books[number]["pages"] = 7
        shown = dict(books[number])
        if "id_text" in faults and self.command == "GET":
            shown["id"] = str(shown["id"])
        self._send(200, shown)

    def _read(self, raw: bytes) -> dict[str, Any] | None:
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        title, pages = (body.get("title"), body.get("pages", 1)) if isinstance(body, dict) else (None, 1)
        least = 0 if "title_empty" in self.server.faults else 1
        good = isinstance(title, str) and len(title) >= least
        if good and isinstance(pages, int) and not isinstance(pages, bool) and pages >= 1:
            return body  # type: ignore[no-any-return]
        self._send(422, {"error": "body"})
        return None


def shelf(*faults: str) -> AbstractContextManager[str]:
    books = {n: {"id": n, "title": f"Book {n}", "pages": 5 * n} for n in (1, 2)}
    return served(Shelf, faults=faults, books=books)


def run(path: Path, *faults: str, seed: int = 0, only: tuple[str, ...] = ()) -> Report:
    path = path / "shelf.yaml"
    path.write_text(DOCUMENT)
    with shelf(*faults) as url:
        target = Target("shelf", url, listed={"Book": ("1", "2")})
        return Checker(load(path), target, number=seed, only=only).run()


@pytest.mark.parametrize("seed", SEEDS)
def test_no_alarm(tmp_path: Path, seed: int) -> None:
    report = run(tmp_path, seed=seed)
    assert [(v.promise.id, v.evidence) for v in report.verdicts if v.result == BROKEN] == []
    assert report.counts[KEPT] == len(report.verdicts)


@pytest.mark.parametrize("whole", WHOLE)
@pytest.mark.parametrize(("fault", "promise"), seldom(FAULTS.items(), "id_text"))
def test_each_fault_is_found(tmp_path: Path, fault: str, promise: str, *, whole: bool) -> None:
    assert finds(lambda only: run(tmp_path, fault, only=only), promise, whole=whole)
