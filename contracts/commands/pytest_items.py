"""Each promise of a contract as a test of pytest; the target is asked once for all, as in a check."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from troth.contracts.check.asked_for import asked_in
from troth.contracts.check.budget import Budget
from troth.contracts.check.known import Baseline, marked, read_baseline
from troth.contracts.check.ledger import FOLDER, SUFFIX, Ledger
from troth.contracts.check.plan import promises
from troth.contracts.check.promised import Promises
from troth.contracts.check.results import BROKEN, SKIPPED, Report, Verdict
from troth.contracts.check.run import Checker
from troth.contracts.check.selection import Selection
from troth.contracts.check.targets import Target, find_target
from troth.contracts.commands.check import changed
from troth.contracts.commands.pytest_sharing import Outcome, Outcomes, outcomes, shared
from troth.contracts.commands.signals import stoppable
from troth.contracts.contract import Contract
from troth.contracts.errors import TrothError, UsageError
from troth.contracts.loading.catalogue import load
from troth.contracts.promises.promise import Promise
from troth.contracts.reports.checked import place

_NAME = re.compile(r"[^A-Za-z0-9_]+")


FOLDER_OF_ALL = "troth_folder"
"""Where the workers of pytest-xdist share what came out."""


class BrokenPromiseError(Exception):
    """A promise is broken; pytest shows what came out."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.gist)
        self.outcome = outcome


class PromiseItem(pytest.Item):
    """One promise."""

    def __init__(self, *, promise: Promise, contract: ContractItems, where: str, **named: Any) -> None:
        super().__init__(**named)
        self.promise, self.contract, self.where = promise, contract, where
        for name in _markers(promise):
            self.config.addinivalue_line("markers", f"{name}: promises of this operation, or of this word")
            self.add_marker(name)

    def runtest(self) -> None:
        outcome = self.contract.outcome(self)
        self.user_properties.append(("result", outcome.result))
        if outcome.result == BROKEN and outcome.known is not None:
            pytest.xfail(f"known: {outcome.known}")
        if outcome.result == BROKEN:
            raise BrokenPromiseError(outcome)
        if outcome.result == SKIPPED:
            pytest.skip(outcome.reason or "not exercised")
        if outcome.told is not None:
            self.add_report_section("call", "troth", outcome.told)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, BrokenPromiseError):
            return excinfo.value.outcome.told or excinfo.value.outcome.gist
        if isinstance(excinfo.value, TrothError):
            return f"troth: {excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        found = place(Verdict(self.promise, SKIPPED, self.where))
        if found is None:
            return self.path, None, self.promise.id
        return Path(found.file), found.line - 1, self.promise.id


class ContractItems:
    """The promises of one contract, and the one run that they share."""

    def __init__(self, node: pytest.Collector, asked: Promises) -> None:
        self._node, self._asked, self._config = node, asked, node.config
        self._outcomes: Outcomes | None = None
        self._error: TrothError | None = None
        overlays = tuple(Path(name) for name in asked.overlays)
        self._contract: Contract = load(asked.spec, overlays=overlays, infer=asked.infer, tried=True)
        self._selection = Selection(asked.only, asked.exclude)

    def items(self) -> Iterator[PromiseItem]:
        """A test for each promise."""
        for promise in promises(self._contract):
            if self._selection.wants(promise):
                where = self._contract.where(promise.pointer)
                yield PromiseItem.from_parent(
                    self._node, name=promise.id, promise=promise, contract=self, where=where
                )

    def outcome(self, item: PromiseItem) -> Outcome:
        """What came out for a promise; with the first one, all that were chosen are tried."""
        if self._error is not None:
            raise self._error
        if self._outcomes is None:
            try:
                self._outcomes = self._all(item)
            except TrothError as error:
                self._error = error
                raise
        return self._outcomes.get(item.promise.id, Outcome(SKIPPED, reason="it was not tried"))

    def _all(self, item: PromiseItem) -> Outcomes:
        """What came out for all: with pytest-xdist of the one run that the workers share."""
        folder = getattr(self._config, "workerinput", {}).get(FOLDER_OF_ALL)
        if folder is None:
            return outcomes(self._run(item.session))
        name = sha256(self._node.nodeid.encode()).hexdigest()[:16]
        return shared(Path(folder), name, lambda: outcomes(self._run(item.session)))

    def _run(self, session: pytest.Session) -> Report:
        chosen = {
            item.promise.id
            for item in session.items
            if isinstance(item, PromiseItem) and item.contract is self
        }
        target = target_of(self._config, self._contract, self._asked)
        baseline, budget = Baseline(), Budget()
        if self._asked.baseline is not None:
            baseline = read_baseline(Path(self._asked.baseline))
        named = self._asked.target or target.name
        head = {
            "spec": self._asked.spec,
            "overlays": list(self._asked.overlays),
            "infer": self._asked.infer,
            "target": named,
            "config": str(_config_file(self._config, self._asked) or ""),
        }
        ledger = Ledger(FOLDER / f"{time.time_ns()}{SUFFIX}", {**head, "url": target.url})
        checker = Checker(
            self._contract,
            target,
            fail_fast=self._config.getoption("maxfail") == 1,
            selection=Selection(ids=chosen),
            budget=budget,
            ledger=ledger,
        )
        with stoppable(budget):
            report = marked(checker.run(), baseline, target.expect)
        if budget.stopped is not None:
            raise KeyboardInterrupt
        return report


class ContractFile(pytest.File):
    """A document whose promises are tests."""

    def collect(self) -> Iterator[PromiseItem]:
        yield from _collected(self, Promises(str(self.path)))


class SettingsFile(pytest.File):
    """A ``troth.yaml`` that says what to check."""

    def collect(self) -> Iterator[pytest.Collector]:
        try:
            asked = asked_in(self.path)
        except TrothError as error:
            raise self.CollectError(f"troth: {error}") from None
        for one in asked:
            name = " ".join(part for part in (one.spec, one.target) if part)
            yield contract_line(self, name, one)


class ContractLine(pytest.Collector):
    """``troth.Promises(…)`` in a test file, or an entry of a ``troth.yaml``."""

    def __init__(self, *, asked: Promises, **named: Any) -> None:
        super().__init__(**named)
        self._asked = asked.beside(self.path.parent)

    def collect(self) -> Iterator[PromiseItem]:
        yield from _collected(self, self._asked)


def _collected(node: pytest.Collector, asked: Promises) -> Iterator[PromiseItem]:
    try:
        yield from ContractItems(node, asked).items()
    except TrothError as error:
        raise pytest.Collector.CollectError(f"troth: {error}") from None


def contract_file(path: Path, parent: pytest.Collector) -> ContractFile | None:
    """A file as a contract, where it is one: it has the words."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    if "x-contract" not in text or "openapi" not in text or "paths" not in text:
        return None
    found: ContractFile = ContractFile.from_parent(parent, path=path)
    return found


def settings_file(path: Path, parent: pytest.Collector) -> SettingsFile | None:
    """A ``troth.yaml``, where it says what to check."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    if not re.search(r"(?m)^check\s*:", text):
        return None
    found: SettingsFile = SettingsFile.from_parent(parent, path=path)
    return found


def contract_line(collector: pytest.Collector, name: str, asked: Promises) -> pytest.Collector:
    """A line of a test file as what it stands for."""
    line: pytest.Collector = ContractLine.from_parent(collector, name=name, asked=asked)
    return line


def target_of(config: pytest.Config, contract: Contract, asked: Promises | None = None) -> Target:
    """The target that is meant. Raises UsageError where none is."""
    named = config.getoption("troth_target")
    if named is None and asked is not None:
        named = asked.target
    named = named or config.getini("troth_target")
    if not named:
        raise UsageError("say what to check: --troth-target URL|NAME, or `troth_target` in pytest.ini")
    target = find_target(contract, str(named), _config_file(config, asked), config.getoption("troth_token"))
    return changed(target, bool(config.getoption("troth_allow_writes")), None, None)


def _config_file(config: pytest.Config, asked: Promises | None) -> Path | None:
    named = config.getoption("troth_config")
    if named is None and asked is not None:
        named = asked.config
    if named is None and (config.rootpath / "troth.toml").is_file():
        named = config.rootpath / "troth.toml"
    return None if named is None else Path(named)


def _markers(promise: Promise) -> list[str]:
    """Names to choose by: the operation, and the word that promises it."""
    word = promise.id.split("/")[1]
    return [found for found in (_NAME.sub("_", promise.operation), _NAME.sub("_", word)) if found]
