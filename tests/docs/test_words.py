"""The page of the words: each has a fragment with calls to the shop, and they are answered as it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.docs.pages import ROOT, blocks, compare, shell
from troth import Mock, lint, load
from troth.contracts.words import WORDS
from troth.mock_server.serving import running

SHOP = "docs/examples/shop.yaml"
PAGE = (ROOT / "docs/reference/words.md").read_text("utf-8")
MODULES = {type(word).__module__.rpartition(".")[2] for word in WORDS}
NOT_HERE = {"cursor", "next", "more"}
"""Sub-words of which a document has either these or others (`page`)."""


class Try(NamedTuple):
    """Calls and what they answer; ``document``: what they are calls to, where that is not the shop."""

    calls: str
    shown: str
    document: str | None


def tries() -> dict[str, Try]:
    """The calls and answers of each section with some, by its title."""
    found = {}
    for section in re.split(r"^##+ ", PAGE, flags=re.MULTILINE)[1:]:
        for block in blocks(section, "try"):
            title = section.splitlines()[0].lower()
            assert title not in found, f"two examples under {title}"
            own = next(blocks(section, "document"), None)
            found[title] = Try(*block, own[0] if own else None)
    return found


TRIES = tries()


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        mock = Mock([load(SHOP, run=True)])
    with running(mock) as url:
        yield url


@contextmanager
def served(one: Try, shop: str, folder: Path) -> Iterator[str]:
    """Where the document is that a word is tried on: the shop, or one of its own."""
    if one.document is None:
        yield shop
        return
    path = folder / "example.yaml"
    path.write_text(one.document, "utf-8")
    with running(Mock([load(path)])) as url:
        yield url


def answered(calls: str, url: str, at: str) -> str:
    shell(f"curl -s -X POST {url}/__mock/reset", ROOT)
    return shell(f"API={at}\n{calls}", ROOT)


@pytest.mark.parametrize("word", TRIES)
def test_the_example_of_a_word(word: str, shop: str, tmp_path: Path) -> None:
    calls, shown, _ = TRIES[word]
    assert 1 <= len(re.findall(r"\bcurl\b.*\$API/(?!__mock)", calls)) <= 4
    with served(TRIES[word], shop, tmp_path) as root:
        compare(shown, answered(calls, root, root))


@pytest.mark.parametrize("word", TRIES)
def test_it_would_be_found_wrong(word: str, shop: str, tmp_path: Path) -> None:
    calls, shown, _ = TRIES[word]
    with served(TRIES[word], shop, tmp_path) as root, pytest.raises(AssertionError):
        compare(shown, answered(calls, root, f"{root}/elsewhere"))


def test_every_word_has_an_example() -> None:
    assert set(TRIES) == MODULES
    assert {path.name for path in (ROOT / "docs/parts/words").iterdir()} == {f"{m}.md.in" for m in MODULES}


def test_the_shop_is_sound_and_short() -> None:
    findings = lint(ROOT / SHOP)
    assert {finding.severity for finding in findings} <= {"note"}, findings
    assert (ROOT / SHOP).read_text("utf-8").count("\n") <= 400, "give a new word a document of its own"


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


def examples(word: Any) -> Iterator[Any]:
    """How the shop and the word's own table use it."""
    stem = type(word).__module__.rpartition(".")[2]
    for path in (ROOT / SHOP, ROOT / "tests/tables" / f"{stem}.yaml"):
        yield from keys_of(word.name, yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader))


def keys_of(name: str, value: Any) -> Iterator[Any]:
    """What stands under a name, at any depth, also where a path of names ends in it."""
    inner = value
    if isinstance(value, Mapping):
        yield from (item for key, item in value.items() if name in str(key).split("/"))
        inner = list(value.values())
    for item in inner if isinstance(inner, list) else ():
        yield from keys_of(name, item)


@pytest.mark.parametrize("word", [word for word in WORDS if word.name], ids=lambda word: word.name)
def test_examples_or_tables_use_every_word_and_what_belongs_to_it(word: Any) -> None:
    used = list(examples(word))
    assert used
    assert set(declared(word.schema)) - set(keys(used)) - NOT_HERE <= {"assumed"}
