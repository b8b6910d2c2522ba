"""What users import, pinned: a name that comes or goes is a decision, with a line in CHANGELOG.md."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import troth

FACE = [
    "ANY",
    "Asked",
    "AuthorError",
    "Call",
    "Contract",
    "ContractError",
    "ContractFault",
    "Done",
    "Finding",
    "Handled",
    "Mock",
    "MockClient",
    "Outcome",
    "Promises",
    "Record",
    "Refuse",
    "Reply",
    "Report",
    "SourceError",
    "Target",
    "TargetError",
    "TrothError",
    "UsageError",
    "World",
    "check",
    "decide",
    "lint",
    "load",
    "serve",
]
HEAVY = {"connexion", "hypothesis", "requests", "schemathesis", "starlette", "uvicorn"}
"""What belongs to an extra: `import troth` must work, and be quick, without it."""


def test_the_face_is_pinned() -> None:
    assert sorted(troth.__all__) == FACE
    assert dir(troth) == troth.__all__


@pytest.mark.parametrize("name", FACE)
def test_each_name_resolves(name: str) -> None:
    assert getattr(troth, name) is not None


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'troth' has no attribute 'Mok'"):
        troth.Mok  # noqa: B018


def test_the_module_is_the_command(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "troth", "--version"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout == f"troth, version {version('troth')}\n"


def test_importing_it_needs_no_extra(tmp_path: Path) -> None:
    script = "import sys, troth; print(*sorted(name for name in sys.modules if '.' not in name))"
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "troth" in told.stdout.split()
    assert HEAVY & set(told.stdout.split()) == set()


LATER = """
import sys, troth.mock_server
later = {"httpx", "jinja2", "requests", "starlette.testclient", "starlette.templating"}
print(sorted(later & {*sys.modules}))
import connexion, connexion.json_schema, connexion.middleware.swagger_ui, requests
client = connexion.AsyncApp("x").test_client()
print(type(client).__module__, connexion.json_schema.requests.get is requests.get)
print(type(connexion.middleware.swagger_ui.Jinja2Templates(".")).__module__)
"""


def test_what_a_mock_does_not_need_of_connexion_is_imported_when_it_is_asked_for(tmp_path: Path) -> None:
    """Others in the process may use it as ever."""
    told = subprocess.run(
        [sys.executable, "-c", LATER], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines() == ["[]", "starlette.testclient True", "starlette.templating"]


@pytest.mark.parametrize(
    ("given", "names"), [("puffle", ["puffle"]), (["puffle", "ocamba"], ["puffle", "ocamba"])]
)
def test_a_mock_loads_what_is_named(given: str | list[str], names: list[str]) -> None:
    assert [api.contract.name for api in troth.Mock(given).apis] == names
    loaded = [troth.load(name) for name in names]
    assert [api.contract for api in troth.Mock(loaded).apis] == loaded
    assert [api.contract for api in troth.Mock(loaded[0]).apis] == loaded[:1]
