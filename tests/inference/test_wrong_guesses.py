"""A guess that turns out to be wrong is told and left out; the rest of the document is served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.mock_server.calling import Client
from troth import ContractError, Mock, load
from troth.contracts.document import Document, read_document
from troth.contracts.loading.guesses import build_guessed

THING: dict[str, Any] = {"type": "object", "properties": {"id": {"type": "string"}}}
ANSWER = {
    "200": {
        "description": "ok",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
    }
}


def document(path: Path, wrong: dict[str, Any], resources: dict[str, Any]) -> Document:
    """A document with words as if they had been guessed."""
    reading = {"operationId": "read", "responses": ANSWER, "x-contract": {"acts": "Thing.read"}}
    posting = {"operationId": "post", "responses": ANSWER, "x-contract": wrong}
    below = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    data = {
        "openapi": "3.1.0",
        "info": {"title": "Wrong", "version": "1"},
        "x-contract": {"resources": resources},
        "paths": {"/things/{id}": {"parameters": below, "get": reading}, "/posts": {"post": posting}},
        "components": {"schemas": {"Thing": THING, "Post": THING}},
    }
    path.write_text(yaml.safe_dump(data), "utf-8")
    found = read_document(path, "wrong")
    found.guessed = True
    return found


THINGS = {"Thing": {"id": "id", "fixtures": {"one": {"id": "a"}}}}
WRONG: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing of the kind": ({"acts": "Post.create"}, THINGS),
    "the wrong shape": ({"acts": 7}, THINGS),
    "no such word": ({"act": "Thing.create"}, THINGS),
    "no such property": (
        {"acts": "Post.create"},
        {**THINGS, "Post": {"id": "id", "managed": {"name": "create", "id": "create"}}},
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_rest_is_served(name: str, tmp_path: Path) -> None:
    contract = build_guessed(document(tmp_path / "api.yaml", *WRONG[name]), "wrong")
    assert contract.operations["post"].resource is None
    assert all("what was guessed is wrong: " in one.message for one in contract.document.faults)
    assert contract.document.faults
    client = Client(Mock([contract]))
    assert client("GET", "/things/a").json == {"id": "a"}
    assert client("POST", "/posts").status == 200


def test_what_an_author_wrote_is_an_error(tmp_path: Path) -> None:
    document(tmp_path / "api.yaml", *WRONG["nothing of the kind"])
    with pytest.raises(ContractError, match="'Post' is not declared under `resources`"):
        load(tmp_path / "api.yaml", infer=True)
