"""A store of notes, as a record store of the world has them: in a wrapper, with tags of its own format."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.check.small_server import SmallHandler

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Notes", "version": "1"},
    "security": [{"basic": []}],
    "x-contract": {
        "errors": {"missing": 404, "invalid": 400, "unauthenticated": 401, "precondition": 412},
        "resources": {"Note": {"id": "id", "managed": {"id": "create", "version": "write"}}},
    },
    "paths": {
        "/notes": {
            "get": {
                "operationId": "listNotes",
                "x-contract": {
                    "acts": "Note.list",
                    "query": {
                        "parameters": {
                            "min_stars": {"is": "filter", "of": "stars", "by": ">="},
                            "below": {"is": "filter", "of": "stars", "by": "<"},
                            "like": {"is": "filter", "of": "text", "by": "contains"},
                            "sort": {"is": "sort"},
                        }
                    },
                },
                "parameters": [
                    {"name": "min_stars", "in": "query", "schema": {"type": "integer"}},
                    {"name": "below", "in": "query", "schema": {"type": "integer"}},
                    {"name": "like", "in": "query", "schema": {"type": "string"}},
                    {"name": "sort", "in": "query", "schema": {"enum": ["stars", "-stars"]}},
                    {"name": "done", "in": "query", "schema": {"type": "boolean"}},
                ],
                "responses": {"200": {"$ref": "#/components/responses/Notes"}},
            },
            "post": {
                "operationId": "createNote",
                "x-contract": {"acts": "Note.create", "body": "/data"},
                "requestBody": {"$ref": "#/components/requestBodies/New"},
                "responses": {
                    "201": {"$ref": "#/components/responses/Note"},
                    "400": {"description": "no"},
                    "401": {"description": "no"},
                },
            },
        },
        "/notes/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "operationId": "getNote",
                "x-contract": {"acts": "Note.read"},
                "responses": {
                    "200": {"$ref": "#/components/responses/Note"},
                    "401": {"description": "no"},
                    "404": {"description": "no"},
                },
            },
            "patch": {
                "operationId": "updateNote",
                "x-contract": {"acts": "Note.update", "body": "/data"},
                "parameters": [{"name": "If-Match", "in": "header", "schema": {"type": "string"}}],
                "requestBody": {"$ref": "#/components/requestBodies/Change"},
                "responses": {
                    "200": {"$ref": "#/components/responses/Note"},
                    "400": {"description": "no"},
                    "401": {"description": "no"},
                    "404": {"description": "no"},
                    "412": {"description": "no"},
                },
            },
            "delete": {
                "operationId": "deleteNote",
                "x-contract": {"acts": "Note.delete"},
                "parameters": [{"name": "If-Match", "in": "header", "schema": {"type": "string"}}],
                "responses": {
                    "204": {"description": "gone"},
                    "400": {"description": "no"},
                    "401": {"description": "no"},
                    "404": {"description": "no"},
                    "412": {"description": "no"},
                },
            },
        },
    },
    "components": {
        "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
        "requestBodies": {
            name: {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["data"],
                            "properties": {"data": {"$ref": f"#/components/schemas/{name}"}},
                        }
                    }
                },
            }
            for name in ("New", "Change")
        },
        "responses": {
            "Note": {
                "description": "a note",
                "headers": {"ETag": {"schema": {"type": "string"}}},
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["data"],
                            "properties": {"data": {"$ref": "#/components/schemas/Note"}},
                        }
                    }
                },
            },
            "Notes": {
                "description": "notes",
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["data"],
                            "properties": {
                                "data": {"type": "array", "items": {"$ref": "#/components/schemas/Note"}}
                            },
                        }
                    }
                },
            },
        },
        "schemas": {
            "Note": {
                "type": "object",
                "required": ["id", "version", "text"],
                "properties": {
                    "id": {"type": "string"},
                    "version": {"type": "integer"},
                    "text": {"type": "string", "maxLength": 20},
                    "stars": {"type": "integer"},
                    "done": {"type": "boolean"},
                },
            },
            "New": {
                "type": "object",
                "required": ["text"],
                "properties": {
                    "text": {"type": "string", "minLength": 1, "maxLength": 20},
                    "stars": {"type": "integer"},
                    "done": {"type": "boolean"},
                },
            },
            "Change": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "minLength": 1, "maxLength": 20},
                    "stars": {"type": "integer"},
                    "done": {"type": "boolean"},
                },
            },
        },
    },
}

SECRET = "ann:secret"
_KINDS: Mapping[str, type] = {"text": str, "stars": int, "done": bool}


class NotesHandler(SmallHandler):
    """Right but for the ``fault`` of its server."""

    def _answer(self) -> None:
        raw, parts = self._received(), urlsplit(self.path)
        expected = "Basic " + base64.b64encode(SECRET.encode()).decode()
        if self.headers.get("Authorization") != expected:
            self._send(401, {})
            return
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            body = None
        path = parts.path.strip("/").split("/")
        if len(path) == 1:
            self._on_all(body, dict(parse_qsl(parts.query)))
        elif path[1] not in self.server.stored:
            self._send(404, {})
        else:
            self._on_one(path[1], body)

    do_GET = do_POST = do_PATCH = do_DELETE = _answer

    def _on_all(self, body: Any, query: dict[str, str]) -> None:
        if self.command == "GET":
            self._send(200, {"data": self._listed(query)})
            return
        if not self._is_right(body, new=True):
            self._send(400, {})
            return
        self.server.last += 1
        sent = {name: value for name, value in body["data"].items() if name in _KINDS}
        note = {"id": f"n{self.server.last}", "version": 1, **sent}
        self.server.stored[note["id"]] = note
        self._send(201, {"data": note}, _tag(note))

    def _listed(self, query: dict[str, str]) -> list[dict[str, Any]]:
        found, fault = self._selected(query), self.server.fault
        if "sort" in query and fault != "sort_ignored":
            down = query["sort"].startswith("-") and fault != "sort_one_way"
            found.sort(key=lambda note: note.get("stars", 0), reverse=down)
        return found

    def _selected(self, query: dict[str, str]) -> list[dict[str, Any]]:
        fault = self.server.fault
        tests: list[Callable[[Mapping[str, Any]], bool]] = []
        if "min_stars" in query and fault != "min_ignored":
            tests.append(lambda note: note.get("stars", -1) >= int(query["min_stars"]))
        if "below" in query:
            most = int(query["below"]) + (fault == "below_or_equal")
            tests.append(lambda note: note.get("stars", most) < most)
        if "like" in query and fault != "like_ignored":
            tests.append(lambda note: query["like"].lower() in note["text"].lower())
        if "done" in query and fault != "done_ignored":
            tests.append(lambda note: note.get("done", False) is (query["done"] == "true"))
        together = any if fault == "either_filter" and tests else all
        return [note for note in self.server.stored.values() if together(test(note) for test in tests)]

    def _on_one(self, id: str, body: Any) -> None:
        note = self.server.stored[id]
        if self.command == "GET":
            self._send(200, {"data": note}, _tag(note))
            return
        wanted = self.headers.get("If-Match")
        if wanted is not None and not wanted.strip('"').isdigit():
            self._send(400, {})
            return
        stale = wanted is not None and wanted != _tag(note)["ETag"]
        if stale and self.server.fault != "tag_ignored":
            self._send(412, {})
            return
        if self.command == "DELETE":
            del self.server.stored[id]
            self._send(204, None)
            return
        if not self._is_right(body, new=False):
            self._send(400, {})
            return
        sent = {name: value for name, value in body["data"].items() if name in _KINDS}
        if self.server.fault == "stars_lost":
            sent.pop("stars", None)
        note.update(sent, version=note["version"] + 1)
        self._send(200, {"data": note}, _tag(note))

    def _is_right(self, body: Any, *, new: bool) -> bool:
        if not isinstance(body, dict):
            return False
        if "data" not in body and self.server.fault == "no_wrapper":
            body["data"] = {"text": "none"}
        data = body.get("data")
        if not isinstance(data, dict):
            return False
        if new and "text" not in data:
            return False
        for name, kind in _KINDS.items():
            if name in data and type(data[name]) is not kind:
                return False
        longest = 21 if self.server.fault == "one_longer" else 20
        if self.server.fault == "any_length":
            longest = 100
        return "text" not in data or 1 <= len(data["text"]) <= longest


def _tag(note: Mapping[str, Any]) -> dict[str, str]:
    return {"ETag": f'"{1000 + note["version"]}"'}
