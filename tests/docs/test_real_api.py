"""The tutorial's real API: the vendor's own document, with the overlay that the tutorial shows."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks, compare, shell
from troth import Mock, load
from troth.mock_server.serving import running

TUTORIAL = (ROOT / "docs/tutorial.md").read_text("utf-8")
OVERLAY = ROOT / "docs/examples/payment-links.yaml"
CORPUS = Path(os.environ.get("TROTH_CORPUS", ROOT.parent / "shared" / "corpus"))


def test_the_tutorial_shows_the_overlay_as_it_is() -> None:
    ((shown, _),) = blocks(TUTORIAL, "include: examples/payment-links.yaml")
    assert shown.strip() == OVERLAY.read_text("utf-8").strip()
    assert shown.strip().count("\n") + 1 < 30


@pytest.mark.skipif(
    not (CORPUS / "adyen-checkout.yaml").exists(), reason="no TROTH_CORPUS with Adyen's document"
)
def test_payment_links(tmp_path: Path) -> None:
    shutil.copy(CORPUS / "adyen-checkout.yaml", tmp_path)
    shutil.copy(OVERLAY, tmp_path)
    contract = load(
        str(tmp_path / "adyen-checkout.yaml"), infer=True, overlays=[tmp_path / "payment-links.yaml"]
    )
    ((command, shown),) = blocks(TUTORIAL, "adyen")
    with running(Mock([contract])) as root:
        happened = shell(command.replace("http://127.0.0.1:4010", root), tmp_path)
    compare(shown, happened.replace(f"{tmp_path}/", ""))
