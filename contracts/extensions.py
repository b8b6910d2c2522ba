"""What other distributions add to troth: the entry points of all that is installed, looked up once a run."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Any

from troth.contracts.errors import UsageError


def added(group: str) -> EntryPoints:
    """The entry points of a group."""
    found: EntryPoints = _installed().select(group=group)
    return found


@cache
def _installed() -> Any:
    """One look at every installed distribution takes as long as one at those of a group.

    Its type differs between versions of Python; all of them can ``select``.
    """
    return entry_points()


def imported(entry: EntryPoint) -> object:
    """What an entry point names. Raises UsageError, whatever goes wrong in the other distribution."""
    try:
        return entry.load()
    except (Exception, SystemExit) as error:
        raise unusable(entry, f"cannot be imported: {type(error).__name__}: {error}") from error


def unusable(entry: EntryPoint, problem: str) -> UsageError:
    """What is wrong with an entry point, and whose it is."""
    owner = entry.dist.name if entry.dist else "an unknown distribution"
    return UsageError(f"{owner}: the entry point {entry.name!r} of {entry.group!r} ({entry.value}) {problem}")
