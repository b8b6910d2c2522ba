"""The mock as a target of checks: ``troth check puffle --target mock``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from troth.contracts.check.targets import Target
from troth.contracts.contract import Contract
from troth.mock_server.app import Mock
from troth.mock_server.serving import running

_TOKEN = "troth"  # noqa: S105


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
            named=dict(api.fixtures),
        )
