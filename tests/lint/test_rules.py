"""Every code: a change to the sound document that brings it out, and nothing else with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.documents import LAMP, changed, findings, short

Swap = tuple[str, str]
WHEN, ROUND = "hidden.hours == 0", "self.watts % 5 == 0 || self.watts % 7 == 0"
TO = "to: lit, refused"
CASES: dict[str, tuple[list[Swap], list[str]]] = {
    "operation without acts": (
        [("        acts: Lamp.list\n", "        {}\n")],
        ["C00 note 20:5 list does not say what it `acts` on: it is tested by its schemas only"],
    ),
    "typo in a word": (
        [("repeat: refused", "repaet: refused")],
        ["C01 error 51:9 there is no 'repaet' here; did you mean 'repeat'?"],
    ),
    "typo in a value": (
        [("repeat: refused", "repeat: refuse")],
        ["C01 error 51:9 found 'refuse'; did you mean 'refused'?"],
    ),
    "typo in the extension's name": (
        [("      x-contract:\n        acts: Lamp.list", "      x-contracts:\n        acts: Lamp.list")],
        ["C02 error 22:7 'x-contracts' has no effect; did you mean 'x-contract'?"],
    ),
    "extension where nobody reads it": (
        [("version: '1'}", "version: '1', x-contract: {}}")],
        [
            "C02 error 2:36 'x-contract' has no effect here; "
            "it is read at the document, in operations and in schemas"
        ],
    ),
    "unknown resource": (
        [("acts: Lamp.list", "acts: Lump.list")],
        ["C03 error 23:9 'Lump' is not declared under `resources`; did you mean 'Lamp'?"],
    ),
    "unknown state": (
        [(TO, "to: lift, refused")],
        ["C04 error 50:34 'lift' is not in the enum of Lamp.status; did you mean 'lit'?"],
    ),
    "state that nothing leads to": (
        [("worn: {from: lit, to: broken,", "worn: {from: lit, to: dark,")],
        [
            "C05 warning 9:9 nothing leads to the state 'broken' of Lamp: "
            "no fixture, no create, no transition, no automatic move"
        ],
    ),
    "leaves a final state": (
        [("        initial: dark\n", "        initial: dark\n        final: [dark]\n")],
        ["C06 error 51:22 light leaves 'dark', which is declared final"],
    ),
    "CEL that does not compile": (
        [(WHEN, "hidden.hours = 0")],
        [
            "C07 error 12:60 `hidden.hours = 0` does not compile: "
            "`=` is no operator; `==` compares (at character 14)"
        ],
    ),
    "rule that fails on absence": (
        [("minimum: 1, default: 5}", "minimum: 1}")],
        [
            "C07 warning 67:19 rule 'round' fails where 'watts' is absent: "
            "ask `has(self.watts)` first, or give it a default"
        ],
    ),
    "CEL that names what is not there": (
        [(WHEN, "hidden.hour == 0")],
        ["C08 error 12:47 `hidden.hour == 0`: hidden has no property 'hour'; did you mean 'hours'?"],
    ),
    "managed property that is not there": (
        [("seen: write", "sene: write")],
        ["C08 error 13:29 Lamp has no property 'sene'; did you mean 'seen'?"],
    ),
    "write of what the body has not": (
        [("          watts: {in: dark", "          wats: {in: dark")],
        ["C09 error 35:11 the body of change has no property 'wats'; did you mean 'watts'?"],
    ),
    "writes of an operation that stores nothing": (
        [("        acts: Lamp.list\n", "        acts: Lamp.list\n        writes: {watts: {in: dark}}\n")],
        ["C03 error 24:9 `writes` is for what is stored; list stores nothing"],
    ),
    "update without writes": (
        [("        writes:\n          watts: {in: dark, outside: ignored}\n", "")],
        ["C10 note 32:7 change updates a thing with states, but does not say what may be written when"],
    ),
    "refusal that no response documents": (
        [("errors: {refused: 409", "errors: {refused: 422")],
        ["C11 warning 50:9 light refuses with 422, which `responses` does not document"],
    ),
    "limit that no response documents": (
        [("        repeat: refused\n", "        repeat: refused\n        limits: {burst: {q: 1, w: 1}}\n")],
        ["C11 warning 52:18 light is limited, but `responses` does not document 429"],
    ),
    "no otherwise": (
        [(TO, "to: {lit: self.watts > 1, broken: self.watts < 2}, refused")],
        ["C12 error 50:34 exactly one target must be `otherwise`"],
    ),
    "two otherwise": (
        [(TO, "to: {lit: otherwise, broken: otherwise}, refused")],
        ["C12 error 50:34 exactly one target must be `otherwise`"],
    ),
    "repeat against transition": (
        [("repeat: refused", "repeat: same")],
        [
            "C13 error 51:9 `repeat: same`, but in lit light is refused by `transition`",
            "C13 error 51:9 `repeat: same`, but on hall the second call is refused",
        ],
    ),
    "repeat against the model": (
        [(TO, "to: {lit: self.watts > 100, dark: otherwise}, refused")],
        ["C13 error 51:9 `repeat: refused`, but on hall the second call is accepted"],
    ),
    "rule that the schema says already": (
        [(ROUND, "self.watts >= 1")],
        ["C14 warning 67:11 rule 'round': no value found that its schema allows breaks it"],
    ),
    "rule that nothing keeps": (
        [(ROUND, "self.watts < 1")],
        ["C14 warning 67:11 rule 'round': no value found that its schema allows keeps it"],
    ),
    "record in no response": (
        [("items: {$ref: '#/components/schemas/Lamp'}}", "items: {type: object}}")],
        ["C15 warning 25:9 no $ref to #/components/schemas/Lamp in the 200 body"],
    ),
    "fixture against its schema": (
        [("status: lit, watts: 7", "status: lit, watts: 0")],
        ["C16 error 17:9 fixture 'porch' breaks the schema at /watts: 0 is less than the minimum of 1"],
    ),
    "two fixtures with one id": (
        [("porch: {id: porch", "porch: {id: hall")],
        ["C16 error 17:9 fixtures 'hall' and 'porch' have the same id"],
    ),
    "two properties in one place": (
        [
            (
                "          watts: {in: dark, outside: ignored}\n",
                "          note: {as: /watts}\n          watts: {in: dark, outside: ignored}\n",
            )
        ],
        [
            "C17 note 36:11 'watts' and 'note' both end in 'watts': "
            "who wins when both are sent is open, either order is accepted"
        ],
    ),
    "condition that always holds": (
        [(WHEN, "self.status == 'lit' || self.status != 'lit'")],
        [
            "C18 warning 12:41 `self.status == 'lit' || self.status != 'lit'` "
            "always holds, whatever the record is"
        ],
    ),
    "condition that never holds": (
        [("outside: ignored}", "outside: ignored, when: self.status == 'green'}")],
        ["C18 warning 35:47 `self.status == 'green'` never holds, whatever the record is"],
    ),
    "guard that never holds": (
        [(TO, "to: {broken: self.watts == 0 && self.watts == 1, lit: otherwise}, refused")],
        [
            "C18 warning 50:39 `self.watts == 0 && self.watts == 1` never holds, whatever the record is",
        ],
    ),
    "managed property taken from clients": (
        [
            (
                "        note: {type: string}\n    Error",
                "        note: {type: string}\n        seen: {type: string}\n    Error",
            )
        ],
        ["C19 warning 36:7 change takes 'seen', which only the server sets (`managed`)"],
    ),
    "text without a place": (
        [(", message: /error", "")],
        [
            "C20 warning 50:9 a message is given, "
            "but `errors.message` does not say where error bodies carry it"
        ],
    ),
    "effect that nobody sees": (
        [
            (
                "        repeat: refused\n",
                "        repeat: refused\n        effects: {ring: {with: {bell: 1}}}\n",
            )
        ],
        [
            "I18 note 52:19 effect 'ring' of light is visible in no response: "
            "journalled by the mock, documentation for a live server"
        ],
    ),
    "not what OpenAPI allows": (
        [("description: All.", "descripton: All.")],
        [
            "D01 error 26:11 there is no 'descripton' here; did you mean 'description'?",
        ],
    ),
    "a key of the wrong type is not missing": (
        [("paths:\n", "servers: [{url: 3}]\npaths:\n")],
        ["D01 error 18:12 found 3, expected a text"],
    ),
    "example against its schema": (
        [("example: {error: No}", "example: {error: 3}")],
        ['D02 warning 43:96 the example breaks its schema at /error: 3 is not of type "string"'],
    ),
}


def test_the_sound_document_has_no_findings(tmp_path: Path) -> None:
    assert findings(tmp_path, LAMP) == []


@pytest.mark.parametrize("name", CASES)
def test_the_rule_fires_where_it_should(name: str, tmp_path: Path) -> None:
    swaps, expected = CASES[name]
    assert [short(finding) for finding in findings(tmp_path, changed(*swaps))] == expected


HARMLESS: dict[str, list[Swap]] = {
    "C05: a fixture is in it": [
        ("worn: {from: lit, to: broken,", "worn: {from: lit, to: dark,"),
        ("status: lit, watts: 7", "status: broken, watts: 7"),
    ],
    "C05: a transition leads to it": [
        ("worn: {from: lit, to: broken,", "worn: {from: broken, to: dark,"),
        (TO, "to: {broken: self.watts > 90, lit: otherwise}, refused"),
    ],
    "C13: the second call acts again": [
        ("{from: dark, to: lit,", "{from: [dark, lit], to: lit,"),
        ("repeat: refused", "repeat: same"),
    ],
    "C16: a managed property may be missing": [
        ("    Lamp:\n      type: object\n", "    Lamp:\n      type: object\n      required: [seen]\n"),
    ],
    "C18: a condition on what varies": [(WHEN, "hidden.hours == 0 || self.watts > 60")],
    "C18: a condition on the request": [
        ("outside: ignored}", 'outside: ignored, when: "has(request.body.note)"}'),
    ],
    "C11: a range documents it": [
        ("errors: {refused: 409", "errors: {refused: 422"),
        ("        '409': &no\n", "        4XX: &no\n"),
    ],
    "D02: an example that fits": [("example: {error: No}", "example: {error: 'No, it is lit'}")],
}


@pytest.mark.parametrize("name", HARMLESS)
def test_the_rule_keeps_quiet_where_it_should(name: str, tmp_path: Path) -> None:
    assert [short(finding) for finding in findings(tmp_path, changed(*HARMLESS[name]))] == []
