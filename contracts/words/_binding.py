"""What a word has to do on one operation: the side of a word that is asked on every call."""

from __future__ import annotations

from collections.abc import Iterable

from troth.contracts.model import Change, Outcome, Refusal
from troth.contracts.words._step import Step


class Binding:
    """A word as it speaks on one operation, with all that can be worked out before a call comes.

    Every method has nothing to say by default; only those that a class defines are asked.
    """

    def ignores(self, step: Step) -> frozenset[str]:
        """Properties of the body that will be ignored for certain."""
        return frozenset()

    def refusals(self, step: Step) -> Iterable[Refusal]:
        """The reasons for which this call must or may be refused."""
        return ()

    def counts(self, step: Step) -> tuple[Change, ...]:
        """What is recorded of the call even when it is refused."""
        return ()

    def apply(self, step: Step) -> Step:
        """What an accepted call changes."""
        return step

    def replay(self, step: Step) -> Outcome | None:
        """The answer to an earlier call that this one gets again; nothing is looked at after that."""
        return None

    def objections(self, step: Step) -> Iterable[Refusal]:
        """The reasons for which what would come out must or may be refused."""
        return ()

    def settle(self, step: Step, outcome: Outcome) -> Outcome:
        """The outcome with what is to be remembered of it."""
        return outcome
