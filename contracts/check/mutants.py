"""Can every promise be seen broken? Each denied contract is served, and the promise's own probes are run.

A probe that finds nothing wrong there proves nothing: its mutant has survived.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Protocol

from troth.contracts.check.batch import Executed
from troth.contracts.check.book import Book, BrokenPromise, undistinguished
from troth.contracts.check.draws import Unavailable
from troth.contracts.check.opening import read_everything
from troth.contracts.check.plan import ordered
from troth.contracts.check.provisioning import Unreached
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target
from troth.contracts.contract import Contract
from troth.contracts.errors import ContractFault, TargetError
from troth.contracts.promises.denial import Denial
from troth.contracts.promises.promise import Promise

FOUND, SURVIVED, UNTRIED = "found", "survived", "untried"
OUTCOMES = (FOUND, SURVIVED, UNTRIED)


class Served(Protocol):
    """A server in this process that can be made to keep another contract."""

    target: Target

    def serve(self, contract: Contract) -> None:
        """Answer by this contract from now on; what is stored stays."""

    def save(self) -> None:
        """Remember what is stored, and the time."""

    def restore(self) -> None:
        """Go back to what was saved last."""


@dataclass(frozen=True)
class Mutant:
    """What became of one denied contract: ``by`` names the promise that was found broken."""

    promise: str
    where: str
    says: str
    outcome: str
    by: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class MutantReport:
    """A whole run; ``of``: how many promises there were to try."""

    spec: str
    mutants: Sequence[Mutant]
    tried: int
    of: int
    seconds: float
    stopped: bool = False

    @property
    def counts(self) -> Mapping[str, int]:
        """How many mutants have each outcome."""
        found = Counter(mutant.outcome for mutant in self.mutants)
        return {outcome: found[outcome] for outcome in OUTCOMES}

    @property
    def exit_code(self) -> int:
        """0: none survived; 1: one did; 2: none was tried."""
        if self.counts[SURVIVED]:
            return 1
        if self.counts[FOUND]:
            return 0
        return 2


class MutantRun:
    """Tries denied contracts against one server, promise by promise."""

    def __init__(self, contract: Contract, served: Served, *, seed: int = 0) -> None:
        self._contract, self._served = contract, served
        self._checker = Checker(contract, served.target, number=seed)
        self._checker.alone()
        self._promises = {promise.id: promise for promise in self._checker.promises}
        self._checker.clock.freeze(True)
        vars(self._checker.clock)["freeze"] = _stay  # time stands still all along
        read_everything(self._checker.observer, served.target)
        served.save()
        self._state = _State(self._checker)

    def of(self, id: str) -> Iterator[Mutant]:
        """What becomes of every denial of a promise."""
        promise = self._promises[id]
        where = self._contract.where(promise.pointer)
        for denial in promise.denials:
            if denial.allowed is not None:
                yield Mutant(promise.id, where, denial.says, UNTRIED, reason=denial.allowed)
        denials = [denial for denial in promise.denials if denial.allowed is None]
        if not denials:
            return
        executed = self._baseline(promise)
        doubt = self._doubt(promise)
        expected = undistinguished(promise, self._checker.book.tally(promise))
        tried = [self._tried(promise, denial, executed, doubt, expected) for denial in denials]
        if promise.open and any(mutant.outcome == FOUND for mutant in tried):
            tried = [mutant for mutant in tried if mutant.outcome == FOUND]  # the others say the same as it
        yield from tried

    def _baseline(self, promise: Promise) -> Sequence[Executed]:
        """The probes as they run where the promise is kept."""
        self._fresh()
        self._checker.executed.clear()
        self._checker.try_promise(promise)
        return list(self._checker.executed)

    def _doubt(self, promise: Promise) -> str | None:
        """Why a promise cannot be tried; None where it is."""
        tally = self._checker.book.tally(promise)
        if tally.kept or tally.differs:
            return None
        return promise.needs or "; ".join(dict.fromkeys(tally.skipped)) or "nothing tries it"

    def _fresh(self) -> None:
        self._served.serve(self._contract)
        self._served.restore()
        self._state.restore(self._checker)

    def _tried(
        self,
        promise: Promise,
        denial: Denial,
        executed: Sequence[Executed],
        doubt: str | None,
        expected: str | None,
    ) -> Mutant:
        where = self._contract.where(promise.pointer)
        if doubt is not None:
            return Mutant(promise.id, where, denial.says, UNTRIED, reason=doubt)
        self._fresh()
        by = self._broken(promise, self._checker.executor.prover.denied(denial), executed)
        if by is not None:
            return Mutant(promise.id, where, denial.says, FOUND, by)
        if expected is not None:  # that is what a check says of it, too: it is never called kept
            return Mutant(promise.id, where, denial.says, UNTRIED, reason=expected)
        reason = "the probes find nothing wrong with it"
        if promise.assumed:
            return Mutant(promise.id, where, denial.says, UNTRIED, reason=f"only assumed; {reason}")
        return Mutant(promise.id, where, denial.says, SURVIVED, reason=reason)

    def _broken(self, promise: Promise, denied: Contract, executed: Sequence[Executed]) -> str | None:
        """The promise that the probes find broken where another contract is kept; None: there is none."""
        checker = self._checker
        for again in executed:
            try:
                checker.repeat(promise, again, lambda: self._served.serve(denied))
            except BrokenPromise:
                return promise.id
            except (Unreached, Unavailable, ContractFault, TargetError):
                pass
            finally:
                self._served.serve(self._contract)
            found = checker.book.first_broken
            if found is not None:
                return found
        return None


class _State:
    """What a checker knows when it begins."""

    def __init__(self, checker: Checker) -> None:
        self._pool = _copied(vars(checker.pool))
        self._observer = _copied(vars(checker.observer))
        self._clock = _copied(vars(checker.clock))
        self._provisioner = _copied(vars(checker.provisioner))
        self._client = _copied(vars(checker.client))

    def restore(self, checker: Checker) -> None:
        """Make a checker know nothing else."""
        vars(checker.pool).update(_copied(self._pool))
        vars(checker.observer).update(_copied(self._observer))
        vars(checker.clock).update(_copied(self._clock))
        vars(checker.provisioner).update(_copied(self._provisioner))
        vars(checker.client).update(_copied(self._client))
        checker.executor.book = Book(checker.contract, checker.promises)
        checker.executor.book.taken = checker.client.taken


def _copied(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes, their dictionaries and sets copied; what these hold never changes."""
    found = {}
    for name, value in attributes.items():
        if isinstance(value, (dict, set)):
            value = value.copy()
        found[name] = value
    return found


def _stay(still: bool) -> None:
    """Neither stop nor go."""


def wanted(contract: Contract, all_promises: list[Promise], only: Sequence[str]) -> list[Promise]:
    """The promises that have denials, in the order in which they are tried."""
    found = []
    for promise in ordered(all_promises, contract):
        if not promise.denials:
            continue
        if not only or any(fnmatchcase(promise.id, pattern) for pattern in only):
            found.append(promise)
    return found
