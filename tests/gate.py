"""What of a long table is tried in every run; the nightly one tries all of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def often(cases: Iterable[Any], *names: Any) -> list[Any]:
    """A table of which every run tries the cases of these names, and the nightly one the others as well.

    A name is the first value of a case. Name one of each kind, and of a kind what is fast.
    """
    return [
        pytest.param(*case, marks=() if named else pytest.mark.slow) for case, named in _named(cases, names)
    ]


def seldom(cases: Iterable[Any], *names: Any) -> list[Any]:
    """A table of which the cases of these names, slow and of a kind with others, are tried by night only."""
    return [
        pytest.param(*case, marks=pytest.mark.slow if named else ()) for case, named in _named(cases, names)
    ]


def _named(cases: Iterable[Any], names: tuple[Any, ...]) -> list[tuple[tuple[Any, ...], bool]]:
    """The cases, and whether each is one of these names; a name that none has is a mistake."""
    table = [case if isinstance(case, tuple) else (case,) for case in cases]
    assert {*names} <= {case[0] for case in table}, f"the cases are {[case[0] for case in table]}"
    return [(case, case[0] in names) for case in table]
