"""The HTML report of a check: one page that needs nothing else; in it can be seen which state breaks what."""

from __future__ import annotations

import threading
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.check.troubled_server import DOCUMENT, serve
from tests.cli.running import here


class Page(HTMLParser):
    """A page's tables by the heading above them, its anchors, and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.ids: list[str] = []
        self.links: list[str] = []
        self.fetched: list[str] = []
        self._heading, self._tag = "", ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attributes}
        self._tag = tag
        if "id" in named:
            self.ids.append(named["id"])
        if tag == "a":
            self.links.append(named["href"])
        self.fetched += [value for name, value in named.items() if name in ("src", "srcset", "data")]
        if tag == "h2":
            self._heading = ""
        elif tag == "tr":
            self.tables.setdefault(self._heading, []).append([])
        elif tag in ("td", "th"):
            self.tables[self._heading][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("h2", "td", "th", "tr", "table"):
            self._tag = ""

    def handle_data(self, data: str) -> None:
        if self._tag == "h2":
            self._heading += data
        elif self._tag in ("td", "th", "code", "a", "span") and self._row:
            self._row[-1] += data

    @property
    def _row(self) -> list[str]:
        return self.tables.get(self._heading, [[]])[-1]


def test_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "things.yaml").write_text(DOCUMENT)
    with serve(0, "bug") as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        args = ("check", "things.yaml", "--target", url, "--token", "good", "--output", "html=r.html")
        assert here(capsys, monkeypatch, *args).code == 1
        server.shutdown()
    page = Page((tmp_path / "r.html").read_text())
    heads, row = page.tables["Thing, state by state"]
    assert heads == ["operation", "property", "new", "done"]
    assert row == ["finishThing", "", "✓ kept", "✗ broken"]
    assert page.fetched == []
    assert len(page.ids) == len(set(page.ids))
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    assert page.links.count("#finding-finishThing/transition/from=done") == 2
