"""Changes of a document, one at a time, there and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from troth import load
from troth.contracts.diff import compare

HERE = Path(__file__).parent
BASE = (HERE / "base.yaml").read_text("utf-8")
CASES = yaml.safe_load((HERE / "cases.yaml").read_text("utf-8"))


def edited(case: Mapping[str, Any]) -> str:
    text = BASE
    for old, new in case.get("edit", {}).items():
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    if "cut" in case:
        document = yaml.safe_load(text)
        del document["paths"][case["cut"]]
        text = yaml.safe_dump(document)
    return text


def changes(folder: Path, old: str, new: str) -> list[str]:
    for name, text in (("old", old), ("new", new)):
        (folder / f"{name}.yaml").write_text(text)
    found = compare(load(str(folder / "old.yaml")), load(str(folder / "new.yaml")))
    return sorted(f"{change.breaking} {change.kind}" for change in found)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_change_there_and_back(case: Mapping[str, Any], tmp_path: Path) -> None:
    new = edited(case)
    assert new != BASE
    assert changes(tmp_path, BASE, new) == sorted(case["there"])
    assert changes(tmp_path, new, BASE) == sorted(case["back"])
