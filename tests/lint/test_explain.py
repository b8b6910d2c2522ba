"""`troth explain`: every rule, by our name and by theirs."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from troth.contracts.commands.explain import explain
from troth.contracts.errors import UsageError
from troth.contracts.lint.catalogue import RULES


def said(*arguments: str) -> str:
    result = CliRunner().invoke(explain, arguments, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.output


def test_a_rule_is_explained_in_full() -> None:
    assert said("no-$ref-siblings").splitlines() == [
        "no-$ref-siblings (warning): a key stands beside `$ref`, where OpenAPI says that it is ignored",
        "",
        "The author believes that it counts; most tools drop it. `allOf: [{$ref: …}]` takes siblings.",
        "",
        "Not:",
        "",
        "    components:",
        "      schemas:",
        "        A: {type: string}",
        "        B: {$ref: '#/components/schemas/A', maxLength: 3}",
        "",
        "But:",
        "",
        "    components:",
        "      schemas:",
        "        A: {type: string}",
        "        B: {allOf: [{$ref: '#/components/schemas/A'}], maxLength: 3}",
        "",
        "On in the sets: recommended, spectral, redocly, vacuum, all.",
        "In Spectral: no-$ref-siblings.",
        "In Redocly: spec-ref-siblings.",
        "In vacuum: no-$ref-siblings, oas3-no-$ref-siblings.",
        "To excuse one place: `# troth-ignore no-$ref-siblings: why` on its line or the one above.",
        "To switch it off, in troth.yaml: `lint: {rules: {no-$ref-siblings: off}}`.",
    ]


@pytest.mark.parametrize("name", RULES)
def test_every_rule(name: str) -> None:
    text = said(name)
    assert text.startswith(f"{name} (")
    assert RULES[name].why in text


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("no-server-trailing-slash", ["oas3-server-trailing-slash"]),
        ("oas3-valid-media-example", ["D02"]),
        ("struct", ["D01"]),
        ("no-unsafe-markdown", ["no-eval-in-markdown", "no-script-tags-in-markdown"]),
        ("security-defined", ["oas3-operation-security-defined", "operation-security"]),
    ],
)
def test_names_of_other_linters(theirs: str, ours: list[str]) -> None:
    heads = [line.split(" (")[0] for line in said(theirs).splitlines() if line.partition(" (")[0] in RULES]
    assert heads == ours


def test_a_rule_that_is_left_out_says_why() -> None:
    with pytest.raises(UsageError, match=r"'path-segment-plural' is left out on purpose: whether a word"):
        said("path-segment-plural")


def test_a_typo() -> None:
    with pytest.raises(UsageError, match=r"there is no rule 'info-lisence'; did you mean 'info-license'\?"):
        said("info-lisence")


def test_the_table_lists_them_all() -> None:
    lines = said().splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(RULES)


def test_the_options_of_a_rule_are_named() -> None:
    assert "Option `style`, by default 'camel'." in said("camel-case-properties")
