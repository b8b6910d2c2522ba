"""Every rule by name: the modules of ``openapi`` and ``codes`` are the catalogue."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from troth.contracts.document import did_you_mean
from troth.contracts.lint import codes, openapi
from troth.contracts.lint.rule import Rule


def _discover() -> Iterator[Rule]:
    for package in (codes, openapi):
        for found in pkgutil.iter_modules(package.__path__):
            if not found.name.startswith("_"):
                module = importlib.import_module(f"{package.__name__}.{found.name}")
                yield from module.RULES if package is codes else (module.RULE,)


RULES: Mapping[str, Rule] = MappingProxyType(
    {rule.name: rule for rule in sorted(_discover(), key=lambda r: r.name)}
)
"""Each rule under its own name."""


def named(name: str) -> list[Rule]:
    """The rules that a name means: one of ours, or those that have it in another linter."""
    if name in RULES:
        return [RULES[name]]
    return [rule for rule in RULES.values() if name in rule.aliases]


def hint(name: str) -> str:
    """The way out of a name that means no rule."""
    return did_you_mean(name, [*RULES, *(alias for rule in RULES.values() for alias in rule.aliases)])
