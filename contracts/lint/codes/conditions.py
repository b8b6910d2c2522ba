"""Conditions: expressions and what they decide."""

from __future__ import annotations

from troth.contracts.lint.codes._code import code

RULES = (
    code(
        "C07",
        "error, warning",
        "an expression does not compile, or fails on values that its schema allows",
        "A condition that fails decides nothing: ask `has(…)` first.",
        "rule: self.watts % 5 = 0",
        "rule: has(self.watts) && self.watts % 5 == 0",
    ),
    code(
        "C14",
        "warning",
        "no value that the schema allows breaks a rule (or keeps it)",
        "JSON Schema says it already: drop it.",
        "rules: {positive: {rule: self.watts >= 1}}   # watts: {minimum: 1}",
        "rules: {round: {rule: self.watts % 5 == 0}}",
    ),
    code(
        "C18",
        "warning",
        "a condition holds always, or never",
        "It decides nothing: look for a typo in a value.",
        "when: self.status == 'green'   # no such state",
        "when: self.status == 'dark'",
    ),
)
