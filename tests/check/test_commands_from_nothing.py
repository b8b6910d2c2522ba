"""The commands of a finding start from nothing: run on another server they show the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.check.plain_api import (
    Answer,
    Handler,
    body,
    document,
    operation,
    parameters,
    run,
    schema,
)
from tests.check.small_server import served
from troth.contracts.check.results import BROKEN, Evidence

Api = Callable[[str, list[str], Any, dict[str, Any]], Answer]

SHELVES = document(
    {
        "Shelf": {"id": "id", "managed": {"id": "create"}},
        "Book": {
            "id": "id",
            "parent": {"resource": "Shelf", "by": "shelf"},
            "state": {"field": "state", "initial": "in"},
            "managed": {"id": "create"},
        },
    },
    {
        "/shelves": {"post": operation("makeShelf", "Shelf.create", "Shelf", **body(name_="string"))},
        "/shelves/{shelf}": {
            "parameters": parameters("shelf"),
            "get": operation("readShelf", "Shelf.read", "Shelf"),
        },
        "/shelves/{shelf}/books": {
            "parameters": parameters("shelf"),
            "post": operation("makeBook", "Book.create", "Book", **body(title_="string")),
        },
        "/shelves/{shelf}/books/{book}": {
            "parameters": parameters("shelf", "book"),
            "get": operation("readBook", "Book.read", "Book"),
        },
        "/shelves/{shelf}/books/{book}/lend": {
            "parameters": parameters("shelf", "book"),
            "post": operation(
                "lend", "Book.action", "Book", words={"transition": {"from": "in", "to": "lent"}}
            ),
        },
    },
    {
        "Shelf": schema(id="string", name="string"),
        "Book": {
            "type": "object",
            "required": ["id", "state"],
            "properties": {
                "id": {"type": "string"},
                "title": {"type": "string"},
                "state": {"type": "string", "enum": ["in", "lent"]},
            },
        },
    },
)


def shelves(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
    """One that lends what is lent."""
    if method == "POST" and path[-1] in ("shelves", "books"):
        field = {"shelves": "name", "books": "title"}[path[-1]]
        if len(path) > 1 and path[1] not in stored:
            return 404, {}
        if not isinstance(given, dict) or not isinstance(given.get(field), str):
            return 422, {}
        id = f"{path[-1][0]}-{len(stored) + int(stored.get('first', 1))}"
        stored[id] = {"id": id, field: given[field], **({"state": "in"} if field == "title" else {})}
        stored[f"of {id}"] = path[1:2]
        return 201, stored[id]
    id = path[3] if len(path) > 2 else path[1]
    if path[1] not in stored or id not in stored:
        return 404, {}
    if len(path) > 2 and stored[f"of {id}"] != [path[1]]:
        return 404, {}
    if method == "POST":
        stored[id]["state"] = "lent"
    return 200, stored[id]


def spaced(method: str, path: list[str], given: Any, stored: dict[str, Any]) -> Answer:
    """The same, with ids that a URL cannot have as they are."""
    status, said = shelves(method, [unquote(part).replace("a/ b", "-") for part in path], given, stored)
    return status, {**said, **({"id": said["id"].replace("-", "a/ b")} if "id" in said else {})}


def finding(folder: Path, api: Api = shelves) -> Evidence:
    report = run(folder, SHELVES, api)
    found = {v.promise.id: v.evidence for v in report.verdicts if v.result == BROKEN}
    assert set(found) == {"lend/transition/from=lent"}
    evidence = found["lend/transition/from=lent"]
    assert evidence is not None
    return evidence


def test_what_makes_the_records_goes_before(tmp_path: Path) -> None:
    lines = [command.line for command in finding(tmp_path).commands]
    assert len(lines) == 4, lines
    assert lines[0].startswith("ID1=$(curl -X POST http://127.0.0.1:")
    assert lines[0].endswith(" -s | jq -r '.id')")
    assert lines[1].startswith("ID2=$(curl ")
    assert "/shelves/$ID1/books" in lines[1]
    assert all("/shelves/$ID1/books/$ID2/lend" in line for line in lines[2:])


def test_an_id_that_a_url_cannot_have_is_encoded(tmp_path: Path) -> None:
    lines = [command.line for command in finding(tmp_path, spaced).commands]
    assert lines[0].endswith(" -s | jq -r '.id | @uri')")
    assert lines[1].endswith(" -s | jq -r '.id | @uri')")
    assert all("/shelves/$ID1/books/$ID2/lend" in line for line in lines[2:])


JQ = f"""#!{sys.executable}
import json, sys
value = json.load(sys.stdin)
for name in sys.argv[2].split(".")[1:]:
    value = value[name]
print(value)
"""


def test_they_show_the_same_on_another_server(tmp_path: Path) -> None:
    """On one that gives other ids; jq is played by a few lines."""
    jq = tmp_path / "jq"
    jq.write_text(JQ)
    jq.chmod(0o755)
    evidence = finding(tmp_path)
    script = "\n".join(command.line for command in evidence.commands)
    here = evidence.exchanges[0].url.partition("/shelves")[0]
    with served(Handler, answer=shelves, stored={"first": 70}, token=None, denied=401) as url:
        script = script.replace(here, url) + " -s -o /dev/null -w '%{http_code}'"
        path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-ec", script], env=path, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("200")
