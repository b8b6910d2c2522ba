"""Documents without a single word: what is inferred of them, and that the mock then remembers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from tests.mock_server.calling import Client
from troth import Contract, Mock, UsageError, load
from troth.contracts.commands.infer import infer_command
from troth.contracts.document import read_document
from troth.contracts.loading.inference import infer

SHOP: dict[str, Any] = yaml.safe_load("""
openapi: 3.0.3
info: {title: Shop, version: '1'}
paths:
  /goods:
    get:
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema: {properties: {data: {type: array, items: {$ref: '#/components/schemas/Good'}}}}
    post:
      requestBody: &new
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/NewGood'}}}
      responses:
        '201':
          description: ok
          content: {application/json: {schema: {properties: {data: {$ref: '#/components/schemas/Good'}}}}}
  /goods/{good_id}:
    parameters: &id [{name: good_id, in: path, required: true, schema: {type: integer}}]
    get:
      responses: &one
        '200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Good'}}}}
    patch: {requestBody: *new, responses: *one}
    delete: {responses: {'204': {description: gone}}}
  /goods/{good_id}/hide:
    parameters: *id
    post: {responses: *one}
  /health:
    get: {responses: {'200': {description: ok}}}
components:
  schemas:
    NewGood: {type: object, required: [name], properties: {name: {type: string}, price: {type: number}}}
    Good:
      allOf:
      - $ref: '#/components/schemas/NewGood'
      - type: object
        required: [id, created_at, shelf]
        properties:
          id: {type: integer}
          created_at: {type: string, format: date-time}
          updated_at: {type: string, format: date-time}
          shelf: {type: string, pattern: '^[A-C]-[0-9]{2}$'}
          hidden: {type: boolean}
""")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(yaml.safe_dump(SHOP))
    return path


def acts(contract: Contract) -> dict[str, str]:
    return {
        f"{o.method} {o.path}": f"{o.resource}.{o.verb}"
        for o in contract.operations.values()
        if o.resource is not None
    }


def test_what_is_inferred(path: Path) -> None:
    contract = load(str(path), infer=True)
    assert acts(contract) == {
        "GET /goods": "Good.list",
        "POST /goods": "Good.create",
        "GET /goods/{good_id}": "Good.read",
        "PATCH /goods/{good_id}": "Good.update",
        "DELETE /goods/{good_id}": "Good.delete",
        "POST /goods/{good_id}/hide": "Good.action",
    }
    good = contract.resources["Good"]
    assert good.id == "id"
    assert good.managed == {"id": "create", "created_at": "create", "updated_at": "write"}
    assert good.state is None
    assert [fixture.name for fixture in good.fixtures] == ["good_1", "good_2", "good_3"]


def test_a_document_with_words_is_left_alone(path: Path) -> None:
    path.write_text(yaml.safe_dump({**SHOP, "x-contract": {"errors": {"invalid": 422}}}))
    assert acts(load(str(path), infer=True)) == {}
    assert infer(read_document(path)) == []


def test_check_infers_nothing(path: Path) -> None:
    assert acts(load(str(path))) == {}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"id": {"type": "object"}}, "an id that is no text and no number"),
        ({"id": None, "number": {"type": "integer"}}, "no property that the parameter could mean"),
    ],
)
def test_no_identity_no_resource(path: Path, change: dict[str, Any], why: str) -> None:
    document = yaml.safe_load(yaml.safe_dump(SHOP))
    properties = document["components"]["schemas"]["Good"]["allOf"][1]["properties"]
    properties.update(change)
    if properties["id"] is None:
        del properties["id"]
    path.write_text(yaml.safe_dump(document))
    assert infer(read_document(path)) == [], why


def test_the_mock_remembers(path: Path) -> None:
    call = Client(Mock([load(str(path), infer=True)]), token=None)
    first = call("GET", "/goods").json["data"]
    assert len(first) == 3
    assert call("GET", f"/goods/{first[0]['id']}").json == first[0]
    made = call("POST", "/goods", {"name": "Kettle", "price": 12}).json["data"]
    assert isinstance(made["id"], int)
    assert made["name"] == "Kettle"
    assert made["shelf"][0] in "ABC"  # required, given by nobody, made to fit its pattern
    assert call("GET", f"/goods/{made['id']}").json == made
    assert made in call("GET", "/goods").json["data"]
    changed = call("PATCH", f"/goods/{made['id']}", {"name": "Kettle", "price": 15}).json
    assert (changed["name"], changed["price"]) == ("Kettle", 15)
    assert call("DELETE", f"/goods/{made['id']}").status == 204
    assert call("GET", f"/goods/{made['id']}").status == 404
    assert call("GET", "/goods").json["data"] == first
    assert call("POST", "/goods", {"price": 12}).status == 400


def test_the_command_writes_an_overlay(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "behaviour.yaml"
    done = CliRunner().invoke(infer_command, [str(path), "--output", str(target)], catch_exceptions=False)
    assert done.exit_code == 0
    text = target.read_text()
    overlay = yaml.safe_load(text)
    assert overlay["extends"] == "shop.yaml"
    targets = {action["target"]: action["update"]["x-contract"] for action in overlay["actions"]}
    assert targets["$['paths']['/goods']['post']"] == {"acts": "Good.create"}
    assert targets["$"]["resources"]["Good"]["id"] == "id"
    assert text.count("# because of ") == len(overlay["actions"]) == 7
    with pytest.raises(UsageError, match="cannot be written"):
        CliRunner().invoke(infer_command, [str(path), "--output", str(target)], catch_exceptions=False)


def test_an_overlay_names_what_no_component_schema_describes(path: Path, tmp_path: Path) -> None:
    """The overlay is a contract of its own; what is inline is referred to."""
    document = yaml.safe_load(path.read_text())
    good = document["components"]["schemas"].pop("Good")
    path.write_text(json.dumps(document).replace('{"$ref": "#/components/schemas/Good"}', json.dumps(good)))
    target = tmp_path / "behaviour.yaml"
    CliRunner().invoke(infer_command, [str(path), "--output", str(target)], catch_exceptions=False)
    first = yaml.safe_load(target.read_text())["actions"][0]
    [(name, schema)] = first["update"]["components"]["schemas"].items()
    assert (first["target"], name) == ("$", "Good")
    assert schema["$ref"].startswith("#/paths/~1goods~1%7Bgood_id%7D/get/responses/200/content/")
    call = Client(Mock([load(str(target))]), token=None)
    made = call("POST", "/goods", {"name": "Lamp", "price": 12}).json["data"]
    assert call("GET", f"/goods/{made['id']}").json["name"] == "Lamp"


def test_operations_and_schemas_of_other_files(tmp_path: Path) -> None:
    """Operations that are references, as large documents have them; what is malformed in other files is left
    out."""
    item = {"get": {"$ref": "get.yaml"}, "delete": {"$ref": "delete.yaml"}}
    list_ = {"get": {"$ref": "list.yaml"}}
    head = {"openapi": "3.0.3", "info": {"title": "Files", "version": "1"}}
    files = {
        "api.yaml": {**head, "paths": {"/drops": list_, "/drops/{drop_id}": item}},
        "get.yaml": answering(200, {"properties": {"drop": {"$ref": "drop.yaml"}}}, "drop_id"),
        "delete.yaml": answering(204, None, "drop_id"),
        "list.yaml": answering(
            200, {"properties": {"drops": {"type": "array", "items": {"$ref": "drop.yaml"}}}}
        ),
        "drop.yaml": {"properties": {"id": {"type": "integer"}, "note": {"type": "strng"}}, "type": "object"},
    }
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    contract = load(str(tmp_path / "api.yaml"), infer=True)
    assert ["strng" in fault.message for fault in contract.document.faults] == [True]
    call = Client(Mock([contract]), token=None)
    ids = [drop["id"] for drop in call("GET", "/drops").json["drops"]]
    assert len(ids) == 3
    assert call("GET", f"/drops/{ids[0]}").json["drop"]["id"] == ids[0]
    assert call("DELETE", f"/drops/{ids[0]}").status == 204
    assert call("GET", f"/drops/{ids[0]}").status == 404
    assert [drop["id"] for drop in call("GET", "/drops").json["drops"]] == ids[1:]


def answering(status: int, schema: Any, *parameters: str) -> dict[str, Any]:
    """An operation that answers with a schema."""
    answer: dict[str, Any] = {"description": "ok"}
    if schema is not None:
        answer["content"] = {"application/json": {"schema": schema}}
    declared = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer"}} for name in parameters
    ]
    return {"parameters": declared, "responses": {str(status): answer, "404": {"description": "no"}}}


def test_nothing_to_infer() -> None:
    with pytest.raises(UsageError, match="has words already"):
        CliRunner().invoke(infer_command, ["puffle"], catch_exceptions=False)


def test_same_seed_same_records(path: Path) -> None:
    first, again, other = (
        Client(Mock([load(str(path), infer=True, seed=seed)], seed=seed), token=None)("GET", "/goods").json
        for seed in (1, 1, 2)
    )
    assert first == again != other
    names = [good["name"] for good in first["data"]]
    assert len({good["id"] for good in first["data"]}) == 3
    assert len(set(names)) > 1


def test_what_is_below_a_record_belongs_to_it(tmp_path: Path) -> None:
    def one(name: str) -> dict[str, Any]:
        schema = {"$ref": f"#/components/schemas/{name}"}
        return {
            "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}
        }

    def many(name: str) -> dict[str, Any]:
        schema = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
        return {
            "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}
        }

    def parameters(*names: str) -> list[dict[str, Any]]:
        return [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in names]

    thing = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Blog", "version": "1"},
        "paths": {
            "/users": {"get": many("User")},
            "/users/{id}": {"parameters": parameters("id"), "get": one("User"), "delete": one("User")},
            "/users/{id}/posts": {"parameters": parameters("id"), "get": many("Post"), "post": one("Post")},
            "/users/{id}/posts/{post}": {"parameters": parameters("id", "post"), "get": one("Post")},
        },
        "components": {"schemas": {"User": thing, "Post": thing}},
    }
    path = tmp_path / "blog.yaml"
    path.write_text(yaml.safe_dump(document))
    contract = load(str(path), infer=True)
    parent = contract.resources["Post"].parent
    assert parent is not None
    assert (parent.resource, parent.by) == ("User", "id")
    call = Client(Mock([contract]), token=None)
    first, second, _ = (user["id"] for user in call("GET", "/users").json)
    assert len(call("GET", f"/users/{first}/posts").json) == 3
    assert call("GET", f"/users/{second}/posts").json == []
    made = call("POST", f"/users/{second}/posts").json
    assert call("GET", f"/users/{second}/posts").json == [made]
    assert call("GET", f"/users/{first}/posts/{made['id']}").status == 404
