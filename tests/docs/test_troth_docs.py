"""`troth docs`: facts of the vendors' documentation appear, nothing is loaded, no label lies on another."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, TypeAlias
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from tests.cli.documents import GOOD, spoiled, write
from tests.cli.running import Done, here
from tests.docs.pages import BIN, ROOT, blocks, compare, shell

Troth = Callable[..., Any]

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def troth(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Troth:
    monkeypatch.chdir(tmp_path)
    return lambda *args: here(capsys, monkeypatch, *args)


def row(page: str, section: str, name: str) -> list[str]:
    """The cells of a row of the first table under a heading, without marks of footnotes."""
    text = page.split(f"### {section}\n", 1)[1].split("\n#", 1)[0]
    found = next(line for line in text.splitlines() if line.startswith((f"| `{name}`", f"| [`{name}`]")))
    return [re.sub("[¹²³⁴⁵⁶⁷⁸⁹⁰]", "", cell).strip() for cell in found.strip("| ").split(" | ")][1:]


WRITTEN = ["written"] * 5
DRAFT_ONLY = ["written", *["ignored"] * 4]
MATRIX = {  # Puffle's PATCH: draft, launching, active, paused, completed
    "name": WRITTEN,
    "operating_hours": WRITTEN,
    "daily_limit": WRITTEN,
    "skip_other_campaigns": DRAFT_ONLY,
    "stop_on_reply": DRAFT_ONLY,
    "open_tracking": DRAFT_ONLY,
    "signature": DRAFT_ONLY,
    "sender_account_ids": DRAFT_ONLY,
    "sequence_nodes": DRAFT_ONLY,
}


def test_puffle_says_what_may_be_written_when(troth: Troth) -> None:
    page = troth("docs", "puffle").out
    assert {n: row(page, "What updateCampaign may write", n) for n in MATRIX} == MATRIX
    assumed = row(page, "What updateCampaign may write", "account_limits")
    assert all(cell.endswith("*(assumed)*") for cell in assumed)
    assert "Only when `self.type == 'linkedin'`; otherwise it is ignored or refused 400." in page


ANSWERS = [
    (
        "autosend",
        "resumeCampaign",
        [
            *(["refused 400 *(assumed)*"] * 4),
            "moves → `sending_gradual` or `sending`",
            *(["refused 400 *(assumed)*"] * 2),
        ],
    ),
    ("puffle", "pauseCampaign", [*["refused 400"] * 2, "moves → `paused`", *["refused 400"] * 2]),
    ("puffle", "resumeCampaign", [*["refused 400"] * 3, "moves → `active`", "refused 400"]),
    (
        "puffle",
        "launchCampaign",
        ["moves → `launching`", "refused 409", *["refused 400"] * 3],
    ),
    (
        "ocamba",
        "pauseCampaign",
        [
            *("refused 400", "refused 400", "moves → `paused`", "moves → `paused`"),
            *(["refused 400"] * 4),
        ],
    ),
]


@pytest.mark.parametrize(("name", "operation", "cells"), ANSWERS)
def test_which_call_is_answered_how(troth: Troth, name: str, operation: str, cells: list[str]) -> None:
    page = troth("docs", name).out
    assert row(page, "What may be called when: Campaign", operation) == cells


SENTENCES = [
    ("puffle", "refused with 400 and “Only active campaigns can be paused”."),
    ("puffle", "`updated_at` is set anew when something changes."),
    ("puffle", "goes to `completed` by itself when `hidden.left == 0`"),
    ("puffle", "Items of `sequence_nodes` are numbered from 0 in array order as `position`."),
    ("puffle", "the last one wins. *(assumed)*"),
    ("puffle", "A `name` that another Campaign has is refused with 409."),
    ("puffle", "The text of an error stands at `/error` of the body. *(assumed)*"),
    ("puffle", "goes to `active` by itself after 3 s, within 2 min"),
    ("puffle", "By its handler: Those that are named, or all."),
    ("puffle", "Of the Campaign that `{id}` names."),
    ("autosend", "to `sending_gradual` when `self.sendMode == 'gradual'`, otherwise `sending`."),
    ("autosend", "`status` selects by equality."),
    ("ocamba", "At most 150 calls in 60 seconds (`steady`)."),
    ("ocamba", "“The request body is not valid.”"),
    ("ocamba", "A call beyond a limit is refused with 429. *(assumed)*"),
    ("ocamba", "a page has 10 records where nothing else is asked for"),
]


@pytest.mark.parametrize(("name", "sentence"), SENTENCES)
def test_what_is_promised_is_said_in_sentences(troth: Troth, name: str, sentence: str) -> None:
    page = troth("docs", name).out
    assert sentence in page


def test_a_sentence_names_the_line_of_the_document(troth: Troth, tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    line = 1 + GOOD[: GOOD.index("transition:")].count("\n")
    said = "While it is `lit`, the call is refused with 409 and “It is lit already”."
    assert f"- {said} — line {line} of `api.yaml`" in troth("docs", "api.yaml").out


def test_without_words_there_are_the_operations(troth: Troth, tmp_path: Path) -> None:
    bare = re.sub(r"(?m)^( *)x-contract:.*\n(?:\1 +.*\n)*", "", GOOD)
    write(tmp_path, bare)
    page = troth("docs", "api.yaml").out
    assert "`troth infer` prints a start" in page
    assert "### light: POST /lamps/{id}/light" in page
    assert "States" not in page
    assert "`troth infer`" not in troth("docs", "puffle").out


PLAIN = """
openapi: 3.0.3
info: {title: Shop, version: '1'}
tags: [{name: Orders, description: What is bought.}, {name: Unused}]
paths:
  /orders:
    get:
      operationId: listOrders
      tags: [Orders]
      parameters: [{name: limit, in: query, description: How many., schema: {type: integer, maximum: 50}}]
      responses:
        '200':
          description: Some.
          headers: {X-Total: {description: All of them., schema: {type: integer}}}
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Order'}}}}
        '401': &error
          description: No.
          content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}
        '403': *error
  /ping: {get: {operationId: ping, responses: {'204': {description: Yes.}}}}
  /orders/{id}:
    put:
      operationId: putOrder
      tags: [Orders]
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
      responses:
        '200':
          description: It.
          content: {application/json: {schema: {$ref: '#/components/schemas/Order'}, example: {id: o-77}}}
components:
  schemas:
    Error: {type: object, properties: {reason: {type: string, description: Why not.}}}
    Order:
      type: object
      required: [id]
      properties:
        id: {type: string}
        lines: {type: array, items: {type: object, properties: {sku: {type: string, description: What.}}}}
        again: {$ref: '#/components/schemas/Order'}
        paid:
          oneOf: [{$ref: '#/components/schemas/Card'}, {type: object, properties: {cash: {type: number}}}]
    Card: {type: object, properties: {last4: {type: string}}}
"""


def test_a_plain_document_is_told_in_full(troth: Troth, tmp_path: Path) -> None:
    write(tmp_path, PLAIN)
    page = troth("docs", "api.yaml").out
    assert "**Orders**: What is bought." in page
    assert re.findall("^## (.*)", page, re.MULTILINE) == ["Operations", "Orders", "Others"]
    listing, putting = page.split("### putOrder")[0], page.split("### putOrder")[1].split("\n### ")[0]
    assert "| `limit` | query | integer, at most 50 | How many. |" in listing
    assert "| `X-Total` | integer | All of them. |" in listing
    assert "| `[].id` | required, string |" in listing
    assert "| `[].lines[].sku` | string | What. |" in listing
    assert "Body of `401`, `403` (`application/json`):" in listing
    assert listing.count("Why not.") == 1
    assert "Body (`application/json`, which may be left out):" in putting
    assert "| `paid` shape 1 | `Card` |" in putting
    assert "| `paid.last4` | string |" in putting
    assert "| `paid.cash` | number |" in putting
    assert "id: o-77" in putting
    assert "again.again" not in page


def test_the_page_can_be_searched_from_the_keyboard(troth: Troth, tmp_path: Path) -> None:
    write(tmp_path, PLAIN)
    page = Page(troth("docs", "api.yaml", "--format", "html").out)
    (box,) = [attrs for tag, attrs in page.tags if tag == "input"]
    assert (box["type"], box["id"], box["aria-controls"]) == ("search", "find", "contents")
    assert box["aria-label"]
    assert [attrs for _, attrs in page.tags if attrs.get("id") == box["aria-controls"]]
    assert [attrs for _, attrs in page.tags if attrs.get("role") == "status"]


class Page(HTMLParser):
    """What a page loads and links to, and which tags are left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "hr", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", ["puffle", "autosend", "ocamba"])
def test_html_is_whole_and_loads_nothing(troth: Troth, name: str) -> None:
    text = troth("docs", name, "--format", "html").out
    page = Page(text)
    assert page.open == []
    assert not {tag for tag, _ in page.tags} & {"link", "img", "iframe", "object", "base"}
    assert [attrs for tag, attrs in page.tags if tag == "script"] == [{}]  # the search, inline
    assert not re.search(r"fetch\(|XMLHttpRequest|import\(|https?://[^ <\"]*\.js", text)
    assert not [v for _, attrs in page.tags for k, v in attrs.items() if k in ("src", "srcset", "xlink:href")]
    assert not re.search(r"url\(|@import", text)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = {str(attrs["href"]) for tag, attrs in page.tags if tag == "a"}
    assert {link.removeprefix("#") for link in links if link.startswith("#")} <= set(ids)
    assert {link for link in links if not link.startswith("#")} == set()


EVIL = "<script>alert(1)</script> ![x](https://e.example/x.png) [y](javascript:alert(2)) | `<b>` & *z*"


def test_text_of_the_document_is_never_markup(troth: Troth, tmp_path: Path) -> None:
    text = spoiled("info: {title: Lamps, version: '1'}", f"info: {{title: '{EVIL}', version: '{EVIL}'}}")
    text = text.replace("      operationId: light\n", f"      operationId: light\n      summary: '{EVIL}'\n")
    text = text.replace("description: Lit.", f"description: '{EVIL}'")
    write(tmp_path, text.replace("refused: It is lit already", f"refused: '{EVIL}'"))
    html = troth("docs", "api.yaml", "--format", "html").out
    page = Page(html)
    assert not {tag for tag, _ in page.tags} & {"img", "b"}
    assert [attrs for tag, attrs in page.tags if tag == "script"] == [{}]
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4
    assert all(str(attrs["href"]).startswith("#") for tag, attrs in page.tags if tag == "a")
    tokens = MarkdownIt("commonmark").enable("table").parse(troth("docs", "api.yaml").out)
    inside = [child.type for token in tokens for child in token.children or ()]
    assert not {"html_inline", "image"} & set(inside)
    assert "html_block" not in {token.type for token in tokens}


def machine(edges: list[tuple[str, str, str]], states: list[str], final: str = "") -> str:
    """A document with these moves between states."""
    paths = "".join(
        f"  /things/{{id}}/{operation}:\n"
        "    parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n"
        f"    post:\n      operationId: {operation}\n"
        f"      x-contract: {{acts: Thing.action, transition: {{from: {source}, to: {target}}}}}\n"
        "      responses: {'200': {description: Done.}}\n"
        for source, target, operation in edges
    )
    return (
        "openapi: 3.1.0\ninfo: {title: Things, version: '1'}\n"
        "x-contract:\n  resources:\n    Thing:\n      id: id\n"
        f"      state: {{field: status, initial: {states[0]}{f', final: {final}' if final else ''},\n"
        f"              auto: {{late: {{from: {states[0]}, to: {states[-1]}, when: 'self.id == \"x\"'}}}}}}\n"
        f"paths:\n{paths or '  {}'}\n"
        "components:\n  schemas:\n    Thing: {type: object, properties: {id: {type: string}, status: {enum: ["
        + ", ".join(states)
        + "]}}}\n"
    )


TWELVE = [f"s{n}" for n in range(12)]
LONG = [
    "a_state_whose_name_is_much_longer_than_that_of_most",
    "another_state_with_quite_a_long_name_of_its_own",
]
MACHINES = {
    "twelve": machine(
        [(f"s{n}", f"s{n + 1}", f"step{n}") for n in range(11)]
        + [("s3", "s0", "back"), ("s9", "s2", "restart"), ("s9", "s2", "restartAgain"), ("s5", "s5", "touch")]
        + [(f"s{n}", "s11", f"cancel{n}") for n in range(1, 9)],
        TWELVE,
        "s11",
    ),
    "alone": machine([], ["lonely", "other"]).replace("paths:\n  {}", "paths: {}"),
    "long": machine(
        [(LONG[0], LONG[1], "moveItFromTheOneToTheOther"), (LONG[1], LONG[0], "moveItBackAgain")], LONG
    ),
    "every": machine([(a, b, f"{a}To{b}") for a in TWELVE[:6] for b in TWELVE[:6]], TWELVE[:6]),
}
DIAGRAMS = ["puffle", "autosend", "ocamba", *MACHINES]
STATES = {
    "puffle": ["draft", "launching", "active", "paused", "completed"],
    "autosend": ["draft", "scheduled", "sending", "sending_gradual", "paused", "sent", "aborted"],
    "ocamba": ["draft", "manual", "scheduled", "running", "paused", "canceled", "sent", "needs_decision"],
    "twelve": TWELVE,
    "alone": ["lonely", "other"],
    "long": LONG,
    "every": TWELVE[:6],
}


Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def drawn(troth: Troth, name: str, folder: Path) -> str:
    if name in MACHINES:
        (folder / f"{name}.yaml").write_text(MACHINES[name])
    done: Done = troth("docs", f"{name}.yaml" if name in MACHINES else name, "--output", "made")
    assert done.code == 0, done
    (path,) = Path("made").glob("*.svg")
    return path.read_text("utf-8")


def boxes_of(picture: ElementTree.Element) -> list[Box]:
    """The frames of states and labels."""
    found = []
    for group in picture.iter(f"{SVG}g"):
        if group.get("class", "").split()[0] in ("state", "label"):
            rect = group.find(f"{SVG}rect")
            assert rect is not None
            x, y, w, h = (float(str(rect.get(k))) for k in ("x", "y", "width", "height"))
            found.append((x, y, x + w, y + h))
    return found


def apart(one: Box, other: Box) -> bool:
    """Whether one frame lies wholly beside, above or below another."""
    left, top, right, bottom = one
    return right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


def inside(box: Box, picture: ElementTree.Element) -> bool:
    """Whether a frame lies within the picture."""
    width, height = size_of(picture)
    left, top, right, bottom = box
    return left >= 0 and top >= 0 and right <= width and bottom <= height


def size_of(picture: ElementTree.Element) -> tuple[float, float]:
    width, height = (float(n) for n in str(picture.get("viewBox")).split()[2:])
    return width, height


def right_end(text: ElementTree.Element) -> float:
    """Where a text ends at the latest."""
    size = 7.3 * len(text.text or "")
    if text.get("class") == "name":
        size /= 2  # it is centred
    return float(str(text.get("x"))) + size


@pytest.mark.parametrize("name", DIAGRAMS)
def test_a_diagram_shows_every_state_and_nothing_overlaps(troth: Troth, name: str, tmp_path: Path) -> None:
    picture = ElementTree.fromstring(drawn(troth, name, tmp_path))
    names = [e.text for e in picture.iter(f"{SVG}text") if e.get("class") == "name"]
    assert sorted(map(str, names)) == sorted(STATES[name])
    boxes = boxes_of(picture)
    for one, other in itertools.combinations(boxes, 2):
        assert apart(one, other), (one, other)
    for box in boxes:
        assert inside(box, picture), box
    width, _ = size_of(picture)
    for text in picture.iter(f"{SVG}text"):  # what is written fits into the picture
        assert right_end(text) <= width


def test_a_diagram_shows_loops_finals_and_automatic_moves(troth: Troth, tmp_path: Path) -> None:
    picture = ElementTree.fromstring(drawn(troth, "twelve", tmp_path))
    kinds = [group.get("class") for group in picture.iter(f"{SVG}g")]
    assert kinds.count("state final") == 1
    assert kinds.count("auto") == 1
    labels = [group for group in picture.iter(f"{SVG}g") if group.get("class") == "label"]
    texts = [" ".join(" ".join(label.itertext()).split()) for label in labels]
    assert {"restart restartAgain", "touch"} <= set(texts)
    assert picture.find(f"{SVG}circle") is not None
    edges = [e for e in picture.iter(f"{SVG}path") if e.get("class") == "edge"]
    heads = [e for e in picture.iter(f"{SVG}path") if e.get("class") == "head"]
    assert (
        len(edges) == len(heads) == 11 + 3 + 8 + 2
    )  # both restarts are one; the start and the automatic move


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_the_same_document_the_same_bytes(troth: Troth, form: str) -> None:
    first, second = (troth("docs", "ocamba", "--format", form).out for _ in range(2))
    assert first == second
    assert len(first) > 5000


def test_where_it_writes(troth: Troth, tmp_path: Path) -> None:
    assert troth("docs", "puffle", "--output", "one/page.md").code == 0
    assert sorted(p.name for p in Path("one").iterdir()) == ["page-campaign.svg", "page.md"]
    assert "(page-campaign.svg)" in Path("one/page.md").read_text("utf-8")
    assert troth("docs", "puffle", "--format", "html", "--output", "two").code == 0
    assert [p.name for p in Path("two").iterdir()] == ["puffle.html"]
    (tmp_path / "file").write_text("")
    done = troth("docs", "puffle", "--output", "file/page.md")
    assert done.code == 2
    assert done.err.startswith("troth: file/page.md: cannot be written")


def test_an_overlay_shows(troth: Troth, tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "more.yaml").write_text(
        "overlay: 1.0.0\ninfo: {title: More, version: '1'}\nactions:\n"
        "  - target: $.paths['/lamps/{id}/light'].post['x-contract'].transition\n"
        "    update: {refused: Already burning}\n"
    )
    assert "“Already burning”" in troth("docs", "api.yaml", "--overlay", "more.yaml").out


def test_the_example_of_the_reference(tmp_path: Path) -> None:
    text = (ROOT / "docs/reference/docs.md").read_text("utf-8")
    command, shown = next(blocks(text, "try"))
    compare(shown, shell(command.replace("troth docs", f"{BIN / 'troth'} docs"), tmp_path))
