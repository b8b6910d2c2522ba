"""D01: each mistake once, at the key that is wrong, in words that say what is valid; and no mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from troth import lint

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "standard.yaml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("case", "version"),
    [
        pytest.param(case, version, id=f"{case['case']} ({version})")
        for case in CASES
        for version in case.get("versions", ["3.0.3", "3.1.0"])
    ],
)
def test_a_document(case: dict[str, Any], version: str, tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    frame = {"info": "info: {title: T, version: '1'}", "paths": "paths: {}"}
    keys = {line.partition(":")[0] for line in case["text"].splitlines()}
    more = [line for key, line in frame.items() if key not in keys]
    path.write_text("\n".join([f"openapi: {version}", case["text"].rstrip("\n"), *more, ""]), "utf-8")
    found = [f for f in lint(path) if f.code in ("D01", "D02", "C03") and f.location]
    assert [f"{f.location.line - 1}:{f.location.column} {f.message}" for f in found if f.location] == case[
        "finds"
    ]


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("", ["one of 'paths', 'components' and 'webhooks' is missing"]),
        ("components: {schemas: {A: {type: string}}}\n", []),
    ],
)
def test_a_document_without_paths(text: str, finds: list[str], tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(f"openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\n{text}", "utf-8")
    assert [found.message for found in lint(path) if found.code in ("D01", "oas3-unused-component")] == finds
