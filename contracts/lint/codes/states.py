"""States, and the operations that move things between them."""

from __future__ import annotations

from troth.contracts.lint.codes._code import code

RULES = (
    code(
        "C00",
        "note",
        "an operation says nothing about what it acts on",
        "It is tested by its schemas only: add `acts`, or leave it to them.",
        "x-contract: {}",
        "x-contract: {acts: Lamp.list}",
    ),
    code(
        "C04",
        "error",
        "a state that the enum of the state property does not have",
        "The enum is the list of states: nothing can ever be in another one.",
        "transition: {from: dark, to: lift}",
        "transition: {from: dark, to: lit}",
    ),
    code(
        "C05",
        "warning",
        "a state that nothing leads to",
        "What is promised of it can never be tried: add a fixture in it, a transition, or drop the state.",
        "status: {enum: [dark, lit, broken]}   # no transition to broken",
        "status: {enum: [dark, lit]}",
    ),
    code(
        "C06",
        "error",
        "an operation leaves a state that is declared final",
        "One of the two is wrong.",
        "state: {field: status, final: [dark]}   # and transition: {from: dark, to: lit}",
        "state: {field: status, final: [broken]}",
    ),
    code(
        "C10",
        "note",
        "an update of a thing with states says nothing about what may be written when",
        "Mock and checks then assume: always. Add `writes`.",
        "x-contract: {acts: Lamp.update}",
        "x-contract: {acts: Lamp.update, writes: {watts: {in: dark, outside: ignored}}}",
    ),
    code(
        "C12",
        "error",
        "the targets of a transition have no `otherwise`, or two",
        "Exactly one target takes what no condition claims.",
        "to: {lit: self.watts > 1, broken: self.watts < 2}",
        "to: {lit: self.watts > 1, broken: otherwise}",
    ),
    code(
        "C13",
        "error",
        "`repeat` says something else than the model does when run twice",
        "One of the two is wrong.",
        "transition: {from: dark, to: lit}\nrepeat: same",
        "transition: {from: dark, to: lit}\nrepeat: refused",
    ),
)
