"""What becomes of a property that is sent, and what it means for clients that this changes."""

from __future__ import annotations

from dataclasses import dataclass

from troth.contracts.contract.word_values import Write
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE, Compatibility
from troth.contracts.words._write_targets import in_state


@dataclass(frozen=True)
class Treatment:
    """What may become of a property where its condition holds, the condition, and what where it does not."""

    holds: tuple[str, ...]
    when: str | None
    otherwise: tuple[str, ...]

    def __str__(self) -> str:
        says = f"is {_told(self.holds)}"
        if self.when:
            says += f" when `{self.when}`, otherwise {_told(self.otherwise)}"
        return says


def treatment(write: Write, state: str | None) -> Treatment:
    """What becomes of a property in a state."""
    holds: tuple[str, ...] = ("applied",)
    otherwise = set(write.otherwise)
    if not in_state(write, state):
        holds = tuple(sorted(write.outside))
        otherwise |= set(holds)
    if not write.when or tuple(sorted(otherwise)) == holds:
        return Treatment(holds, None, holds)
    return Treatment(holds, " ".join(write.when.split()), tuple(sorted(otherwise)))


def _told(outcomes: tuple[str, ...]) -> str:
    words = {"applied": "written", "rejected": "refused"}
    return " or ".join(words.get(outcome, outcome) for outcome in outcomes)


def judged_treatment(old: Treatment, new: Treatment) -> Compatibility:
    """The worst of what the change means where the condition holds and where it does not."""
    verdicts: list[tuple[str, str]] = []
    for was, is_ in ((old.holds, new.holds), (old.otherwise, new.otherwise)):
        if was != is_:
            verdicts.append(_judged(was, is_))
    if old.when and new.when and old.when != new.when:
        verdicts.append((MAYBE, "which requests the condition concerns cannot be told"))
    for degree in (BREAKS, MAYBE, SAFE):
        for verdict in verdicts:
            if verdict[0] == degree:
                return verdict
    return None


def _judged(was: tuple[str, ...], is_: tuple[str, ...]) -> tuple[str, str]:
    lost, gained = set(was) - set(is_), set(is_) - set(was)
    if not gained:
        return SAFE, "one of the ways that were left open is said"
    if not lost:
        return MAYBE, "what was certain is left open"
    if "applied" in lost:
        return BREAKS, "a value that was stored is not stored"
    if "rejected" in gained:
        return BREAKS, "requests that were accepted are refused"
    if is_ == ("applied",) and "ignored" not in was:
        return SAFE, "requests that were refused are accepted"
    return MAYBE, "a value may have an effect that it had not, or none where it was refused"
