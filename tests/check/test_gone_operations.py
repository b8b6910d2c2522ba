"""A document without words, a server that moved on: what is gone is told once, what nobody knows never."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.check.plain_api import Answer, Handler, broken
from tests.check.small_server import served
from troth import load
from troth.contracts.check.results import Report
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target

TEXT = {"type": "string"}
NOTE = {"type": "object", "required": ["id"], "properties": {"id": TEXT, "title": TEXT}}
TICKET = {"type": "object", "properties": {"ticket": TEXT, "user": TEXT}}


def answers(status: str, schema: Any) -> dict[str, Any]:
    return {status: {"description": "ok", "content": {"application/json": {"schema": schema}}}}


def sent(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Notes", "version": "1"},
    "paths": {
        "/notes": {
            "get": {
                "responses": answers("200", {"type": "array", "items": {"$ref": "#/components/schemas/Note"}})
            },
            "post": {
                "requestBody": sent({"type": "object", "properties": {"title": TEXT}}),
                "responses": {
                    **answers("201", {"$ref": "#/components/schemas/Note"}),
                    "422": {"description": "no"},
                },
            },
        },
        "/notes/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
            "get": {"responses": answers("200", {"$ref": "#/components/schemas/Note"})},
        },
        "/shared/{owner}": {
            "parameters": [{"name": "owner", "in": "path", "required": True, "schema": TEXT}],
            "get": {
                "operationId": "shared",
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 50}}
                ],
                "responses": answers(
                    "200", {"type": "array", "items": {"$ref": "#/components/schemas/Note"}}
                ),
            },
        },
        "/tickets": {
            "get": {
                "operationId": "tickets",
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 50}}
                ],
                "responses": answers(
                    "200", {"type": "array", "items": {"$ref": "#/components/schemas/Ticket"}}
                ),
            },
            "post": {
                "operationId": "addTicket",
                "requestBody": sent({"type": "object", "properties": {"user": TEXT, "ticket": TEXT}}),
                "responses": answers("201", {"$ref": "#/components/schemas/Ticket"}),
            },
        },
        "/tickets/{ticket}": {
            "parameters": [{"name": "ticket", "in": "path", "required": True, "schema": TEXT}],
            "get": {
                "operationId": "ticket",
                "responses": answers("200", {"$ref": "#/components/schemas/Ticket"}),
            },
        },
    },
    "components": {"schemas": {"Note": NOTE, "Ticket": TICKET}},
}


def answer(method: str, path: list[str], given: Any, stored: Any) -> Answer:
    if path[0] == "shared":
        return 404, {"message": "there is no such owner"}
    if path[0] == "tickets":
        return of_tickets(method, path)
    if len(path) == 2:
        return (200, stored[path[1]]) if path[1] in stored else (404, {})
    if method == "GET":
        return 200, [*stored.values()]
    return made(given, stored)


def of_tickets(method: str, path: list[str]) -> Answer:
    if method == "GET" and len(path) == 1:
        return 200, {}  # by their names: the document says that it is a list
    return 404, {"message": "tickets are made elsewhere now"}


def made(given: Any, stored: Any) -> Answer:
    if not isinstance(given, dict) or not isinstance(given.get("title", ""), str):
        return 422, {}
    id = str(len(stored) + 1)
    stored[id] = {"id": id, "title": given.get("title", "")}
    return 201, stored[id]


def run(folder: Path) -> Report:
    path = folder / "notes.yaml"
    path.write_text(yaml.safe_dump(DOCUMENT, sort_keys=False))
    with served(Handler, answer=answer, stored={}, token=None, denied=401) as url:
        return Checker(load(path, infer=True), Target("t", url, None)).run()


def test_each_lapse_is_told_once(tmp_path: Path) -> None:
    assert set(broken(run(tmp_path))) == {"addTicket/accepts/any", "tickets/response"}
