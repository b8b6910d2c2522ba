"""The page of the mock, in a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.chromium import Page, chromium
from tests.mock_server.calling import Client
from troth import Contract, Mock

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ONE = "8c2b2d4e-e29b-41d4-a716-446655440000"
CELLS = "document.querySelectorAll('#calls tr').length"


def called(url: str, method: str, body: dict[str, str]) -> int:
    """The status of the answer."""
    headers = {"Authorization": "Bearer x", "Content-Type": "application/json"}
    request = Request(url, json.dumps(body).encode(), headers, method=method)
    try:
        with urlopen(request) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with chromium() as page:
        yield page


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (HTML, "text/html; charset=utf-8"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
    ],
)
def test_browsers_get_a_page(puffle: Client, accept: str, kind: str) -> None:
    assert puffle("GET", "/__mock/", Accept=accept).headers["content-type"] == kind


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_it_is_for_this_machine(puffle: Client, headers: Any) -> None:
    assert puffle("GET", "/__mock/", Accept=HTML, **headers).status == 403


def test_records_and_calls_as_they_are(browser: Page, contracts: dict[str, Contract]) -> None:
    with Mock([contracts["puffle"]]).running() as mock:
        browser.go(f"{mock.root}/__mock/")
        browser.becomes("document.querySelector('#records caption')?.textContent", "puffle: Campaign (10)")
        assert browser.value("document.getElementById('apis').textContent") == "puffle"
        odd = "<img src=x onerror='document.title=\"run\"'>"
        browser.becomes("document.body.dataset.live", "yes")
        assert called(f"{mock.root}/api/campaigns/{ONE}", "PATCH", {"name": odd}) == 200
        browser.becomes(CELLS, 1)
        browser.becomes(f"document.body.innerText.includes({json.dumps(odd)})", True)  # as text
        assert browser.value("document.title") == "troth mock"
        assert called(f"{mock.root}/api/campaigns/{ONE}/nowhere", "POST", {}) == 404
        browser.becomes("document.querySelector('#calls tr').className", "bad")
        browser.value("($('find').value = 'lisbon', $('find').dispatchEvent(new Event('input')), 1)")
        browser.becomes("document.querySelectorAll('#records tbody tr').length", 1)
