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
    "pagerduty-jira.json": [  # `id` is required, and forbidden
        "200: jira_cloud_account: ",
        "GET /integration-jira-cloud/accounts_mappings: ",
    ],
    "pagerduty-rest.json": [
        # alternatives of a `oneOf` that say the same: whatever keeps one keeps another, too
        "metadata/agent: ",
        "GET /automation_actions/invocations: ",
        "PUT /automation_actions/runners/{id}: refused: 400 /runner: ",
        "GET /addons: the item differs from the detail: {'type'",  # each has an enum of its own
        "GET /v3/schedules: the item differs from the detail: {'type'",  # likewise
        "GET /ip_allow_lists: ",  # a list of one at most, and an operation that makes another
    ],
    "box.json": [
        "GET /collaborations: ",  # a list of pending ones: no other value may be sent
        "GET /metadata_taxonomies/{namespace}: enterprise_123456/geography is in the list",  # one of its name
    ],
    "openai.yaml": [
        "{'object': ('organization.certificate', ",  # each has an enum of its own
        "service_account_id}: differs from what was created: {'role'",  # likewise
    ],
    "lago.yaml": ["POST /events: 200: event/lago_customer_id: "],  # null in one part, a uuid in another
    "ideal-postcodes.yaml": ["result/daily/count: "],  # a text in one part, a number in another
    "lob.yml": ["POST /identity_validation: 200: "],  # alternatives that say the same
    "meilisearch.yaml": ["POST /tasks/cancel: 202: "],  # `uid` is required, and forbidden
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
    contract = load(str(path), infer=True)
    assert not [one for one in contract.document.faults if "guessed" in one.message]
    walk = Walker(contract).walk()
    known = KNOWN.get(path.name, [])
    assert [p for p in walk.problems if not any(k in p for k in known)] == []
