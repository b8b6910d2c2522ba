"""Shapes and names: what is written in a way that nobody reads, or names what is not there."""

from __future__ import annotations

from troth.contracts.lint.codes._code import code

RULES = (
    code(
        "C01",
        "error",
        "a file or a word has the wrong shape",
        "Nothing can be concluded from it: the message says what was found and what is valid.",
        "x-contract: {repaet: refused}",
        "x-contract: {repeat: refused}",
    ),
    code(
        "C02",
        "error",
        "an extension that has no effect: misspelt, or in a place that nobody reads",
        "The author believes that it counts: rename or move it.",
        "x-contracts: {acts: Lamp.list}",
        "x-contract: {acts: Lamp.list}",
    ),
    code(
        "C03",
        "error",
        "something is named that is not there: a schema, a `$ref`, a resource, a parameter",
        "What it should say is lost; see the hint.",
        "$ref: '#/components/schemas/Lmap'",
        "$ref: '#/components/schemas/Lamp'",
        spectral="invalid-ref",
        redocly="no-unresolved-refs",
    ),
    code(
        "C08",
        "error",
        "a property, hidden variable or parameter is named that is not there",
        "The condition can never be evaluated; see the hint.",
        "when: hidden.huors == 0",
        "when: hidden.hours == 0",
    ),
    code(
        "C09",
        "error",
        "`writes` names what the request body does not have",
        "Nobody can send it; see the hint.",
        "writes: {wats: {in: dark}}",
        "writes: {watts: {in: dark}}",
    ),
)
