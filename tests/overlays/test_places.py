"""What comes from an overlay is found in it, all else in the vendor's file; references hold from both."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.overlays.documents import OVERLAY, VENDOR, written
from troth import lint, load
from troth.contracts.document import Document, read_document
from troth.contracts.errors import ContractError

HEAD = "overlay: 1.1.0\ninfo: {title: T, version: '1'}\nactions:\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def overlaid(actions: str, vendor: str = VENDOR) -> Document:
    paths = written(Path(), HEAD + actions, vendor)
    return read_document(paths[0], str(paths[0]), paths[1:])


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("/paths/~1lamps~1{id}~1light/post", "vendor.yaml:6:5"),
        ("/paths/~1lamps~1{id}~1light/post/operationId", "vendor.yaml:7:7"),
        ("/paths/~1lamps~1{id}~1light/post/x-contract", "behaviour.yaml:16:7"),
        ("/paths/~1lamps~1{id}~1light/post/x-contract/transition/to", "behaviour.yaml:18:34"),
        ("/x-contract/resources/Lamp/state", "behaviour.yaml:12:13"),
        ("/components/schemas/Lamp", "vendor.yaml:13:5"),
    ],
)
def test_places(pointer: str, place: str) -> None:
    written(Path())
    assert str(read_document(Path("behaviour.yaml")).locate(pointer)) == place


@pytest.mark.parametrize(
    ("actions", "pointer", "place"),
    [
        ("- {target: $.l, update: [{b: 1}]}", "/l/3/b", "behaviour.yaml:4:27"),
        ("- {target: $.l, update: {b: 1}}", "/l/3/b", "behaviour.yaml:4:26"),
        ("- {target: $.l, update: {b: 1}}", "/l/2/a", "vendor.yaml:4:5"),
        ("- {target: '$.l[0]', remove: true}", "/l/0/a", "vendor.yaml:3:5"),
        ("- {target: '$.l[0,1]', remove: true}", "/l/0/a", "vendor.yaml:4:5"),
        (
            "- {target: $.l, update: {b: 1}}\n- {target: '$.l[1]', remove: true}",
            "/l/2/b",
            "behaviour.yaml:4:26",
        ),
        (
            "- {target: '$.l[0]', remove: true}\n- {target: $.l, update: {b: 1}}",
            "/l/2/b",
            "behaviour.yaml:5:26",
        ),
        ("- {target: '$.l[1].a', update: 9}", "/l/1/a", "behaviour.yaml:4:24"),
        ("- {target: '$.l[0]', copy: '$.m'}", "/l/0/c/d", "vendor.yaml:5:9"),
        (
            "- {target: $.m.c, update: {e: 1}}\n- {target: '$.l[0]', copy: $.m}",
            "/l/0/c/e",
            "behaviour.yaml:4:28",
        ),
        ("- {target: $.m, update: {c: {d: 2}}}", "/m/c/d", "behaviour.yaml:4:30"),
        (
            "- {target: $.m.c, remove: true}\n- {target: $, update: {m: {c: 1}}}",
            "/m/c",
            "behaviour.yaml:5:28",
        ),
    ],
)
def test_places_after_changes(actions: str, pointer: str, place: str) -> None:
    document = overlaid(actions, "l:\n  - a: 1\n  - a: 2\n  - a: 3\nm: {c: {d: 1}}\n")
    document.at(pointer)
    assert str(document.locate(pointer)) == place


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "to: lit",
            "to: light",
            "behaviour.yaml:18:34: error: 'light' is not in the enum of Lamp.status; did you mean 'lit'?",
        ),
        (
            "acts: Lamp.action",
            "act: Lamp.action",
            "behaviour.yaml:17:9: error: there is no 'act' here; did you mean 'acts'? [C01]",
        ),
        (
            "to: lit",
            "to: {dark: 'slef.id', lit: otherwise}",
            "behaviour.yaml:18:46: error: `slef.id` does not compile: there is no `slef`",
        ),
    ],
)
def test_mistakes_in_the_overlay(old: str, new: str, said: str) -> None:
    written(Path(), OVERLAY.replace(old, new))
    with pytest.raises(ContractError) as caught:
        load("behaviour.yaml")
    assert str(caught.value.findings[0]).startswith(said)
    assert str(lint("vendor.yaml", overlays=["behaviour.yaml"])[0]).startswith(said)


def test_a_mistake_in_the_vendors_file() -> None:
    written(Path(), vendor=VENDOR.replace("schemas/Lamp'", "schemas/Lmap'"))
    [fault] = read_document(Path("behaviour.yaml")).faults
    assert str(fault).startswith(
        "vendor.yaml:9:74: error: $ref '#/components/schemas/Lmap' points to nothing"
    )


SCHEMAS = "- target: $.components.schemas\n  update:\n"


def test_a_reference_within_is_to_the_document() -> None:
    document = overlaid(SCHEMAS + "    Bulb: {$ref: '#/components/schemas/Lamp'}\n")
    assert document.resolve("/components/schemas/Bulb")[0] == "/components/schemas/Lamp"


def test_a_reference_to_a_file_is_relative_to_the_overlay() -> None:
    Path("mine").mkdir()
    Path("mine/parts.yaml").write_text("Bulb: {type: object, x-mine: true}\n")
    Path("mine/more.yaml").write_text(f"{HEAD}{SCHEMAS}    Bulb: {{$ref: 'parts.yaml#/Bulb'}}\n")
    written(Path())
    document = read_document(Path("vendor.yaml"), None, [Path("mine/more.yaml")])
    at, value = document.resolve("/components/schemas/Bulb")
    assert value["x-mine"]
    assert str(document.locate(at + "/x-mine")) == "mine/parts.yaml:1:22"
    assert str(document.locate("/components/schemas/Bulb/$ref")) == "mine/more.yaml:6:12"


def test_a_copied_reference_is_still_the_vendors() -> None:
    Path("mine").mkdir()
    Path("parts.yaml").write_text("Bulb: {type: object, x-vendor: true}\n")
    at = "$.components.schemas"
    copied = f"- {{target: {at}, update: {{Mine: {{}}}}}}\n- {{target: {at}.Mine, copy: {at}.Bulb}}\n"
    Path("mine/more.yaml").write_text(HEAD + copied)
    written(Path(), vendor=VENDOR + "    Bulb: {$ref: 'parts.yaml#/Bulb'}\n")
    document = read_document(Path("vendor.yaml"), None, [Path("mine/more.yaml")])
    assert document.resolve("/components/schemas/Mine")[1]["x-vendor"]


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("parts.yaml#/Bulb", "there is no file 'parts.yaml' there"),
        ("#/components/schemas/Lmap", "points to nothing; did you mean 'Lamp'?"),
        ("https://example.com/a.yaml", "leads to the network, which is not read"),
    ],
)
def test_a_broken_reference(reference: str, said: str) -> None:
    [fault] = overlaid(SCHEMAS + f"    Bulb: {{$ref: '{reference}'}}\n").faults
    assert str(fault).startswith("behaviour.yaml:6:12: error: $ref")
    assert said in str(fault)
