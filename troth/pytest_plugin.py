"""The pytest fixture ``troth_mock``: a mock with a world of its own for every test.

Which document is said in ``pytest.ini`` (or pyproject.toml) as ``troth_mock``, or by a marker:

    @pytest.mark.troth_mock("openapi.yaml", scenario="empty")
    def test_empty(troth_mock): ...

The mock is served once for each document (and worker of pytest-xdist); each test gets a session of it. With
``TROTH_MOCK_URL`` in the environment, a mock that runs already is used.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from typing import Any

import pytest

import troth

URL = "TROTH_MOCK_URL"
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The setting ``troth_mock``."""
    parser.addini("troth_mock", "The document that the fixture troth_mock serves: a path or a bundled name.")


def pytest_configure(config: pytest.Config) -> None:
    """The marker ``troth_mock``."""
    text = "troth_mock(spec, scenario=None, **options): what the fixture troth_mock serves in this test"
    config.addinivalue_line("markers", text)


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
