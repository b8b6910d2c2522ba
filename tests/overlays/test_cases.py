"""Overlays against ``cases.yaml``: what they make of a document, and what is said where they cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from troth.contracts.document import read_document
from troth.contracts.document.yaml_loader import Yaml12Loader
from troth.contracts.errors import SourceError

CASES = yaml.load((Path(__file__).parent / "cases.yaml").read_text("utf-8"), Loader=Yaml12Loader)


def named(section: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in CASES[section]]


def line(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000).strip("\n.")


def written(case: Any, folder: Path) -> tuple[Path, Path]:
    """The document and the overlay as files; each action is one line."""
    base, overlay = folder / "api.yaml", folder / "overlay.yaml"
    document = case.get("document", CASES["document"])
    base.write_text(case.get("text") or yaml.safe_dump(document, sort_keys=False))
    actions = "".join(f"\n- {line(action).strip()}" for action in case["actions"])
    top = "".join(f"{key}: {value}\n" for key, value in case.get("top", {}).items())
    version = case.get("overlay", "1.1.0")
    text = f"overlay: {version}\ninfo: {{title: T, version: '1'}}\nactions:{actions or ' []'}\n{top}"
    overlay.write_text(text)
    return base, overlay


@pytest.mark.parametrize("case", named("applied"))
def test_what_it_makes(case: Any, tmp_path: Path) -> None:
    base, overlay = written(case, tmp_path)
    before = base.read_bytes()
    assert read_document(base, "api.yaml", [overlay]).data == case["changed"]
    assert base.read_bytes() == before


@pytest.mark.parametrize("case", named("refused"))
def test_what_is_said(case: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    base, overlay = written(case, Path())
    with pytest.raises(SourceError) as caught:
        read_document(base, "api.yaml", [overlay])
    assert [str(finding) for finding in caught.value.findings] == [f"overlay.yaml:{s}" for s in case["says"]]
