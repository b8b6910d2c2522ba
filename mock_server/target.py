"""The mock as a target of checks: ``troth check puffle --target mock``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy

from troth.contracts.check.targets import Target
from troth.contracts.contract import Contract
from troth.mock_server.app import Mock
from troth.mock_server.serving import running
from troth.mock_server.stores import MemoryStore

_TOKEN = "troth"  # noqa: S105


class Replaceable:
    """The mock of a contract that can be made to keep another one of the same document."""

    def __init__(self, mock: Mock, target: Target) -> None:
        self.target = target
        self._mock = mock
        (self._api,) = mock.apis
        self.save()

    @property
    def _store(self) -> MemoryStore:
        return self._mock.session.kept[self._api.contract.name].store

    def serve(self, contract: Contract) -> None:
        """Answer by this contract from now on; what is stored stays."""
        self._api.contract = contract
        self._store.follow(contract)

    def save(self) -> None:
        """Remember what is stored, and the time."""
        self._stored, self._time = self._store.copied(), copy(self._mock.clock)

    def restore(self) -> None:
        """Go back to what was saved last."""
        self._store.take_over(self._stored)
        vars(self._mock.clock).update(vars(self._time))


@contextmanager
def replaceable_mock(contract: Contract) -> Iterator[Replaceable]:
    """The mock of a contract, on a free port in a thread of this process, that can keep others."""
    mock = Mock(contract, token=_TOKEN)
    (api,) = mock.apis
    with running(mock) as root:
        clock, named = f"{root}/__mock/clock", dict(mock.session.kept[api.contract.name].fixtures)
        yield Replaceable(mock, Target("mock", root + api.prefix, _TOKEN, clock=clock, named=named))


@contextmanager
def mock_target(contract: Contract) -> Iterator[Target]:
    """The mock of a contract, on a free port in a thread of this process."""
    mock = Mock(contract, token=_TOKEN)
    (api,) = mock.apis
    with running(mock) as root:
        yield Target(
            "mock (in process)",
            root + api.prefix,
            _TOKEN,
            clock=f"{root}/__mock/clock",
            named=dict(mock.session.kept[api.contract.name].fixtures),
        )
