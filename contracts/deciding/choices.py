"""What a document leaves open is a choice: a decision is run once for every combination of answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")


class Script:
    """Answers the choices of one run: those written down, then always the first."""

    def __init__(self, answers: tuple[int, ...]) -> None:
        self.answers = answers
        self.taken: list[tuple[int, int]] = []

    def __call__(self, *options: T) -> T:
        asked, answer = len(self.taken), 0
        if asked < len(self.answers):
            answer = self.answers[asked]
        self.taken.append((answer, len(options)))
        return options[answer]

    def next(self) -> tuple[int, ...] | None:
        """The answers of the next combination; None after the last."""
        taken = list(self.taken)
        while taken and taken[-1][0] + 1 >= taken[-1][1]:
            taken.pop()
        if not taken:
            return None
        *before, (last, _) = taken
        return (*(answer for answer, _ in before), last + 1)


def every(run: Callable[[Script], T]) -> Iterator[T]:
    """The result of every combination, lazily; the first is the one of all the first answers."""
    answers: tuple[int, ...] | None = ()
    while answers is not None:
        script = Script(answers)
        yield run(script)
        answers = script.next()
