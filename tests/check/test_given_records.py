"""Records that were given to be changed: they are there when the run is over, and the next one begins so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.check.plain_api import Handler, broken, kept
from tests.check.small_server import served
from tests.check.test_numbered_below import Server, albums
from troth import load
from troth.contracts.check.results import Report
from troth.contracts.check.run import Checker
from troth.contracts.check.targets import Target


def document(*, making: bool) -> dict[str, Any]:
    found = albums()
    resources = found["x-contract"]["resources"]
    resources["Album"]["fixtures"] = {"first": {"id": "given", "title": "First"}}
    if not making:
        del found["paths"]["/albums"]["post"]
    return found


def run(folder: Path, server: Server, *, making: bool = True, seed: int = 0) -> Report:
    path = folder / "albums.yaml"
    path.write_text(yaml.safe_dump(document(making=making), sort_keys=False))
    with served(Handler, answer=server.answer, stored={}, token=None, denied=401) as url:
        target = Target("t", url, None, named={"first": "given"})
        return Checker(load(path), target, number=seed).run()


def with_one() -> Server:
    server = Server()
    server.albums["given"] = {"id": "given", "title": "First"}
    return server


@pytest.mark.parametrize("seed", range(3))
def test_what_was_given_is_not_deleted(tmp_path: Path, seed: int) -> None:
    server = with_one()
    for number in (seed, seed + 10):
        report = run(tmp_path, server, seed=number)
        assert "given" in server.albums
        assert broken(report) == {}
        assert "dropAlbum/acts/delete" in kept(report)


def test_where_nothing_else_is_there_deleting_is_not_exercised(tmp_path: Path) -> None:
    server = with_one()
    report = run(tmp_path, server, making=False)
    assert "given" in server.albums
    told = {verdict.promise.id: verdict.reason or "" for verdict in report.verdicts}
    assert "what was given is not deleted" in told["dropAlbum/acts/delete"]
