"""What is wrong with the target itself, and never with what it promises; and the end of a run."""

from __future__ import annotations

from troth.contracts.check.draws import Unavailable


class Trouble(Unavailable):
    """The target could not answer: it is away, too busy, too slow, or answers what cannot be read.

    ``arrived``: whether the call may have been carried out; ``passes``: whether that is worth another try;
    ``away``: nothing listens there; ``slow``: the answer took too long; ``wait``: as long as it asks to wait;
    ``refused``: the target says that it has not handled the call.
    """

    def __init__(
        self,
        text: str,
        *,
        arrived: bool = True,
        passes: bool = True,
        away: bool = False,
        slow: bool = False,
        wait: float | None = None,
        refused: bool = False,
    ) -> None:
        super().__init__(text)
        self.may_have_made = arrived and not refused
        self.arrived, self.passes, self.away, self.slow, self.wait = arrived, passes, away, slow, wait


class RunEnded(BaseException):
    """A run ends before its time; it goes through everything, Hypothesis too.

    ``lost``: for the sake of the target; ``interrupted``: by a signal; ``may_have_made``: whether the call
    that it ends with may have been carried out.
    """

    def __init__(
        self, reason: str, *, lost: bool = False, interrupted: bool = False, may_have_made: bool = False
    ) -> None:
        super().__init__(reason)
        self.may_have_made = may_have_made
        self.reason, self.lost, self.interrupted = reason, lost, interrupted
