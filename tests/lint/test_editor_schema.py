"""The schema for editors: it takes what is sound, refuses typos wherever a word may stand, explains words."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft7Validator, Draft202012Validator

from tests.docs.pages import ROOT
from tests.lint.documents import LAMP
from troth.contracts.commands.schema import schema
from troth.contracts.document.source import Source
from troth.contracts.loading.catalogue import bundled_names, find
from troth.contracts.loading.editor_schema import editor_schema
from troth.contracts.loading.shape import meta_schema
from troth.contracts.words import WORDS

SCHEMA = editor_schema()
EDITOR = Draft7Validator(SCHEMA)
OPENAPI_31 = LAMP.replace("3.0.3", "3.1.0")
OPENAPI_32 = LAMP.replace("3.0.3", "3.2.0")
TABLES = sorted((ROOT / "tests" / "tables").glob("*.yaml"))


def loaded(text: str, folder: Path) -> Any:
    path = folder / "a.yaml"
    path.write_text(text)
    return Source(path, "a.yaml").data


def test_it_is_a_schema_and_the_command_prints_it() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert json.loads(CliRunner().invoke(schema).output) == SCHEMA
    assert json.loads((ROOT / "docs/x-contract.schema.json").read_text("utf-8")) == SCHEMA


@pytest.mark.parametrize("name", bundled_names())
def test_what_ships_is_taken(name: str) -> None:
    assert [e.message for e in EDITOR.iter_errors(Source(find(name), name).data)] == []


@pytest.mark.parametrize("text", [LAMP, OPENAPI_31])
def test_a_sound_document_is_taken(text: str, tmp_path: Path) -> None:
    assert [e.message for e in EDITOR.iter_errors(loaded(text, tmp_path))] == []


def carriers(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if key == "x-contract":
            yield (*way, key)
        elif isinstance(inner, (dict, list)):
            yield from carriers(inner, (*way, key))


def reached(value: Any, way: tuple[Any, ...]) -> Any:
    for key in way:
        value = value[key]
    return value


NESTED = ("components", "schemas", "Lamp", "properties", "note")


@pytest.mark.parametrize("text", [LAMP, OPENAPI_31, OPENAPI_32], ids=["3.0", "3.1", "3.2"])
def test_a_typo_is_refused_at_every_place(text: str, tmp_path: Path) -> None:
    data = loaded(text, tmp_path)
    reached(data, NESTED)["x-contract"] = {"rules": {"short": {"rule": "size(self) < 9"}}}
    reached(data, NESTED[:-1])["list"] = {"type": "array", "items": {"allOf": [{"x-contract": {"rules": {
        "a": {"rule": "true"}}}}]}}  # fmt: skip
    assert EDITOR.is_valid(data)
    ways = list(carriers(data))
    assert len(ways) >= 7
    for way in ways:
        for typo in typos(reached(data, way)):
            changed = copy.deepcopy(data)
            reached(changed, way[:-1])["x-contract"] = typo
            assert not EDITOR.is_valid(changed), (way, typo)


def typos(words: dict[str, Any]) -> Iterator[Any]:
    """The words with one key misspelt, or none at all."""
    yield [words]
    for key in words:
        yield {f"{name}s" if name == key else name: value for name, value in words.items()}


def uses() -> Iterator[tuple[str, Any]]:
    """Every `x-contract` of the tables of words, with where it stands."""
    for path in TABLES:
        for document in yaml.load_all(path.read_text("utf-8"), yaml.CSafeLoader):
            for way in carriers(document):
                inside = "schemas" in way or "schema" in way
                place = "schema" if inside else "operation" if "paths" in way else "document"
                yield place, reached(document, way)


def test_it_agrees_with_the_meta_schema() -> None:
    """What the loader's own schema takes or refuses, the editor's does: sound words and spoiled ones."""
    compared = refused = 0
    for place, words in uses():
        official = Draft202012Validator({**meta_schema(), "$ref": f"#/$defs/{place}"})
        editors = Draft7Validator({**SCHEMA, "if": True, "then": {"$ref": f"#/definitions/contract-{place}"}})
        for candidate in (words, *spoiled(words)):
            taken = official.is_valid(candidate)
            assert editors.is_valid(candidate) == taken, (place, candidate)
            compared, refused = compared + 1, refused + (not taken)
    assert compared > 500
    assert refused > 100


def spoiled(value: Any) -> Iterator[Any]:
    """The value with one thing inside of it replaced."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {**{k: v for k, v in value.items() if k != key}, f"{key}x": inner}
            yield from ({**value, key: changed} for changed in spoiled(inner))
    elif isinstance(value, list):
        yield from (
            [*value[:i], changed, *value[i + 1 :]] for i, v in enumerate(value) for changed in spoiled(v)
        )
    else:
        yield from (3, "no such", None, {})


def test_every_word_explains_itself_on_hover() -> None:
    for word in WORDS:
        for place in word.places if word.name else ():
            shown = SCHEMA["definitions"][f"contract-{place}"]["properties"][word.name]
            assert shown["title"] == word.name
            assert f"`{word.name}`" in shown["description"]
            assert shown["markdownDescription"]
