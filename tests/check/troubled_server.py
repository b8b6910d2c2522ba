"""A hand-written server of things that has its troubles: ``python -m tests.check.troubled_server PORT MODE``.

It is right in all that its document says. ``/__count`` tells how many things are alive, and how many calls
came.
"""

from __future__ import annotations

import itertools
import json
import sys
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

DOCUMENT = """
openapi: 3.0.3
info: {title: Things, version: '1'}
security: [{b: []}]
x-contract:
  errors: {refused: 409, missing: 404, invalid: 422, unauthenticated: 401, message: /error}
  resources:
    Thing:
      id: id
      state: {field: status, initial: new, final: [done]}
      managed: {id: create}
paths:
  /things:
    get:
      operationId: listThings
      x-contract: {acts: Thing.list}
      responses:
        '200': {description: l, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Thing'}}}}}
        '401': {$ref: '#/components/responses/E'}
    post:
      operationId: createThing
      x-contract: {acts: Thing.create}
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/New'}}}}
      responses: {'201': {$ref: '#/components/responses/T'}, '422': {$ref: '#/components/responses/E'}, '401': {$ref: '#/components/responses/E'}}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getThing
      x-contract: {acts: Thing.read}
      responses: {'200': {$ref: '#/components/responses/T'}, '404': {$ref: '#/components/responses/E'}, '401': {$ref: '#/components/responses/E'}}
    delete:
      operationId: deleteThing
      x-contract: {acts: Thing.delete}
      responses: {'204': {description: gone}, '404': {$ref: '#/components/responses/E'}, '401': {$ref: '#/components/responses/E'}}
  /things/{id}/finish:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post:
      operationId: finishThing
      x-contract: {acts: Thing.action, transition: {from: new, to: done, refused: done already}}
      responses: {'200': {$ref: '#/components/responses/T'}, '404': {$ref: '#/components/responses/E'}, '409': {$ref: '#/components/responses/E'}, '401': {$ref: '#/components/responses/E'}}
components:
  securitySchemes: {b: {type: http, scheme: bearer}}
  responses:
    T: {description: t, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
    E: {description: e, content: {application/json: {schema: {type: object, required: [error], properties: {error: {type: string}}}}}}
  schemas:
    Thing: {type: object, required: [id, status, name], properties: {id: {type: string}, status: {type: string, enum: [new, done]}, name: {type: string, minLength: 1}}}
    New: {type: object, required: [name], properties: {name: {type: string, minLength: 1, maxLength: 20}}}
"""  # noqa: E501
TOKEN = "good"


class Things:
    """What the server knows."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.things: dict[str, dict[str, str]] = {}
        self.numbers, self.calls = itertools.count(1), itertools.count(1)
        self.count = 0
        self.refresh = "r0"
        self.tokens: dict[str, int] = {TOKEN: 10**9}
        """Tokens, and how many calls each is still good for."""
        self.lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    """Its answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Any

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def answer(self, status: int, body: Any = None, **headers: str) -> None:
        payload = b"" if body is None else json.dumps(body).encode()
        if self.server.state.mode == "hints" and self.path != "/__count":
            self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")
        self.send_response(status)
        if body is not None:
            self.send_header("Content-Type", "application/json")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def trouble(self, state: Things, call: int) -> bool:
        """Whether this call meets with the mode's trouble instead of an answer."""
        mode, finish = state.mode, self.path.endswith("/finish")
        if call % 11 == 0 and self.every_eleventh(mode):
            return True
        if mode == "redirect":
            self.answer(308, None, Location=f"http://localhost:1{self.path}")
        elif mode == "tenant" and self.headers.get("X-Tenant") != "acme":
            self.answer(400, {"error": "no tenant"})
        elif mode == "cookie" and "site=a" not in (self.headers.get("Cookie") or ""):
            self.answer(400, {"error": "no cookie"})
        elif mode == "drip" and finish:
            self.drip()
        else:
            return False
        return True

    def every_eleventh(self, mode: str) -> bool:
        """What every eleventh call meets with in some modes."""
        after = {"429": "0", "429date": formatdate(time.time() - 5, usegmt=True), "429odd": "\xb2"}
        if mode == "drop":
            self.close_connection = True
        elif mode in ("502", "503", "504"):
            self.answer(int(mode), {"error": "busy"})
        elif mode in after:
            self.answer(429, {"error": "slow"}, Retry_After=after[mode])
        else:
            return False
        return True

    def drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.close_connection = True
        for _ in range(600):
            self.wfile.write(b" ")
            time.sleep(0.1)

    def handle_call(self) -> None:
        state: Things = self.server.state
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/__count":
            self.answer(200, {"alive": len(state.things), "calls": state.count})
            return
        if self.path == "/token":
            self.give_token(state, raw)
            return
        with state.lock:
            state.count += 1
            call = next(state.calls)
        if not self.trouble(state, call):
            self.api(state, raw)

    def give_token(self, state: Things, raw: bytes) -> None:
        """The OAuth2 server: a token is good for so many calls."""
        asked = dict(parse_qsl(raw.decode()))
        basic = self.headers.get("Authorization") == "Basic bWU6cw=="
        number = next(state.numbers)
        more = {}
        if asked.get("grant_type") == "refresh_token" and asked.get("client_id") == "public":
            good = asked.get("refresh_token") == state.refresh  # each is good for one use
            state.refresh = f"r{number}"
            more = {"refresh_token": state.refresh}
        else:
            good = basic and asked.get("grant_type") == "client_credentials"
        if not good:
            self.answer(401, {"error": "invalid_client"})
            return
        state.tokens = {f"t{number}": 15}
        self.answer(200, {"access_token": f"t{number}", "token_type": "Bearer", "expires_in": 3600, **more})

    def is_let_in(self, state: Things) -> bool:
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if state.mode == "echo basic":
            return token == "Basic Z29vZDpwYXNzIHdvcmQ="
        if state.tokens.get(token, 0) <= 0:
            return False
        state.tokens[token] -= 1
        return not (state.mode == "expire" and state.count > 25)

    def api(self, state: Things, raw: bytes) -> None:
        if not self.is_let_in(state):
            self.answer(401, {"error": "who are you"})
            return
        parts = self.path.strip("/").split("/")
        if parts == ["things"]:
            self.collection(state, raw)
            return
        thing = state.things.get(parts[1]) if parts[0] == "things" and len(parts) > 1 else None
        if thing is None:
            self.answer(404, {"error": "none"})
        elif self.command == "GET":
            self.answer(200, thing)
        elif self.command == "DELETE":
            del state.things[parts[1]]
            self.answer(204)
        elif thing["status"] == "done" and state.mode not in ("bug", "echo", "echo basic"):
            self.answer(409, {"error": "done already"})
        else:
            thing["status"] = "done"
            heard = dict(self.headers) if "echo" in state.mode else {}
            self.answer(200, {**heard, **thing})

    def collection(self, state: Things, raw: bytes) -> None:
        if self.command == "GET":
            self.answer(200, list(state.things.values()))
            return
        try:
            body = json.loads(raw)
            name = body["name"]
            good = isinstance(name, str) and 1 <= len(name) <= 20
        except (ValueError, TypeError, LookupError):
            good = False
        if not good:
            self.answer(422, {"error": "bad"})
            return
        id = f"t{next(state.numbers)}"
        state.things[id] = {"id": id, "status": "new", "name": name}
        if state.mode == "lost_answer" and len(state.things) % 3 == 0:
            self.close_connection = True
            return
        if state.mode == "mute" and len(state.things) % 3 == 0:
            self.answer(201, {"made": True})
            return
        if state.mode == "slow":
            time.sleep(0.1)
        self.answer(201, state.things[id])

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_call


def serve(port: int, mode: str) -> ThreadingHTTPServer:
    """A server in one of its modes, not yet started."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    vars(server).update(state=Things(mode))
    return server


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2]).serve_forever()
