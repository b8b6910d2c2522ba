"""Where exploring keeps what it found, so that the next run begins with that: a folder, or Redis."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase

from troth.contracts.errors import UsageError

REDIS = ("redis://", "rediss://", "unix://")


def database_of(place: str | None) -> ExampleDatabase | None:
    """Hypothesis' example database in a folder, or at the URL of a Redis. Raises UsageError."""
    if place is None:
        return None
    if not place.startswith(REDIS):
        return DirectoryBasedExampleDatabase(place)
    try:
        redis: Any = import_module("redis")
    except ModuleNotFoundError:
        raise UsageError(f"--examples {place}: it needs the client of Redis: pip install redis") from None
    found: ExampleDatabase = import_module("hypothesis.extra.redis").RedisExampleDatabase(
        redis.Redis.from_url(place)
    )
    return found
