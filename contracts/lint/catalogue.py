"""Every rule by name: the modules of ``openapi`` and ``codes`` are the catalogue, with what others add."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cached_property
from types import ModuleType

from troth.contracts.document import did_you_mean
from troth.contracts.extensions import unusable
from troth.contracts.lint import codes, openapi
from troth.contracts.lint import rules as contract_rules
from troth.contracts.lint.additions import ContractCheck, additions
from troth.contracts.lint.rule import Rule


class _Catalogue(Mapping[str, Rule]):
    """Looks for the rules when it is first asked: other commands must not wait for them."""

    @cached_property
    def _rules(self) -> Mapping[str, Rule]:
        found = {rule.name: rule for rule in _ours()}
        for addition in additions():
            for rule in addition.rules:
                if rule.name in found:
                    raise unusable(addition.entry, f"has the rule {rule.name!r}, which is there already")
                found[rule.name] = rule
        return dict(sorted(found.items()))

    def __getitem__(self, name: str) -> Rule:
        return self._rules[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)


RULES: Mapping[str, Rule] = _Catalogue()
"""Each rule under its own name."""


def _ours() -> Iterator[Rule]:
    for module in _modules(codes):
        yield from module.RULES
    for module in _modules(openapi):
        yield module.RULE


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(package.__path__):
        if not found.name.startswith("_"):
            yield importlib.import_module(f"{package.__name__}.{found.name}")


def contract_checks() -> list[ContractCheck]:
    """The rules about a contract as a whole: the modules of ``rules``, and what others add."""
    checks: list[ContractCheck] = [module.check for module in _modules(contract_rules)]
    checks += [addition.check for addition in additions() if addition.check is not None]
    return checks


def named(name: str) -> list[Rule]:
    """The rules that a name means: one of ours, or those that have it in another linter."""
    if name in RULES:
        return [RULES[name]]
    return [rule for rule in RULES.values() if name in rule.aliases]


def hint(name: str) -> str:
    """The way out of a name that means no rule."""
    return did_you_mean(name, [*RULES, *(alias for rule in RULES.values() for alias in rule.aliases)])
