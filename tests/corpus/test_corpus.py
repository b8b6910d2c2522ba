"""Public documents, served by inference: no crash, no 5xx, no answer that breaks the document."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus import FOLDER, documents
from tests.corpus.walking import Walker
from troth import ContractError, load
from troth.contracts.lint import examine

SMALL = 800_000
"""Bytes: larger documents are for the nightly run."""

KNOWN = {
    "pagerduty-jira.json": ["jira_cloud_account: 'id' is a required property"],  # and forbidden there
}
"""What documents say that nobody can keep, with the reason."""


def test_there_is_a_corpus() -> None:
    if not documents():
        pytest.skip(f"no corpus of public documents in {FOLDER} (TROTH_CORPUS)")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.stat().st_size > SMALL else [])
        for path in documents()
    ],
)
def test_document(path: Path) -> None:
    if "swagger2" in path.name:
        with pytest.raises(ContractError, match="swagger2openapi"):
            load(str(path), infer=True)
        return
    assert examine(path).document is not None
    walk = Walker(load(str(path), infer=True)).walk()
    known = KNOWN.get(path.name, [])
    assert [p for p in walk.problems if not any(k in p for k in known)] == []
