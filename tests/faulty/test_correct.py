"""The servers without a fault answer as the documents in `specs/` say, by plain JSON Schema."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.faulty.clock import Clock
from tests.faulty.serving import APIS, Reply, Request, backend, catalogues
from tests.faulty.visible import Session, invisible, scenarios_of

SPECS = Path(__file__).parents[2] / "specs"


@lru_cache
def document(api: str) -> Any:
    text = (SPECS / api / "openapi.yaml").read_text("utf-8")
    return nullable(json.loads(json.dumps(yaml.safe_load(text), default=str)))


def nullable(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` as JSON Schema says it."""
    if isinstance(node, list):
        return [nullable(item) for item in node]
    if not isinstance(node, dict):
        return node
    inner = {key: nullable(value) for key, value in node.items()}
    return {"anyOf": [inner, {"type": "null"}]} if inner.pop("nullable", None) is True else inner


def pointer(*tokens: str) -> str:
    return "#/" + "/".join(quote(t.replace("~", "~0").replace("/", "~1")) for t in tokens)


@lru_cache
def validator(api: str, where: str) -> Draft202012Validator:
    return Draft202012Validator({**document(api), "$ref": where})


def operation(api: str, method: str, path: str) -> tuple[str, Any] | None:
    for template, item in document(api)["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method.lower() in item:
            return template, item[method.lower()]
    return None


def problems(api: str, method: str, path: str, reply: Reply) -> list[str]:
    """What the document says against an answer."""
    found = operation(api, method, path)
    if found is None:
        return [] if reply.status in (404, 405) else [f"{reply.status} for what is not there"]
    template, node = found
    keys = (str(reply.status), f"{reply.status // 100}XX")
    key = next((key for key in keys if key in node["responses"]), None)
    if key is None:
        return [f"{node['operationId']}: {reply.status} is not documented"]
    where = ["paths", template, method.lower(), "responses", key]
    response = node["responses"][key]
    if "$ref" in response:
        where = response["$ref"].removeprefix("#/").split("/")
        response = document(api)["components"]["responses"][where[-1]]
    if "content" not in response:
        return [] if reply.body is None else [f"{node['operationId']}: a body with {reply.status}"]
    at = pointer(*where, "content", "application/json", "schema")
    wrong = broken(api, at, json.dumps(reply.body))
    return [f"{node['operationId']} {reply.status}: {message}" for message in wrong]


@cache
def broken(api: str, where: str, body: str) -> tuple[str, ...]:
    """How a body breaks the schema at a place; the same body is given again and again."""
    return tuple(error.message[:200] for error in validator(api, where).iter_errors(json.loads(body)))


class Checked(Session):
    """A session that holds every answer against the document."""

    def __init__(self, api: str) -> None:
        super().__init__(api, (), ())
        self.name, self.statuses, self.wrong = api, Counter[int](), Counter[str]()

    def call(self, method: str, path: str, body: Any = None, **how: Any) -> Reply:
        reply = super().call(method, path, body, **how)
        self.statuses[reply.status] += 1
        self.wrong.update(problems(self.name, method, path.partition("?")[0], reply))
        return reply


@pytest.mark.parametrize("step", [8, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("api", APIS)
def test_every_answer_keeps_its_schema(api: str, step: int) -> None:
    """Those of each eighth scenario in every run, of all at night."""
    statuses, wrong = Counter[int](), Counter[str]()
    for play in scenarios_of(api)[::step]:
        session = Checked(api)
        play(session)
        assert session.api.crashes == []
        statuses += session.statuses
        wrong += session.wrong
    assert wrong == {}
    assert {200, 400, 401, 404} <= statuses.keys()
    assert statuses.keys() <= {200, 201, 204, 400, 401, 404, 405, 409, 429}


def test_a_wrong_answer_would_be_seen() -> None:
    path = "/hood/campaigns/1000248"
    good = {"id": "1000248", "name": "N", "status": "paused", "next_run_time": None}
    assert problems("ocamba", "GET", path, Reply(200, {"total": 1, "items": [good]})) == []
    for bad in ({"id": 1000248}, {"status": "Paused"}, {"create_time": "2025-01-01T00:00:00Z"}):
        assert problems("ocamba", "GET", path, Reply(200, {"total": 1, "items": [good | bad]})) != []
    assert problems("ocamba", "POST", f"{path}/pause", Reply(200, {})) != []
    assert problems("puffle", "GET", "/api/campaigns", Reply(400, {"message": "no"})) != []


@pytest.mark.parametrize("api", APIS)
def test_the_catalogues(api: str) -> None:
    faults, readings = catalogues(api)
    assert not faults.keys() & readings.keys()
    assert all(name == fault.name for name, fault in faults.items())
    with pytest.raises(ValueError, match="no_such_fault"):
        backend(api, ["no_such_fault"])


def test_autosend_publishes() -> None:
    clock = Clock()
    server = backend("autosend", clock=clock)

    def create(**flags: bool) -> str:
        clock.offset += 1
        raw = json.dumps({"name": "N", "subject": "S", **flags}).encode()
        reply = server.answer(Request("POST", "/v1/campaigns", {}, server.token, raw))
        return str(reply.body["data"]["status"])

    assert [create(), create(sendNow=True), create(publish=False)] == ["draft"] * 3
    assert create(publish=True, sendNow=True) == "scheduled"


@pytest.mark.slow
@pytest.mark.parametrize("api", APIS)
def test_every_fault_and_reading_changes_an_answer(api: str) -> None:
    assert invisible(api) == []
