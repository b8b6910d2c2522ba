"""The package's page and its lock: what installs, from where it says, and with what the gate was green."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.docs.pages import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCK = (ROOT / "constraints.txt").read_text("utf-8")
PINS = [Requirement(line.partition("#")[0]) for line in LOCK.splitlines() if not line.startswith("#")]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
NEEDED = [*PROJECT["dependencies"], *(text for texts in EXTRAS.values() for text in texts)]
PYTHONS = ("3.11", "3.12", "3.13")


def pinned(name: str, python: str) -> list[str]:
    """The versions that the lock gives a distribution under one Python."""
    here = {"python_version": python, "python_full_version": f"{python}.0"}
    wanted = canonicalize_name(name)
    pins = [pin for pin in PINS if canonicalize_name(pin.name) == wanted]
    return [str(pin.specifier) for pin in pins if pin.marker is None or pin.marker.evaluate(here)]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("text", [text for text in NEEDED if not text.startswith("troth")])
def test_the_lock_pins_what_is_needed(text: str, python: str) -> None:
    needed = Requirement(text)
    (pin,) = pinned(needed.name, python)
    assert pin.startswith("==")
    assert needed.specifier.contains(pin.removeprefix("=="), prereleases=True), "run `python .ci/lock.py`"


def test_the_lock_names_no_place() -> None:
    assert "://" not in LOCK
    assert not re.search(r"^-", LOCK, re.MULTILINE)


def test_every_python_that_is_named_is_allowed() -> None:
    allowed = SpecifierSet(PROJECT["requires-python"])
    named = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)]
    assert tuple(named) == PYTHONS
    assert all(python in allowed for python in named)


def test_the_page_says_who_and_where() -> None:
    assert PROJECT["authors"]
    assert PROJECT["urls"].keys() >= {"Homepage", "Documentation", "Repository", "Changelog", "Issues"}
    home = PROJECT["urls"]["Homepage"]
    assert all(url.startswith(home) for url in PROJECT["urls"].values())
    for url in PROJECT["urls"].values():
        place = url.removeprefix(f"{home}/blob/main/")
        assert "://" in place or (ROOT / place).is_file(), url
