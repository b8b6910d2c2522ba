"""What a mock takes for granted of a family of APIs, no check holds a server to: none of it is a finding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from troth.contracts.commands.main import commands

TABLE = Path(__file__).parent.parent / "mock_server/standards/dialects.yaml"
TRIED = ("Spring Data REST HAL", "PostgREST", "Notion-like", "HubSpot-like", "Shopping cart", "Shopify")


def groups() -> dict[str, dict[str, Any]]:
    """The documents of the table, by their titles."""
    return {
        group["document"]["info"]["title"]: group for group in yaml.safe_load_all(TABLE.read_text("utf-8"))
    }


@pytest.mark.parametrize("title", TRIED)
def test_no_finding_of_what_is_taken_for_granted(title: str, tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(yaml.safe_dump(groups()[title]["document"], sort_keys=False), "utf-8")
    result = CliRunner().invoke(commands, ["check", str(path), "--infer", "--mock"], catch_exceptions=False)
    assert [line for line in result.output.splitlines() if line.startswith("broken ")] == []
    assert " kept" in result.output


def test_a_body_of_which_nothing_is_said(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    operation = {"requestBody": {"required": True}, "responses": {"200": {"description": "ok"}}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "A", "version": "1"},
        "paths": {"/a": {"post": operation}},
    }
    path.write_text(yaml.safe_dump(document), "utf-8")
    result = CliRunner().invoke(commands, ["check", str(path), "--mock"], catch_exceptions=False)
    assert "against mock" in result.output
