"""Documents spoiled by chance: every command ends in an answer or a message, and the mock answers every call.

Each seed is one document; 100 in every run, 10,000 in the nightly one (``SPOILED`` says how many, ``FIRST``
from which seed on). A failing seed is in the message: ``SPOILED=1 FIRST=seed pytest <this file>`` repeats it.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import io
import json
import os
import random
import re
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from tests.mock_server.calling import exchange
from troth import Mock, TrothError, load
from troth.contracts.commands.main import commands
from troth.contracts.document.yaml_loader import Yaml12Loader

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    ROOT / "tests/diff/base.yaml",
    ROOT / "docs/examples/shop.yaml",
    ROOT / "docs/examples/payment-links.yaml",
    ROOT / "tests/check/orders.yaml",
    ROOT / "specs/ocamba/openapi.yaml",
]
FIRST, NUMBER = int(os.environ.get("FIRST", "0")), int(os.environ.get("SPOILED", "100"))
CHUNK = 25

VALUES: list[Any] = [
    None, True, False, 0, -1, 1.5, "", "x", "x" * 300, [], {}, [None], [1, "a"], {"a": 1}, {"$ref": "#/no"},
    {"$ref": "#"}, {"$ref": "#/components"}, 10**30, -(10**30), "1e400", "\U0001f600", "$ref", ["a", "a"],
    {"type": "object"}, [[]], {"": ""}, "^(a+)+$", "[", "2026-99-99", 1e308, {"$ref": 1}, "{", "\x00",
    ["string", "null"],
]  # fmt: skip
KEYS = ["$ref", "type", "in", "x", "", "a/b", "%7B", "items", "allOf", "x-contract", "~1"]


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield path, value
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, member in members:
        yield from nodes(member, (*path, key))


def spoiled(document: Any, chance: random.Random) -> Any:
    """A document with one to three things replaced, removed, moved or renamed."""
    document = copy.deepcopy(document)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        places = [(path, value) for path, value in nodes(document) if path]
        (*way, last), _ = chance.choice(places)
        parent = document
        for key in way:
            parent = parent[key]
        what = chance.random()
        if what < 0.6:
            parent[last] = copy.deepcopy(chance.choice(VALUES))
        elif what < 0.75:
            del parent[last]
        elif what < 0.9 or not isinstance(parent, dict):
            parent[last] = copy.deepcopy(chance.choice(places)[1])
        else:
            parent[chance.choice(KEYS)] = parent.pop(last)
    return document


def command(*words: str) -> None:
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.suppress(click.ClickException, click.exceptions.Exit, TrothError),
    ):
        commands.main(list(words), prog_name="troth", standalone_mode=False)


def serve(path: Path) -> None:
    """Every operation is called once, without a body."""
    try:
        mock = Mock([load(path, infer=True)])
    except TrothError:
        return
    [api] = mock.apis
    for operation in api.contract.operations.values():
        called = api.prefix + re.sub(r"\{[^{}]*\}", "1", operation.path)
        asyncio.run(exchange(mock, operation.method, called, [(b"authorization", b"Bearer x")], [b""]))


def problems(path: Path) -> list[str]:
    """The exceptions that no author should see."""
    file, found = str(path), []
    asked: dict[str, Callable[[], None]] = {
        "lint": lambda: command("lint", file),
        "docs": lambda: command("docs", file),
        "infer": lambda: command("infer", file),
        "diff": lambda: command("diff", file, file),
        "mock": lambda: serve(path),
    }
    for name, run in asked.items():
        try:
            run()
        except Exception as error:  # noqa: BLE001 (whatever it is, it is what is looked for)
            place = traceback.extract_tb(error.__traceback__)[-1]
            found.append(f"{name}: {type(error).__name__}: {error} at {place.filename}:{place.lineno}")
    return found


@pytest.fixture(scope="module")
def documents() -> list[Any]:
    return [yaml.load(path.read_text(), Loader=Yaml12Loader) for path in DOCUMENTS]


@pytest.mark.parametrize("first", range(FIRST, FIRST + NUMBER, CHUNK))
def test_no_command_falls_over_a_spoiled_document(first: int, documents: list[Any], tmp_path: Path) -> None:
    found = {}
    for seed in range(first, min(first + CHUNK, FIRST + NUMBER)):
        chance = random.Random(seed)
        path = tmp_path / f"{seed}.json"
        path.write_text(json.dumps(spoiled(chance.choice(documents), chance)))
        wrong = problems(path)
        if wrong:
            found[seed] = wrong
    assert found == {}
