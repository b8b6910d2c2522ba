"""What becomes of a property that is sent, and what it means for clients that this changes."""

from __future__ import annotations

from typing import TypeAlias

from troth.contracts.contract.word_values import Write
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE, Compatibility

Fate: TypeAlias = tuple[tuple[str, ...], str | None, tuple[str, ...]]
"""The ways where a condition holds, the condition, and the ways where it does not."""


def fate(write: Write, state: str | None) -> tuple[Fate, str]:
    """What becomes of a property in a state: where its condition holds, the condition, where it does not."""
    inside = write.states is None or state in write.states
    holds = ("applied",) if inside else tuple(sorted(write.outside))
    otherwise = holds if not write.when else tuple(sorted({*write.otherwise, *(() if inside else holds)}))
    names = {"applied": "written", "rejected": "refused"}
    ways, others = (" or ".join(names.get(o, o) for o in found) for found in (holds, otherwise))
    when = " ".join(write.when.split()) if write.when and holds != otherwise else None
    return (holds, when, otherwise), f"is {ways}" + (f" when `{when}`, otherwise {others}" if when else "")


def turned(old: Fate, new: Fate) -> Compatibility:
    """The worst of what the change means where the condition holds and where it does not."""
    (was, when, else_), (is_, now, otherwise) = old, new
    found = [_way(was, is_), _way(else_, otherwise)]
    if when and now and when != now:
        found.append((MAYBE, "which requests the condition concerns cannot be told"))
    known = [verdict for verdict in found if verdict is not None]
    return min(known, key=lambda verdict: (BREAKS, MAYBE, SAFE).index(verdict[0]), default=None)


def _way(was: tuple[str, ...], is_: tuple[str, ...]) -> Compatibility:
    if was == is_:
        return None
    verdicts: tuple[tuple[bool, str, str], ...] = (
        (set(is_) < set(was), SAFE, "one of the ways that were left open is said"),
        (set(was) < set(is_), MAYBE, "what was certain is left open"),
        ("applied" in was and "applied" not in is_, BREAKS, "a value that was stored is not stored"),
        ("rejected" in is_ and "rejected" not in was, BREAKS, "requests that were accepted are refused"),
        (is_ == ("applied",) and "ignored" not in was, SAFE, "requests that were refused are accepted"),
        (True, MAYBE, "a value may have an effect that it had not, or none where it was refused"),
    )
    return next((breaking, why) for holds, breaking, why in verdicts if holds)
