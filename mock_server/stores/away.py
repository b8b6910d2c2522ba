"""What a store says when it cannot be used."""

from __future__ import annotations

from troth.contracts.errors import TrothError

AGAIN = 1
"""Seconds after which it is worth another try."""


class StoreAway(TrothError):
    """The database of a store does not answer, or takes nothing: nothing of the call has happened that
    anybody was told of."""
