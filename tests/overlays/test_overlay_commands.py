"""`--overlay` and overlays with `extends`, as the commands take them."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.cli.running import here, run, start
from tests.overlays.documents import OVERLAY, VENDOR, written

WAYS = [("vendor.yaml", "--overlay", "behaviour.yaml"), ("behaviour.yaml",)]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path)


def changed(old: str, new: str) -> None:
    assert old in OVERLAY
    Path("behaviour.yaml").write_text(OVERLAY.replace(old, new))


@pytest.mark.parametrize("way", WAYS)
def test_the_mock(way: tuple[str, ...], tmp_path: Path) -> None:
    mock = start("mock", *way, "--port", "0", folder=tmp_path)
    try:
        assert mock.stdout is not None
        shown = ""
        for line in mock.stdout:
            shown += line
            if "Ctrl+C" in line:
                break
        url = re.search(r"http://\S+/lamps/hall/light", shown)
        assert url is not None, shown
        with urllib.request.urlopen(urllib.request.Request(url[0], method="POST")) as answer:
            assert answer.headers["X-Mock-Rule"] == "light/ok (behaviour.yaml:16:7)"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(url[0], method="POST"))
        assert refused.value.read() == b'{"error":"It is lit already"}'
        assert refused.value.headers["X-Mock-Rule"] == "light/transition (behaviour.yaml:18:9)"
    finally:
        mock.kill()
        mock.communicate()


@pytest.mark.parametrize("way", WAYS)
def test_check_and_lint(
    way: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = run("check", *way, "--mock", folder=tmp_path)
    assert (checked.code, checked.err) == (0, "")
    assert " broken, " not in checked.out
    assert here(capsys, monkeypatch, "lint", *way, "--strict").code == 0


def test_overlays_apply_in_order(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    head = "overlay: 1.0.0\ninfo: {title: T, version: '1'}\nactions:\n"
    at = "$.paths['/lamps/{id}/light'].post['x-contract'].transition"
    Path("more.yaml").write_text(f'{head}- {{target: "{at}", update: {{to: light}}}}\n')
    words = "lint", "behaviour.yaml", "--overlay", "more.yaml"
    done = here(capsys, monkeypatch, *words)
    assert done.code == 1
    assert done.out.splitlines()[0].startswith("more.yaml:4:")
    assert "'light' is not in the enum of Lamp.status" in done.out
    done = here(
        capsys, monkeypatch, "lint", "vendor.yaml", "--overlay", "more.yaml", "--overlay", "behaviour.yaml"
    )
    assert (done.code, "O1" in done.out) == (2, True)


def test_the_vendor_renames_a_path(tmp_path: Path) -> None:
    Path("vendor.yaml").write_text(
        VENDOR.replace("{id}/light", "{lampId}/light").replace("name: id", "name: lampId")
    )
    expected = "behaviour.yaml:14:5: error"
    hint = "$['paths'] has no '/lamps/{id}/light'; did you mean '/lamps/{lampId}/light'?"
    for words in (("lint",), ("mock", "--port", "0"), ("check", "--mock")):
        done = run(*words, "behaviour.yaml", folder=tmp_path)
        assert done.code == 2, done
        assert expected in done.said
        assert hint in done.said
        assert "Traceback" not in done.said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "overlay: 1.1.0\n",
            "behaviour.yaml:1:1: error: `info` must be a mapping with `title` and `version`",
        ),
        ("overlay: 1.1.0\n", "behaviour.yaml:1:1: error: `actions` must be a list with at least one action"),
        (
            OVERLAY.replace("extends: vendor.yaml\n", ""),
            "behaviour.yaml:1:1: error: is an overlay without `extends`; name a document",
        ),
        (
            OVERLAY.replace("extends: vendor.yaml", "extends: vendors.yaml"),
            "behaviour.yaml:3:1: error: `extends: vendors.yaml`: there is no file 'vendors.yaml' there",
        ),
        (
            OVERLAY.replace("extends: vendor.yaml", "extends: https://example.com/vendor.yaml"),
            "behaviour.yaml:3:1: error: `extends: https://example.com/vendor.yaml` leads to the network",
        ),
        (
            OVERLAY.replace("extends: vendor.yaml", "extends: behaviour.yaml"),
            "behaviour.yaml:3:1: error: `extends` leads back to this overlay",
        ),
        (OVERLAY.replace("vendor.yaml", "[a]"), "behaviour.yaml:3:1: error: `extends` must be text"),
        ("overlay: [", "behaviour.yaml:2:1: error: did not find expected node content"),
    ],
)
def test_a_malformed_overlay(
    text: str, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("behaviour.yaml").write_text(text)
    for words in (("lint",), ("mock",), ("check", "--mock")):
        done = here(capsys, monkeypatch, *words, "behaviour.yaml")
        assert done.code == 2
        assert said.replace(": error: ", ": error ") in done.said.replace(": error: ", ": error ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("vendor.yaml", "--overlay", "vendor.yaml"),
            "vendor.yaml:1:1: error: is not an overlay: found an OpenAPI document",
        ),
        (("vendor.yaml", "--overlay", "none.yaml"), "none.yaml:1:1: error: there is no such file"),
        (("vendor.yaml", "--overlay", "."), ".:1:1: error: is a directory"),
        (
            ("vendor.yaml", "vendor.yaml", "--overlay", "behaviour.yaml"),
            "--overlay goes with one document, 2 are named",
        ),
    ],
)
def test_a_wrong_option(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in ("lint", "mock"):
        done = here(capsys, monkeypatch, command, *words)
        assert done.code == 2
        assert said.replace(": error: ", ": error ") in done.said.replace(": error: ", ": error ")


def test_the_file_that_is_named_counts_not_extends(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    changed("extends: vendor.yaml", "extends: https://example.com/vendor.yaml")
    assert here(capsys, monkeypatch, "lint", "vendor.yaml", "--overlay", "behaviour.yaml").code == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "        acts: Lamp.action\n",
            "        acts: Lamp.action\n        rules: [a]\n",
            "behaviour.yaml:18:9: warning overlays concatenate lists: applied twice, 'rules' is doubled",
        ),
        (
            "to: lit, refused: It is lit already}",
            "to: lit}\n  - target: $['x-contract'].resources.Lamp.state\n    update: {final: [lit]}\n"
            "  - target: $['x-contract'].resources.Lamp.state\n    update: {final: [dark]}",
            "behaviour.yaml:22:22: warning overlays concatenate lists: this is added to the list",
        ),
    ],
)
def test_lists_that_grow(
    old: str, new: str, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(old, new)
    assert said in here(capsys, monkeypatch, "lint", "behaviour.yaml").out


def test_lists_within_a_word_are_quiet(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    changed("from: dark", "from: [dark]")
    assert here(capsys, monkeypatch, "lint", "behaviour.yaml", "--strict").code == 0
