"""Places in JSON are found without composing it: they are the same as those that YAML's nodes have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from troth.contracts.document import join
from troth.contracts.document.source import Source
from troth.contracts.lint import examine
from troth.contracts.lint.settings import Settings

DATA: Any = {
    "a": 1,
    "": {"empty": [], "none": None, "/": {"~": [True, {"x": 'ü\n"}'}, [[1], []]]}},
    "list": [{"deep": [{"a": {"b": "c"}}]}, "[{", 2.5e3],
    "ö": {"text": "a, b: {c} [d] \\ \u2028"},
}


def pointers(value: Any, at: str = "") -> Iterator[str]:
    yield at
    if isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from pointers(inner, join(at, key))


@pytest.mark.parametrize("indent", [None, 0, 2, "  \r\n "])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_places_in_json(indent: Any, ascii_only: bool, tmp_path: Path) -> None:
    data = json.loads(json.dumps(DATA).replace("\\u2028", "") if not ascii_only else json.dumps(DATA))
    text = "\n " + json.dumps(data, indent=indent, ensure_ascii=ascii_only)
    for name in ("a.json", "a.yaml"):
        (tmp_path / name).write_bytes(text.encode())
    fast, slow = (Source(tmp_path / name, "x") for name in ("a.json", "a.yaml"))
    assert fast.data == slow.data
    for pointer in (*pointers(data), "/nowhere", "/a/b", "/list/9/x"):
        for key in (True, False):
            assert fast.locate(pointer, key=key) == slow.locate(pointer, key=key), (pointer, key)
        assert fast.span(pointer) == slow.span(pointer), pointer


def test_a_place_in_json_with_tabs_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{\n\t"a":\t{\n\t\t"b": 1}}')
    assert str(Source(tmp_path / "a.json", "x").locate("/a/b")) == "x:3:3"


def test_a_document_as_deep_as_may_be_read_is_linted(tmp_path: Path) -> None:
    schema: Any = {"type": "string"}
    for _ in range(190):
        schema = {"type": "array", "items": schema}
    data = {"openapi": "3.0.3", "info": {"title": "A", "version": "1"}, "paths": {}}
    data["components"] = {"schemas": {"A": schema}}
    (tmp_path / "a.json").write_text(json.dumps(data))
    report = examine(tmp_path / "a.json", settings=Settings(("all",)))
    assert report.document is not None
    assert "oas3-unused-component" in [finding.code for finding in report.findings]
