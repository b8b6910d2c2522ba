"""What follows from something else that is broken: one cause, one finding.

A broken promise whose evidence speaks of another one of the same operation, broken as well, is told beneath
that: the property that the difference is about, the word that it cites, the status of a success. Where no
operation asks for a token, one of them is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from troth.contracts.check.observation import Mismatch
from troth.contracts.check.results import Evidence
from troth.contracts.promises.promise import Aspect, Promise, Subject

BrokenBy = Callable[[Promise], Sequence[Evidence]]
"""What has shown that a promise is broken."""


class Causes:
    """Finds what a broken promise follows from."""

    def __init__(
        self, promises: Sequence[Promise], broken_by: BrokenBy, is_proved: Callable[[Promise], bool]
    ) -> None:
        self._promises, self._broken_by, self._is_proved = promises, broken_by, is_proved

    def of(self, promise: Promise) -> Promise | None:
        """The broken promise from which all follows that breaks this one; None where it stands for itself."""
        if not self._broken_by(promise):
            return None
        if promise.subject is not None and promise.subject.aspect is Aspect.LETS_IN:
            return self._letting_in(promise)
        cause = self._spoken_of(promise)
        if cause is None or self._spoken_of(cause) is not None:
            return None
        return cause

    def _letting_in(self, promise: Promise) -> Promise | None:
        """Who needs no token needs no right one; and where nobody needs one anywhere, that is told once."""
        doors = [one for one in self._promises if _asks_for_a_token(one)]
        standing_open = [one for one in doors if self._broken_by(one)]
        own = [one for one in standing_open if one.operation == promise.operation]
        if own and not any(self._is_proved(one) for one in doors):
            own = standing_open
        if not own or own[0] is promise:
            return None
        return own[0]

    def _spoken_of(self, promise: Promise) -> Promise | None:
        """The one other promise of which all evidence speaks."""
        found = {id(other): other for other in self._all_spoken_of(promise)}
        if len(found) != 1 or id(promise) in found:
            return None
        return next(iter(found.values()))

    def _all_spoken_of(self, promise: Promise) -> Iterator[Promise]:
        for evidence in self._broken_by(promise):
            for mismatch in _leading(evidence.mismatches):
                yield self._by_mismatch(promise, evidence, mismatch) or promise

    def _by_mismatch(self, promise: Promise, evidence: Evidence, mismatch: Mismatch) -> Promise | None:
        """The broken promise that a difference is about, where it is another one."""
        if not evidence.exchanges:
            return None
        operation = evidence.exchanges[-1].call.operation
        broken = [one for one in self._promises if one.operation == operation and self._broken_by(one)]
        if _is_other_success(mismatch):
            return _first(one for one in broken if one.subject == Subject(operation, Aspect.RESPONSE))
        if mismatch.of_status:
            return _cited(promise, mismatch, broken)
        name = mismatch.what.partition(",")[0]
        if name == promise.property:
            return None
        written = _first(one for one in broken if one.property == name)
        return written or _cited(promise, mismatch, broken)


def _asks_for_a_token(promise: Promise) -> bool:
    """Whether it is promised that a call without credentials is refused."""
    return promise.subject == Subject(promise.operation, Aspect.LETS_IN, "missing")


def _cited(promise: Promise, mismatch: Mismatch, broken: Sequence[Promise]) -> Promise | None:
    """The broken promise of the word that a difference cites; of a promise's own word, where it is about
    another property than that promise."""
    own = promise.property is None or mismatch.of_status
    if own and mismatch.cite == promise.pointer:
        return None
    return _first(one for one in broken if (one.pointer, one.property) == (mismatch.cite, None))


def _leading(mismatches: Sequence[Mismatch]) -> Sequence[Mismatch]:
    """The differences from which the others of one call come: that of its status, where there is one."""
    return [one for one in mismatches if one.of_status] or mismatches


def _is_other_success(mismatch: Mismatch) -> bool:
    """Whether a call succeeded as it should, with another status."""
    return mismatch.of_status and (mismatch.expected[:1], mismatch.got[:1]) == ("2", "2")


def _first(promises: Iterator[Promise]) -> Promise | None:
    return next(promises, None)
