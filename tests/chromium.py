"""Debian's Chromium, told what to do by the Chrome DevTools Protocol: pages are looked at where users do."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.patience import PATIENCE

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
)


class Page:
    """One page of a browser."""

    def __init__(self, wire: ClientConnection) -> None:
        self._wire, self._numbers = wire, count(1)
        self._session: str | None = None
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def _ask(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        said = {"id": number, "method": method, "params": params}
        if self._session:
            said["sessionId"] = self._session
        self._wire.send(json.dumps(said))
        while True:
            told = json.loads(self._wire.recv(timeout=PATIENCE))
            if told.get("id") == number:
                assert "error" not in told, told["error"]
                return told["result"]

    def go(self, url: str) -> None:
        """Lead it to a URL."""
        told = self._ask("Page.navigate", url=url)
        assert not told.get("errorText"), told

    def value(self, script: str) -> Any:
        """What a JavaScript expression, or the promise that it is, comes to."""
        told = self._ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def becomes(self, script: str, wanted: Any) -> None:
        """Wait until an expression has a value."""
        until, found = monotonic() + PATIENCE, None
        while monotonic() < until:
            found = self.value(script)
            if found == wanted:
                return
            sleep(0.05)
        assert found == wanted

    def picture(self, path: Path) -> None:
        """What it looks like, as PNG."""
        path.write_bytes(b64decode(self._ask("Page.captureScreenshot")["data"]))


@contextmanager
def chromium() -> Iterator[Page]:
    """A page of a browser of its own; the test is skipped where there is none, but not in CI."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        assert os.environ.get("CI") != "true", "there is no Chromium: apt-get install chromium"
        pytest.skip("there is no Chromium: apt-get install chromium")
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [program, *FLAGS, f"--user-data-dir={folder}", "about:blank"]
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as browser:
            try:
                assert browser.stderr is not None
                found = next(filter(None, (re.search(r"ws://\S+", line) for line in browser.stderr)))
                with connect(found[0], max_size=None, open_timeout=PATIENCE) as wire:
                    yield Page(wire)
            finally:
                browser.kill()
