"""Documents that are wrong: every message says where, what was found, and what is valid."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.gate import seldom
from tests.work import counted_calls, little_memory
from troth import ContractError, SourceError, load
from troth.contracts.document import source
from troth.contracts.document.yaml_loader import loader

GOOD = """\
openapi: 3.0.3
info: {title: Lamps, version: '1'}
x-contract:
  resources: {Lamp: {id: id, state: {field: status, initial: dark}}}
paths:
  /lamps/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post:
      operationId: light
      x-contract: {acts: Lamp.action, transition: {from: dark, to: lit}}
      responses: {'200': {description: ok}}
components:
  schemas:
    Lamp:
      type: object
      properties:
        id: {type: string}
        status: {enum: [dark, lit]}
"""


def said(path: Path, error: type[ContractError] = ContractError) -> list[str]:
    """What is said of a document, without the folder it lies in: why it is refused, or what is left out."""
    try:
        findings = load(path).document.faults
        assert error is ContractError, "it is not refused"
    except error as refused:
        findings = tuple(refused.findings)
    return [str(finding).replace(f"{path.parent}/", "") for finding in findings]


def of(folder: Path, text: str, name: str = "api.yaml") -> list[str]:
    path = folder / name
    path.write_text(text)
    return said(path)


def test_the_good_document_is_good(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(GOOD)
    assert list(load(path).operations) == ["light"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "info: {title: Lamps, version: '1'}",
            "info: {title: Lamps, version: '1'",
            "api.yaml:3:1: error: did not find expected ',' or '}' [C01]",
        ),
        (
            "paths:",
            "\tpaths:",
            "api.yaml:5:1: error: found character that cannot start any token [C01]",
        ),
        (
            "    post:",
            "    post: {}\n    post:",
            "api.yaml:9:5: error: duplicate key 'post' [C01]",
        ),
        (
            "info: {title: Lamps, version: '1'}",
            "info: !!python/object:os.system {}",
            "api.yaml:2:7: error: could not determine a constructor for the tag "
            "'tag:yaml.org,2002:python/object:os.system' [C01]",
        ),
        ("info: {title", "? [a, b]\n: c\ninfo: {title", "api.yaml:2:3: error: a key must be a string [C01]"),
        (
            "info: {title: Lamps, version: '1'}",
            "info: &info\n  self: *info",
            "api.yaml:2:7: error: an alias stands inside of what it stands for [C01]",
        ),
        (
            "status: {enum: [dark, lit]}",
            "status: {$ref: '#/components/schemas/Lmap'}",
            "api.yaml:18:18: error: $ref '#/components/schemas/Lmap' points to nothing; did you mean 'Lamp'?",
        ),
        (
            "status: {enum: [dark, lit]}",
            "status: {$ref: '#/componets/schemas/Lamp'}",
            "api.yaml:18:18: error: $ref '#/componets/schemas/Lamp' points to nothing [C03]",
        ),
        (
            "status: {enum: [dark, lit]}",
            "status: {$ref: 'https://example.com/a.yaml#/Status'}",
            "api.yaml:18:18: error: $ref 'https://example.com/a.yaml#/Status' leads to the network, "
            "which is not read [C03]",
        ),
        (
            "status: {enum: [dark, lit]}",
            "status: {$ref: 'states.yaml#/Status'}",
            "api.yaml:18:18: error: $ref 'states.yaml#/Status': there is no file 'states.yaml' there [C03]",
        ),
        (
            "    Lamp:\n",
            "    Ring: {$ref: '#/components/schemas/Ring'}\n    Lamp:\n",
            "api.yaml:14:12: error: $ref '#/components/schemas/Ring' leads back to itself [C03]",
        ),
        (
            "    Lamp:\n",
            "    A: {$ref: '#/components/schemas/B'}\n"
            "    B: {allOf: [{$ref: '#/components/schemas/A'}]}\n    Lamp:\n",
            "api.yaml:14:9: error: $ref '#/components/schemas/B' leads back to itself [C03]",
        ),
        (
            "transition: {",
            "transtion: {",
            "api.yaml:10:39: error: there is no 'transtion' here; did you mean 'transition'? [C01]",
        ),
        (
            "transition: {from",
            "transition: {form",
            "api.yaml:10:52: error: there is no 'form' here; did you mean 'from'? [C01]",
        ),
        (
            "      x-contract:",
            "      x-contracts:",
            "api.yaml:10:7: error: 'x-contracts' has no effect; did you mean 'x-contract'? [C02]",
        ),
        (
            "x-contract:\n  resources",
            "X_Contract:\n  resources",
            "api.yaml:3:1: error: 'X_Contract' has no effect; did you mean 'x-contract'? [C02]",
        ),
        (
            "to: lit",
            "to: {lit: otherwise, dark: self.id ==}",
            "api.yaml:10:101: error: `self.id ==` does not compile: it ends too early",
        ),
        (
            "transition: {",
            "rules: {a: {rule: \"slef.id != ''\"}}, transition: {",
            "api.yaml:10:58: error: `slef.id != ''` does not compile: there is no `slef`",
        ),
        (
            "      operationId: light",
            "      operationId: &same light\n      responses: {default: {description: all}}\n"
            "    get:\n      operationId: *same",
            "api.yaml:9:7: error: operationId 'light' is taken already at",
        ),
        (
            "openapi: 3.0.3",
            "openapi: 3.3.0",
            "api.yaml:1:1: error: `openapi: 3.3.0` is not read; "
            "valid are texts such as '3.0.3', '3.1.0' and '3.2.0'",
        ),
        (
            "openapi: 3.0.3",
            "openapi: 3.1",
            "api.yaml:1:1: error: `openapi: 3.1` is not read; "
            "valid are texts such as '3.0.3', '3.1.0' and '3.2.0'",
        ),
        (
            "openapi: 3.0.3",
            "swagger: '2.0'",
            "api.yaml:1:1: error: is Swagger 2.0, which is not read; convert it to OpenAPI 3 first, "
            "for example with `npx swagger2openapi FILE -o openapi.yaml` or in the Swagger Editor [C01]",
        ),
        (
            "openapi: 3.0.3\n",
            "",
            "api.yaml:1:1: error: does not say its version: `openapi` is missing, such as `openapi: 3.0.3`",
        ),
        (
            "openapi: 3.0.3",
            "opneapi: 3.0.3",
            "api.yaml:1:1: error: does not say its version: `openapi` is missing; is 'opneapi' meant",
        ),
    ],
)
def test_one_mistake(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert GOOD.count(old) == 1
    found = of(tmp_path, GOOD.replace(old, new))
    assert len(found) == 1, found
    assert found[0].startswith(expected)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    found = of(
        tmp_path, GOOD.replace("from: dark, to: lit", "from: drak, to: lti").replace("id: id,", "id: ident,")
    )
    assert [message.partition(": ")[0] for message in found] == [
        "api.yaml:4:22",
        "api.yaml:10:52",
        "api.yaml:10:64",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "api.yaml:1:1: error: is not an OpenAPI document: found nothing, expected a mapping"),
        ("- a\n- b\n", "api.yaml:1:1: error: is not an OpenAPI document: found a list, expected a mapping"),
        ("Read me", "api.yaml:1:1: error: is not an OpenAPI document: found a text, expected a mapping"),
        ("openapi: 3.0.3\npaths: []\n", "api.yaml:2:1: error: `paths` must be a mapping of paths [C01]"),
        ("a: \x07", "api.yaml:1:1: error: is not YAML: unacceptable character #x0007"),
        ("a: b\n---\nc: d\n", "api.yaml:2:1: error: but found another document [C01]"),
    ],
)
def test_no_document_at_all(tmp_path: Path, text: str, expected: str) -> None:
    found = of(tmp_path, text)
    assert len(found) == 1
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"openapi": "3.0.3",\n "paths": ]}', "api.json:2:11: error: is not JSON: Expecting value [C01]"),
        (
            '{"openapi": "3.0.3",\n "info": {"title": "a",\n  "title": "b"}}',
            "api.json:3:3: error: duplicate key 'title' [C01]",
        ),
        (
            '{"openapi": "3.0.3",\n "tags": [{"name": "a"}, {"name": "a", "name": "b"}]}',
            "api.json:2:40: error: duplicate key 'name' [C01]",
        ),
    ],
)
def test_json(tmp_path: Path, text: str, expected: str) -> None:
    assert of(tmp_path, text, "api.json") == [expected]


def test_a_missing_file(tmp_path: Path) -> None:
    assert said(tmp_path / "api.yaml", SourceError) == ["api.yaml:1:1: error: there is no such file [C01]"]


def test_a_directory(tmp_path: Path) -> None:
    folder = tmp_path / "specs"
    folder.mkdir()
    assert said(folder, SourceError) == [
        "specs:1:1: error: is a directory; name the OpenAPI document inside it [C01]"
    ]


def test_a_binary_file(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_bytes(b"openapi: \xff\xfe\x00")
    assert said(path, SourceError) == ["api.yaml:1:1: error: is not UTF-8 text (byte 9) [C01]"]


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert list(load(path).operations) == ["light"]


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    with path.open("wb") as file:
        file.truncate(70_000_000)
    with little_memory(1_000_000):
        assert said(path, SourceError) == [
            "api.yaml:1:1: error: has 70,000,000 bytes; at most 67,108,864 are read [C01]"
        ]


TOO_DEEP = "1:1: error: is nested too deeply; at most 200 levels are read [C01]"


class Limited(yaml.SafeLoader):
    """A parser with a limit of its own, which it meets while it reads ahead."""

    def get_single_data(self) -> None:
        mark = yaml.Mark("", 1030, 0, 1030, None, 0)
        raise yaml.scanner.ScannerError("while reading", mark, "this is more than I take", mark)


PARSERS = [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)]


@pytest.fixture(params=PARSERS, ids=["python", "libyaml"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML's own parser, which knows no limit, and libyaml, which in some versions has one."""
    monkeypatch.setattr(source, "Yaml12Loader", loader(request.param))


@pytest.mark.parametrize("depth", seldom([250, 900, 100_000], 900))
@pytest.mark.parametrize("name", ["api.yaml", "api.json"])
@pytest.mark.usefixtures("parser")
def test_deep_nesting(tmp_path: Path, name: str, depth: int) -> None:
    text = f'{{"openapi": "3.0.3", "x-deep": {"[" * depth}{"]" * depth}}}'
    with counted_calls() as calls:
        assert of(tmp_path, text, name) == [f"{name}:{TOO_DEEP}"]
    assert calls.number < 100_000


@pytest.mark.parametrize("text", ["- " * 5000 + "x", "\n".join(" " * n + "a:" for n in range(500))])
@pytest.mark.usefixtures("parser")
def test_deep_nesting_of_blocks(tmp_path: Path, text: str) -> None:
    assert of(tmp_path, text) == [f"api.yaml:{TOO_DEEP}"]


def test_deep_nesting_by_aliases(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 250))]
    assert of(tmp_path, "\n".join(lines)) == [f"api.yaml:{TOO_DEEP}"]


def test_a_parser_that_gives_up_first_does_not_hide_our_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "Yaml12Loader", loader(Limited))
    assert of(tmp_path, "a: " + "[" * 2000) == [f"api.yaml:{TOO_DEEP}"]
    shallow = "a: " + "[], '[', \"[\", # [\n" * 300
    assert of(tmp_path, shallow) == ["api.yaml:1:1031: error: this is more than I take [C01]"]


@pytest.mark.parametrize("name", ["api.yaml", "api.json"])
@pytest.mark.usefixtures("parser")
def test_two_hundred_levels_are_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text('{"x": ' + "[" * 199 + "1" + "]" * 199 + "}")
    assert isinstance(source.Source(path, name).data["x"], list)
    path.write_text('{"x": ' + "[" * 200 + "]" * 200 + "}")
    assert said(path) == [f"{name}:{TOO_DEEP}"]


def test_an_alias_bomb(tmp_path: Path) -> None:
    lines = ["x-bomb:", "  a0: &a0 [" + ",".join("x" * 10) + "]"]
    lines += [f"  a{i}: &a{i} [" + ",".join([f"*a{i - 1}"] * 10) + "]" for i in range(1, 12)]
    with little_memory(20_000_000):
        found = of(tmp_path, GOOD + "\n".join(lines))
    assert len(found) == 1
    assert found[0].startswith("api.yaml:1:1: error: grows to 1,234,567,901,")
    assert found[0].endswith(" values through its aliases; at most 10,000,000 are read [C01]")


def test_aliases_are_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(GOOD.replace("id: {type: string}", "id: &text {type: string}\n        name: *text"))
    assert load(path).document.at("/components/schemas/Lamp/properties/name") == {"type": "string"}


def test_a_recursive_schema_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(
        GOOD.replace(
            "id: {type: string}", "id: {type: string}\n        next: {$ref: '#/components/schemas/Lamp'}"
        )
    )
    schemas = load(path).document.schemas
    assert schemas.valid("/components/schemas/Lamp", {"next": {"next": {"status": "lit"}}})
    assert not schemas.valid("/components/schemas/Lamp", {"next": {"next": {"status": "green"}}})


def test_yaml_is_1_2(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(GOOD.replace("[dark, lit]", "[dark, lit, on, off, no, 2026-01-01, 1_000]"))
    enum = load(path).document.at("/components/schemas/Lamp/properties/status/enum")
    assert enum == ["dark", "lit", "on", "off", "no", "2026-01-01", "1_000"]


# Several files

PARTS = """\
Status:
  enum: [dark, lit]
Lamp:
  type: object
  properties:
    id: {type: string}
    status: {$ref: '#/Status'}
"""
SPLIT = GOOD[: GOOD.index("    Lamp:")] + "    Lamp: {$ref: 'parts.yaml#/Lamp'}\n"


def test_a_document_of_two_files(tmp_path: Path) -> None:
    (tmp_path / "parts.yaml").write_text(PARTS)
    path = tmp_path / "api.yaml"
    path.write_text(SPLIT)
    contract = load(path)
    assert contract.resources["Lamp"].states == ("dark", "lit")
    schema = str(contract.resources["Lamp"].schema["$ref"])[1:]
    assert str(contract.document.locate(f"{schema}/properties/id")).endswith("parts.yaml:6:5")


def test_a_reference_to_nothing_in_the_second_file(tmp_path: Path) -> None:
    (tmp_path / "parts.yaml").write_text(PARTS.replace("'#/Status'", "'#/Sttus'"))
    assert of(tmp_path, SPLIT) == [
        "parts.yaml:7:14: error: $ref '#/Sttus' points to nothing; did you mean 'Status'? [C03]"
    ]


def test_a_rule_in_the_second_file(tmp_path: Path) -> None:
    rule = "  x-contract: {rules: {named: {rule: slef.id != ''}}}\n"
    (tmp_path / "parts.yaml").write_text(PARTS + rule)
    found = of(tmp_path, SPLIT)
    assert len(found) == 1
    assert found[0].startswith("parts.yaml:8:38: error: `slef.id != ''` does not compile")


def test_a_mistake_in_the_second_file(tmp_path: Path) -> None:
    (tmp_path / "parts.yaml").write_text(PARTS + "Lamp: {}\n")
    assert of(tmp_path, SPLIT) == ["parts.yaml:8:1: error: duplicate key 'Lamp' [C01]"]


def test_files_that_refer_to_each_other(tmp_path: Path) -> None:
    (tmp_path / "parts.yaml").write_text(PARTS.replace("'#/Status'", "'api.yaml#/components/schemas/State'"))
    path = tmp_path / "api.yaml"
    path.write_text(SPLIT + "    State: {enum: [dark, lit]}\n")
    assert load(path).resources["Lamp"].states == ("dark", "lit")


def test_a_json_document_with_tabs_is_read(tmp_path: Path) -> None:
    path = tmp_path / "api.json"
    path.write_text(json.dumps({"openapi": "3.1.0", "info": {}, "paths": {}}, indent="\t"))
    assert load(path).operations == {}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("!!int abc", "int"),
        ("!!float abc", "float"),
        ("!!bool maybe", "bool"),
        ("9" * 5000, "int"),
    ],
)
def test_a_value_that_is_not_of_its_type(tmp_path: Path, text: str, kind: str) -> None:
    found = of(tmp_path, f"openapi: 3.0.3\nx-a: {text}\n", "api.yaml")
    assert found == [f"api.yaml:2:6: error: a value that cannot be read as {kind} [C01]"]


@pytest.mark.parametrize("tag", ["binary", "set", "timestamp", "omap"])
def test_a_tag_for_what_json_cannot_say(tmp_path: Path, tag: str) -> None:
    found = of(tmp_path, f"openapi: 3.0.3\nx-a: !!{tag} abc\n", "api.yaml")
    says = f"could not determine a constructor for the tag 'tag:yaml.org,2002:{tag}'"
    assert found == [f"api.yaml:2:6: error: {says} [C01]"]
