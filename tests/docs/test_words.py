"""The page of the words: each has a fragment with calls to the shop, and they are answered as it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.docs.pages import ROOT, blocks, compare, shell
from troth import Mock, load
from troth.contracts.document.carriers import KEY, carriers
from troth.contracts.lint import lint
from troth.contracts.words import WORDS
from troth.mock_server.serving import running

SHOP = "docs/examples/shop.yaml"
PAGE = (ROOT / "docs/reference/words.md").read_text("utf-8")
MODULES = {type(word).__module__.rpartition(".")[2] for word in WORDS}
NOT_HERE = {"cursor", "next", "more"}
"""Sub-words of which a document has either these or others (`page`)."""


def tries() -> dict[str, tuple[str, str]]:
    """The calls and answers of each section with some, by its title."""
    found = {}
    for section in re.split(r"^##+ ", PAGE, flags=re.MULTILINE)[1:]:
        for block in blocks(section, "try"):
            title = section.splitlines()[0].lower()
            assert title not in found, f"two examples under {title}"
            found[title] = block
    return found


TRIES = tries()


@pytest.fixture(scope="module")
def root() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        shop = Mock([load(SHOP)])
    with running(shop) as url:
        yield url


def answered(calls: str, url: str, at: str) -> str:
    shell(f"curl -s -X POST {url}/__mock/reset", ROOT)
    return shell(f"API={at}\n{calls}", ROOT)


@pytest.mark.parametrize("word", TRIES)
def test_the_example_of_a_word(word: str, root: str) -> None:
    calls, shown = TRIES[word]
    assert 1 <= len(re.findall(r"\bcurl\b.*\$API/(?!__mock)", calls)) <= 4
    compare(shown, answered(calls, root, root))


@pytest.mark.parametrize("word", TRIES)
def test_it_would_be_found_wrong(word: str, root: str) -> None:
    calls, shown = TRIES[word]
    with pytest.raises(AssertionError):
        compare(shown, answered(calls, root, f"{root}/elsewhere"))


def test_every_word_has_an_example() -> None:
    assert set(TRIES) == MODULES
    assert {path.name for path in (ROOT / "docs/parts/words").iterdir()} == {f"{m}.md.in" for m in MODULES}


def test_the_shop_is_sound_and_short() -> None:
    findings = lint(ROOT / SHOP)
    assert {finding.severity for finding in findings} <= {"note"}, findings
    assert (ROOT / SHOP).read_text("utf-8").count("\n") <= 200


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from value
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from keys(item)


def declared(schema: Any) -> Iterator[str]:
    """The properties that a fragment of the meta-schema names."""
    if isinstance(schema, Mapping):
        if isinstance(schema.get("properties"), Mapping):
            yield from schema["properties"]
        schema = list(schema.values())
    for part in schema if isinstance(schema, list) else ():
        yield from declared(part)


@pytest.mark.parametrize("word", [word for word in WORDS if word.name], ids=lambda word: word.name)
def test_the_shop_uses_every_word_and_what_belongs_to_it(word: Any) -> None:
    document = load(str(ROOT / SHOP)).document
    values = [document.at(f"{at}/{KEY}") for at, _ in carriers(document)]
    used = [value[word.name] for value in values if word.name in value]
    assert used
    assert set(declared(word.schema)) - set(keys(used)) - NOT_HERE <= {"assumed"}
