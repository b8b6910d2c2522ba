"""Words that other distributions bring: found by entry point, like any other; a broken one is one message."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from troth import load
from troth.contracts.errors import UsageError
from troth.contracts.words import APPLYING, WORDS
from troth.contracts.words._catalogue import GROUP, brought
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._word import Word

CURFEW = '''
"""``curfew``: nobody is served."""

from troth.contracts.model import Refusal
from troth.contracts.words._stages import RefusalStage
from troth.contracts.words._word import Word


class Curfew(Word):
    """Refuses every call."""

    name = "curfew"
    schema = {"type": "boolean"}
    refuses_at = RefusalStage.QUOTA

    def refusals(self, step):
        if step.operation.words.get("curfew"):
            yield Refusal("refused", step.operation.word_pointer, 403, "It is late.")
'''

DOCUMENT = """
openapi: 3.1.0
info: {title: Lamps, version: "1"}
paths:
  /lamps:
    get:
      operationId: listLamps
      responses: {"200": {description: OK}, "403": {description: No}}
      x-contract: {curfew: true}
"""

ASK = """
import sys, troth
from datetime import datetime, timezone

class World:
    now = moment = datetime.now(timezone.utc)

contract = troth.load(sys.argv[1])
outcome = next(troth.decide(contract, troth.Call("listLamps"), World()))
print(outcome.status, outcome.message)
"""


def install(folder: Path, text: str, module: str = "curfew_word") -> PathDistribution:
    """A distribution with one word, as an installer would leave it."""
    (folder / f"{module}.py").write_text(text)
    info = folder / "night_watch-2.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: night-watch\nVersion: 2.1\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\ncurfew = {module}\n")
    return PathDistribution(info)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_word_of_another_distribution_takes_part(tmp_path: Path) -> None:
    install(tmp_path, CURFEW)
    document = tmp_path / "openapi.yaml"
    document.write_text(DOCUMENT)
    done = run(tmp_path, "-c", ASK, str(document))
    assert done.stderr == ""
    assert done.stdout == "403 It is late.\n"


def test_a_broken_one_is_one_message(tmp_path: Path) -> None:
    install(tmp_path, "import nothing_of_this_name\n")
    done = run(tmp_path, "-m", "troth", "lint", "puffle")
    assert done.returncode == 2
    assert done.stderr == (
        "troth: the word 'curfew' of night-watch 2.1 (curfew_word) cannot be used: "
        "ModuleNotFoundError: No module named 'nothing_of_this_name'\n"
    )


def edited(old: str, new: str) -> str:
    assert old in CURFEW
    return CURFEW.replace(old, new)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1\n", "the module must define one subclass of Word, it defines 0"),
        (CURFEW + "\n\nclass Another(Curfew): ...\n", "it defines 2"),
        (edited('name = "curfew"', "label = 1"), "it has no `name`"),
        (edited("RefusalStage.QUOTA", "10"), "`refuses_at` is no RefusalStage; valid: CREDENTIALS, QUOTA,"),
        (edited('name = "curfew"', 'name = "writes"'), "is there already: troth has it"),
        (edited("def refusals(self, step)", "def apply(self, step)"), "`applies_at` is no ApplyStage"),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, text: str, says: str
) -> None:
    module = "word_" + re.sub(r"\W", "_", request.node.name)
    distribution = install(tmp_path, text, module)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UsageError) as found:
        brought(distribution.entry_points, WORDS)
    assert says in str(found.value)
    assert "night-watch 2.1" in str(found.value)


def test_every_word_says_at_which_stage_it_speaks() -> None:
    refusing = [word for word in WORDS if word.refuses_at is not None]
    assert [word.refuses_at for word in refusing] == [*RefusalStage]
    applying = [word for word in APPLYING if word.applies_at is not None]
    assert [word.applies_at for word in applying] == [*ApplyStage]


@pytest.mark.parametrize("name", ["puffle", "autosend", "ocamba"])
def test_nobody_speaks_without_a_stage(name: str) -> None:
    contract = load(name)
    for word in WORDS:
        for operation in contract.operations.values():
            bound = word.bind(contract, operation)
            if bound is None:
                continue
            assert type(bound).refusals is Word.refusals or word.refuses_at is not None
            assert type(bound).apply is Word.apply or word.applies_at is not None
