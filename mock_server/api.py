"""One contract being kept: what the whole mock knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from troth.contracts.contract import Contract
from troth.contracts.model import World
from troth.mock_server.clock import VirtualClock
from troth.mock_server.stores import MemoryStore


@dataclass
class Api:
    """Where a contract is mounted, what it has stored, and the ids of its fixtures by name."""

    contract: Contract
    prefix: str
    store: MemoryStore
    fixtures: Mapping[str, str] = field(default_factory=dict)
    mount: str = ""
    """What stands before the paths of its servers, where several APIs are kept."""

    def now(self, clock: VirtualClock) -> World:
        """What is stored, as time has made it."""
        return self.store.view(clock.now())
