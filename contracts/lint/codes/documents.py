"""The document as OpenAPI, overlays, and the ignores of lint itself."""

from __future__ import annotations

from troth.contracts.lint.codes._code import code

RULES = (
    code(
        "D01",
        "error",
        "the document is not what its OpenAPI version allows",
        "Tools read such a document differently, or not at all; the message names the place.",
        "responses: {'200': {descripton: All.}}",
        "responses: {'200': {description: All.}}",
        spectral="oas3-schema",
        redocly="struct spec-components-invalid-map-name",
        vacuum="oas3-schema oas-schema-check",
    ),
    code(
        "O1",
        "error",
        "an action of an overlay selects nothing",
        "The document says it otherwise by now; see the hint.",
        "actions: [{target: $.paths['/lmaps'], update: {}}]",
        "actions: [{target: $.paths['/lamps'], update: {}}]",
    ),
    code(
        "O2",
        "warning",
        "a list that grows each time the overlay is applied",
        "Overlays concatenate lists: use a mapping, or remove the old list in an action before.",
        "update: {x-contract: {fixtures: [{id: a}]}}",
        "update: {x-contract: {fixtures: {a: {id: a}}}}",
    ),
    code(
        "ignore-reason",
        "warning",
        "an ignore comment gives no reason",
        "The next reader cannot know whether it still holds.",
        "enum: [a, b, a]  # troth-ignore duplicated-entry-in-enum",
        "enum: [a, b, a]  # troth-ignore duplicated-entry-in-enum: a server counts them",
    ),
    code(
        "ignore-unused",
        "warning",
        "an ignore comment, or an entry under `lint.ignore`, ignores nothing",
        "What it excused was mended, or its name is misspelt: drop it, or correct it.",
        "enum: [a, b]  # troth-ignore duplicated-entry-in-enum: a server counts them",
        "enum: [a, b]",
    ),
)
