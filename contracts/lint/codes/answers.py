"""Answers, fixtures and bodies: what a contract shows and takes."""

from __future__ import annotations

from troth.contracts.lint.codes._code import code

RULES = (
    code(
        "C11",
        "warning",
        "a refusal has a status that `responses` does not document",
        "Readers of the document meet it unprepared: document it, or change the status.",
        "errors: {refused: 422}   # responses: 200, 409",
        "errors: {refused: 409}",
    ),
    code(
        "C15",
        "warning",
        "the response shows the record nowhere",
        "Nothing can be checked in it: put a `$ref` to its schema where the record stands.",
        "schema: {type: array, items: {type: object}}",
        "schema: {type: array, items: {$ref: '#/components/schemas/Lamp'}}",
    ),
    code(
        "C16",
        "error",
        "a fixture breaks its schema, or two have one id",
        "Mock and checks start from fixtures: mend it.",
        "fixtures: {hall: {id: hall, watts: 0}}   # watts: {minimum: 1}",
        "fixtures: {hall: {id: hall, watts: 5}}",
    ),
    code(
        "C17",
        "note",
        "two properties of a body end in one place",
        "Nothing to do: either order is accepted.",
        "writes: {note: {as: /watts}, watts: {in: dark}}",
        "writes: {note: {as: /remark}, watts: {in: dark}}",
    ),
    code(
        "C19",
        "warning",
        "a body takes a property that only the server sets",
        "Clients believe that they can set it: drop it from the body or from `managed`.",
        "managed: {seen: write}   # and the body has `seen`",
        "managed: {seen: write}   # and the body has not",
    ),
    code(
        "C20",
        "warning",
        "a message is given, but nothing says where error bodies carry it",
        "No check can look for it: add `errors.message`.",
        "errors: {refused: 409}",
        "errors: {refused: 409, message: /error}",
    ),
    code(
        "I18",
        "note",
        "an effect that no response shows",
        "Nothing to do: it cannot be checked from outside.",
        "effects: {ring: {with: {bell: 1}}}",
        "effects: {ring: {on: Bell, set: {rung: true}}}",
    ),
)
