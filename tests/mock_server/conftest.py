"""One mock for each of the three vendors, fresh for every test, whose clock stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.mock_server.calling import Client
from tests.mock_server.databases import Postgres, served
from troth import Contract, Mock, load

SHOP = Path(__file__).parents[2] / "docs" / "examples" / "shop.yaml"
NAMES = ("puffle", "autosend", "ocamba")


@pytest.fixture(scope="session")
def contracts() -> dict[str, Contract]:
    return {name: load(name) for name in NAMES}


@pytest.fixture
def client_of(contracts: dict[str, Contract]) -> Callable[[str], Client]:
    def make(name: str) -> Client:
        mock = Mock([contracts[name]], limits=name != "autosend")  # two calls a second are few for a test
        mock.clock.freeze()  # time passes where a test says so: a launched campaign moves on by itself
        return Client(mock, mock.apis[0].prefix)

    return make


@pytest.fixture
def puffle(client_of: Callable[[str], Client]) -> Client:
    return client_of("puffle")


@pytest.fixture
def autosend(client_of: Callable[[str], Client]) -> Client:
    return client_of("autosend")


@pytest.fixture
def ocamba(client_of: Callable[[str], Client]) -> Client:
    return client_of("ocamba")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with served() as server:
        yield server


@pytest.fixture(scope="session")
def shop_contract() -> Contract:
    return load(SHOP, run=True)
