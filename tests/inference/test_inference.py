"""Documents without a single word: what is inferred of them, and that the mock then remembers."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from contracts import Contract, ContractError, UsageError
from contracts.catalogue import open_spec
from contracts.commands.infer import infer_command
from contracts.document import read_document
from contracts.inference import infer
from mock_server import Mock
from tests.mock_server.calling import Client

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
    contract = open_spec(str(path), infer=True)
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
    assert [fixture.name for fixture in good.fixtures] == ["good_1", "good_2"]


def test_a_document_with_words_is_left_alone(path: Path) -> None:
    path.write_text(yaml.safe_dump({**SHOP, "x-contract": {"errors": {"invalid": 422}}}))
    assert acts(open_spec(str(path), infer=True)) == {}
    assert infer(read_document(path)) == []


def test_check_infers_nothing(path: Path) -> None:
    assert acts(open_spec(str(path))) == {}


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
    call = Client(Mock([open_spec(str(path), infer=True)]), token=None)
    first = call("GET", "/goods").json["data"]
    assert len(first) == 2
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


def test_nothing_to_infer() -> None:
    with pytest.raises(UsageError, match="has words already"):
        CliRunner().invoke(infer_command, ["puffle"], catch_exceptions=False)


CORPUS = Path(os.environ.get("TROTH_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))
BARE = sorted(p for p in CORPUS.glob("*.*") if p.suffix in (".yaml", ".json")) if CORPUS.is_dir() else []
REFUSED = ("sendgrid-swagger2.json", "oai32-tags.yaml")


@pytest.mark.skipif(not BARE, reason="no corpus of public documents (TROTH_CORPUS)")
@pytest.mark.parametrize("document", BARE, ids=lambda path: path.stem)
def test_public_documents(document: Path) -> None:
    """Each is served; what its lists show can be read, and is the same there."""
    if document.name in REFUSED:
        with pytest.raises(ContractError, match=r"is not read|convert it"):
            open_spec(str(document), infer=True)
        return
    contract = open_spec(str(document), infer=True)
    mock = Mock([contract])
    (api,) = mock.apis
    call = Client(mock, prefix=api.prefix)
    for name in contract.resources:
        reading = contract.acting(name, "read")
        if reading is None or reading.secured or any(p.required for p in reading.parameters[1:]):
            continue
        for record in api.store.of(name):
            answer = call("GET", re.sub(r"\{[^}]+\}", record.id, reading.path))
            assert answer.status == 200, (reading.path, record.id, answer.raw)
            assert record.id in answer.raw.decode()
