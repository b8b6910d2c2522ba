"""Rules of other distributions: modules like ours, named in the entry-point group ``troth.lint_rules``.

A module has ``RULE`` as those in ``openapi`` have, or ``RULES`` as those in ``codes``, and with them or alone
a ``check(contract)`` as those in ``rules``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import EntryPoint
from typing import Any, TypeAlias

from troth.contracts.contract import Contract
from troth.contracts.errors import TrothError
from troth.contracts.extensions import added, imported, unusable
from troth.contracts.lint.nodes import Problem
from troth.contracts.lint.rule import Rule
from troth.contracts.model import Finding

GROUP = "troth.lint_rules"

ContractCheck: TypeAlias = Callable[[Contract], Iterator[Finding]]
"""``check(contract)``: what is wrong with a contract as a whole."""

_SEVERITIES = frozenset({"error", "warning", "note"})


@dataclass(frozen=True)
class Addition:
    """What one module brings."""

    entry: EntryPoint
    rules: tuple[Rule, ...]
    check: ContractCheck | None


@cache
def additions() -> tuple[Addition, ...]:
    """What every other distribution brings. Raises UsageError where one is broken."""
    return tuple(_addition(entry) for entry in sorted(added(GROUP), key=lambda entry: entry.name))


def _addition(entry: EntryPoint) -> Addition:
    module = imported(entry)
    rules = _rules(entry, module)
    check = getattr(module, "check", None)
    of_nodes = [rule.check for rule in rules]
    if check in of_nodes:
        check = None
    if not rules and check is None:
        raise unusable(entry, "has no RULE, no RULES and no check")
    if check is not None:
        check = _guarded(entry, check, Finding)
    return Addition(entry, tuple(_guarded_rule(entry, rule) for rule in rules), check)


def _rules(entry: EntryPoint, module: object) -> tuple[Rule, ...]:
    found: Any = getattr(module, "RULES", [])
    if hasattr(module, "RULE"):
        found = [module.RULE]
    if not isinstance(found, (list, tuple)):
        raise unusable(entry, "has RULES that are no list or tuple")
    for rule in found:
        if not isinstance(rule, Rule):
            raise unusable(entry, f"has a rule that is no troth.contracts.lint.rule.Rule: {rule!r}")
        levels = set(rule.level.split(", "))
        if not levels <= _SEVERITIES:
            raise unusable(entry, f"has the rule {rule.name!r} with the severity {rule.level!r}")
    return tuple(found)


def _guarded_rule(entry: EntryPoint, rule: Rule) -> Rule:
    if rule.check is None:
        return rule
    return replace(rule, check=_guarded(entry, rule.check, Problem))


def _guarded(entry: EntryPoint, check: Callable[..., Any], kind: type) -> Callable[..., Iterator[Any]]:
    """A check whose mistakes are told as those of its distribution."""

    def guarded(subject: Any, **options: Any) -> Iterator[Any]:
        try:
            for found in check(subject, **options):
                if not isinstance(found, kind):
                    raise TypeError(f"{found!r} is no {kind.__name__}")
                yield found
        except TrothError:
            raise
        except (Exception, SystemExit) as error:
            raise unusable(entry, f"failed: {type(error).__name__}: {error}") from error

    return guarded
