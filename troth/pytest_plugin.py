"""The pytest plugin. The fixture ``troth_mock``: a mock with a world of its own for every test.

Which document is said in ``pytest.ini`` (or pyproject.toml) as ``troth_mock``, or by a marker:

    @pytest.mark.troth_mock("openapi.yaml", scenario="empty")
    def test_empty(troth_mock): ...

The mock is served once for each document (and worker of pytest-xdist); each test gets a session of it. With
``TROTH_MOCK_URL`` in the environment, a mock that runs already is used.

And the promises of a contract as tests: ``pytest openapi.yaml --troth-target staging``, or one line in
a test file, ``test_api = troth.Promises("openapi.yaml", target="staging")``, or ``check:`` in ``troth.yaml``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

import troth

SUFFIXES = (".yaml", ".yml", ".json")
SETTINGS = "troth.yaml"
_FOLDER = pytest.StashKey[TemporaryDirectory[str]]()
URL = "TROTH_MOCK_URL"
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Settings and options."""
    group = parser.getgroup("troth", "troth: promises of API contracts")
    group.addoption(
        "--troth-target", metavar="URL|NAME", help="Test the promises of contracts against this API."
    )
    group.addoption("--troth-token", metavar="TEXT", help="Its token (default: $TROTH_TOKEN).")
    group.addoption("--troth-config", metavar="FILE", help="Instead of troth.toml beside pytest.ini.")
    group.addoption("--troth-allow-writes", action="store_true", help="Write to it, where it is no loopback.")
    parser.addini("troth_target", "The API that promises are tested against: a URL, or a name of troth.toml.")
    parser.addini("troth_contract", "The document of the fixture troth_contract (default: troth_mock's).")
    parser.addini("troth_mock", "The document that the fixture troth_mock serves: a path or a bundled name.")


def pytest_configure(config: pytest.Config) -> None:
    """The marker ``troth_mock``."""
    text = "troth_mock(spec, scenario=None, **options): what the fixture troth_mock serves in this test"
    config.addinivalue_line("markers", text)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A ``troth.yaml`` that says what to check; documents with a contract, where a target is named."""
    if file_path.name == SETTINGS:
        return _collector(_items().settings_file(file_path, parent))
    if file_path.suffix not in SUFFIXES or parent.config.getoption("troth_target") is None:
        return None
    return _collector(_items().contract_file(file_path, parent))


def _collector(found: pytest.Collector | None) -> pytest.Collector | None:
    return found


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """The workers of pytest-xdist share one run: this is the folder for what came out."""
    config: pytest.Config = node.config
    if _FOLDER not in config.stash:
        config.stash[_FOLDER] = TemporaryDirectory(prefix="troth-")
    node.workerinput["troth_folder"] = config.stash[_FOLDER].name


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove that folder."""
    if _FOLDER in config.stash:
        config.stash[_FOLDER].cleanup()


def pytest_pycollect_makeitem(collector: pytest.Collector, name: str, obj: object) -> pytest.Collector | None:
    """``troth.Promises`` in a test file."""
    if type(obj).__name__ != "Promises" or not isinstance(obj, troth.Promises):
        return None
    found: pytest.Collector = _items().contract_line(collector, name, obj)
    return found


def _items() -> Any:
    """What makes tests of promises: it needs the extra ``check``, and takes a second to import."""
    return import_module("troth.contracts.commands.pytest_items")


@pytest.fixture(scope="session")
def troth_contract(pytestconfig: pytest.Config) -> troth.Contract:
    """The contract of the document that the settings name."""
    spec = pytestconfig.getini("troth_contract") or pytestconfig.getini("troth_mock")
    if not spec:
        pytest.fail("troth_contract: say which document: `troth_contract = openapi.yaml`", pytrace=False)
    path = pytestconfig.rootpath / spec
    return troth.load(str(path) if path.is_file() else spec)


@pytest.fixture(scope="session")
def troth_target(pytestconfig: pytest.Config, troth_contract: troth.Contract) -> troth.Target:
    """The API that is tested: its URL, token and records."""
    try:
        found: troth.Target = _items().target_of(pytestconfig, troth_contract)
    except troth.TrothError as error:
        pytest.fail(f"troth_target: {error}", pytrace=False)
    return found


@pytest.fixture(scope="session")
def _troth_mocks() -> Iterator[Any]:
    """Mocks that are being served, by what they were asked for."""
    with ExitStack() as stack:
        known: dict[Any, troth.MockClient] = {}

        def served(spec: str, options: dict[str, Any]) -> troth.MockClient:
            key = (spec, repr(sorted(options.items())))
            if key not in known:
                known[key] = stack.enter_context(troth.Mock(spec, **options).running())
            return known[key]

        yield served


@pytest.fixture
def troth_mock(request: pytest.FixtureRequest, _troth_mocks: Any) -> Iterator[troth.MockClient]:
    """A session of a mock for this test: its URL, records, clock, faults and calls."""
    marker = request.node.get_closest_marker("troth_mock")
    options = dict(marker.kwargs) if marker else {}
    scenario = options.pop("scenario", None)
    spec = marker.args[0] if marker and marker.args else request.config.getini("troth_mock")
    name = _session_name(request.node.nodeid)
    if URL in os.environ:
        mock = troth.MockClient(os.environ[URL], prefix=options.pop("prefix", ""))
    elif spec:
        mock = _troth_mocks(str(spec), options)
    else:
        pytest.fail(
            "troth_mock: say which document: `troth_mock = openapi.yaml` in pytest.ini, or "
            '@pytest.mark.troth_mock("openapi.yaml")',
            pytrace=False,
        )
    own = mock.session(name)
    own.reset(scenario)
    try:
        yield own
    finally:
        own.end()


def _session_name(nodeid: str) -> str:
    """A session's name for a test: short, and the same in every run."""
    readable = _UNFIT.sub("-", nodeid.rpartition("::")[2])[:40].strip("-.")
    return f"t{sha256(nodeid.encode()).hexdigest()[:10]}-{readable}"
