"""The JavaScript client: its own tests against a mock, and what would be published."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from tests.node import output_of_tests, program
from tests.patience import PATIENCE
from troth import Contract, Mock

CLIENT = Path(__file__).parents[2] / "clients/js"


def test_the_client(contracts: dict[str, Contract]) -> None:
    with Mock(contracts["puffle"], limits=False).running() as mock:
        printed = output_of_tests(CLIENT, mock.root)
    assert "# pass 9" in printed or "pass 9" in printed, printed


def test_what_is_published() -> None:
    command = [program("npm"), "pack", "--dry-run", "--json"]
    done = subprocess.run(command, cwd=CLIENT, capture_output=True, text=True, timeout=PATIENCE, check=True)
    (packed,) = json.loads(done.stdout)
    assert sorted(file["path"] for file in packed["files"]) == [
        "README.md",
        "index.d.ts",
        "index.js",
        "package.json",
    ]


def test_every_verb_is_typed() -> None:
    code, types = ((CLIENT / name).read_text("utf-8") for name in ("index.js", "index.d.ts"))
    verbs = set(re.findall(r"^  (?:async |get )?(\w+)\(", code, re.MULTILINE)) - {"constructor", "if"}
    assert len(verbs) > 20
    typed = set(re.findall(r"^  (?:readonly )?(\w+)[(<:]", types, re.MULTILINE))
    assert verbs <= typed
