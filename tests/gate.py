"""What of a long table is tried in every run; the nightly one tries all of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def often(cases: Iterable[Any], *names: Any) -> list[Any]:
    """A table of which every run tries the cases of these names, and the nightly one the others as well.

    A name is the first value of a case. Name one of each kind, and of a kind what is fast.
    """
    cases = [case if isinstance(case, tuple) else (case,) for case in cases]
    assert {*names} <= {case[0] for case in cases}, f"the cases are {[case[0] for case in cases]}"
    return [pytest.param(*case, marks=() if case[0] in names else pytest.mark.slow) for case in cases]


def seldom(cases: Iterable[Any], *names: Any) -> list[Any]:
    """A table of which the cases of these names, slow and of a kind with others, are tried by night only."""
    cases = [case if isinstance(case, tuple) else (case,) for case in cases]
    assert {*names} <= {case[0] for case in cases}, f"the cases are {[case[0] for case in cases]}"
    return often(cases, *(case[0] for case in cases if case[0] not in names))
