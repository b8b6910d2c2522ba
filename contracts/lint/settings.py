"""Which rules are on, how bad each is, and what is ignored: the values that a configuration comes down to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from troth.contracts.lint.rule import Rule
from troth.contracts.model import Finding, Json, Location, Pointer

LEVELS = ("off", "note", "warning", "error")


@dataclass(frozen=True)
class Choice:
    """What is set of a rule: a severity (None: its own) and options."""

    level: str | None = None
    options: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Ignored:
    """Findings of a rule that are not reported: those in a file, or at and under a pointer; and why."""

    rule: str
    reason: str
    at: Location
    file: str | None = None
    pointer: Pointer | None = None

    def covers(self, finding: Finding) -> bool:
        """Whether a finding is meant."""
        if finding.code != self.rule:
            return False
        if self.pointer is not None and not f"{finding.pointer}/".startswith(f"{self.pointer}/"):
            return False
        if self.file is None:
            return True
        return finding.location is not None and self.means(finding.location.file)

    def means(self, file: str) -> bool:
        """Whether a file is the one named (by the end of its path)."""
        return self.file is None or f"/{file}".endswith("/" + self.file.removeprefix("./"))


@dataclass(frozen=True)
class Settings:
    """A set to start from, and what differs from it."""

    extends: tuple[str, ...] = ("recommended",)
    chosen: Mapping[str, Choice] = field(default_factory=dict)
    ignored: tuple[Ignored, ...] = ()

    def with_more(self, more: Settings) -> Settings:
        """These settings, and others that go before them."""
        extends = dict.fromkeys((*self.extends, *more.extends))
        return Settings(tuple(extends), {**self.chosen, **more.chosen}, (*self.ignored, *more.ignored))

    def level(self, rule: Rule, said: str | None = None) -> str | None:
        """How bad a finding of a rule is (``said``: by the one who found it); None where the rule is off."""
        choice = self.chosen.get(rule.name)
        if choice is None:
            return self._own_level(rule, said)
        if choice.level == "off":
            return None
        return choice.level or said or rule.level

    def _own_level(self, rule: Rule, said: str | None) -> str | None:
        if said == "error" and not rule.on:
            return said
        if any(rule.is_in(chosen) for chosen in self.extends):
            return said or rule.level
        return None

    def options(self, rule: Rule) -> Mapping[str, Json]:
        """What is set of a rule besides the severity."""
        if rule.name not in self.chosen:
            return {}
        return self.chosen[rule.name].options

    def judged(self, rule: Rule | None, finding: Finding) -> Finding | None:
        """A finding with the severity that is set; None where its rule is off."""
        if rule is None:
            return finding
        level = self.level(rule, finding.severity)
        if level is None:
            return None
        return replace(finding, severity=level)
