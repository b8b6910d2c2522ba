"""Where records live: ``view()`` answers questions, ``apply()`` writes all changes of a call or none."""

from troth.mock_server.stores.away import AGAIN, StoreAway
from troth.mock_server.stores.memory import Conflict, MemoryStore

__all__ = ["AGAIN", "Conflict", "MemoryStore", "StoreAway"]
