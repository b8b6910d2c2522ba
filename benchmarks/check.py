"""Faults that a check finds: troth against `schemathesis run` (`python -m benchmarks.check [FAULT …]`).

Both are held, in turn and in one run, against the two small servers of tests/check (a shelf of books, a
shop), each as it should be and with each of its faults; both read the same document. Requests are counted
by the server, CPU seconds by the system (start-up included). *First*: the requests until a run that stops
at the first finding ends, the median over the faults that are found. An alarm is a finding on the server
without a fault; of a tool that gives one, nothing else counts as found. schemathesis knows nothing of
`x-contract`: what it finds are lapses of shape, and crashes.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest.mock import patch

from tests.check import test_orders_api, test_other_api
from tests.check.orders_server import shop
from tests.check.small_server import SmallHandler
from tests.check.test_other_api import shelf

BIN = Path(sys.executable).parent


class Api(NamedTuple):
    """A server with faults, and its document."""

    name: str
    document: Path
    serve: Callable[..., AbstractContextManager[str]]
    faults: tuple[str, ...]
    fixtures: str = ""


class Run(NamedTuple):
    """One run of a tool against one server."""

    found: bool
    requests: int
    cpu: float


@contextmanager
def counted() -> Iterator[list[int]]:
    """How many requests the servers of this process get."""
    count, lock = [0], threading.Lock()
    parse = SmallHandler.parse_request

    def counting(self: SmallHandler) -> bool:
        with lock:
            count[0] += 1
        return parse(self)

    with patch.object(SmallHandler, "parse_request", counting), redirect_stderr(StringIO()):
        yield count  # what the servers say of requests that crash them is of no use here


def troth(api: Api, url: str, folder: Path, *, first: bool) -> list[str]:
    """The command that holds a server against its contract."""
    lines = [f'[target.it]\nurl = "{url}"\n']
    if api.name == "shop":
        lines.append(f'clock = "{url}/clock"\n')
    lines.append(api.fixtures)
    config = folder / "troth.toml"
    config.write_text("".join(lines))
    stop = ["-x"] if first else []
    return [str(BIN / "troth"), "check", str(api.document), "--target", "it", "--config", str(config), *stop]


def schemathesis(api: Api, url: str, folder: Path, *, first: bool) -> list[str]:
    """The command that holds a server against its schemas."""
    stop = ["--max-failures", "1"] if first else []
    return [str(BIN / "schemathesis"), "run", str(api.document), "--url", url, "--no-color", *stop]


TOOLS: dict[str, Callable[..., list[str]]] = {"troth": troth, "schemathesis": schemathesis}


def run(tool: str, api: Api, faults: tuple[str, ...], folder: Path, *, first: bool = False) -> Run:
    """One run of a tool; it finds something where it ends with 1."""
    with api.serve(*faults) as url, counted() as count:
        command = TOOLS[tool](api, url, folder, first=first)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)  # noqa: S603
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Run(done.returncode == 1, count[0], cpu)


def main() -> None:
    """Print one line for each tool and server."""
    chosen = sys.argv[1:]
    with TemporaryDirectory() as name:
        folder = Path(name)
        books = folder / "shelf.yaml"
        books.write_text(test_other_api.DOCUMENT)
        own = '[target.it.fixtures]\nBook = ["1", "2"]\n'
        apis = (
            Api("shelf", books, shelf, tuple(test_other_api.FAULTS), own),
            Api("shop", test_orders_api.DOCUMENT, shop, tuple(test_orders_api.FAULTS)),
        )
        print(f"{'':22}{'faults found':>14}{'alarms':>8}{'requests':>10}{'CPU s':>8}{'first':>7}")
        for api in apis:
            faults = [fault for fault in api.faults if not chosen or fault in chosen]
            for tool in TOOLS:
                _report(tool, api, faults, folder)


def _report(tool: str, api: Api, faults: list[str], folder: Path) -> None:
    plain = run(tool, api, (), folder)
    firsts: list[int] = []
    for fault in faults:
        found = run(tool, api, (fault,), folder, first=True)
        if found.found and not plain.found:
            firsts.append(found.requests)
    told = f"{len(firsts)} of {len(faults)}"
    first = f"{median(firsts):.0f}" if firsts else "-"
    label = f"{tool}, {api.name}"
    counts = f"{told:>14}{int(plain.found):>8}{plain.requests:>10}{plain.cpu:>8.1f}{first:>7}"
    print(f"{label:22}{counts}", flush=True)


if __name__ == "__main__":
    main()
