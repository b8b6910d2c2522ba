"""Requests a second of troth's mock beside those of other mocks (`python -m benchmarks.mock NODE_MODULES`).

All serve specs/puffle on this machine, one process each, and take turns: every round calls each server with
every kind of request by wrk, one thread and 16 keep-alive connections; medians of the rounds are printed,
with their ratios to ours. It installs nothing:

    apt-get install wrk
    npm install --no-audit --no-fund @stoplight/prism-cli openapi-backend wiremock   # in another folder
    python -m benchmarks.mock that-folder/node_modules

`python -m benchmarks.mock scale` calls troth alone: with 10 to 100,000 records (ten fill half a page), and
with 10 to 10,000 operations; `python -m benchmarks.mock stores` with each place that records may live in, in
turns; `python -m benchmarks.mock memory` makes a million requests and prints what the process holds.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, NamedTuple

from benchmarks.rivals import ID, commands, example

CONNECTIONS, SECONDS, ROUNDS = 16, 3, 5
ITEM = f"/api/campaigns/{ID}"
PATCH = (
    '{"name":"Autumn","daily_limit":30,"operating_hours":{"start":"09:00","end":"17:00"},"stop_on_reply":true,'
    '"open_tracking":true,"signature":"<p>Ann</p>","sender_account_ids":[]}'
)
HEADERS = 'wrk.headers["Authorization"] = "Bearer x"\nwrk.headers["Content-Type"] = "application/json"\n'
CALLS = {
    "GET one": f'wrk.path = "{ITEM}"\n',
    "GET in a session": f'wrk.path = "{ITEM}"\nwrk.headers["X-Mock-Session"] = "ann"\n',
    "list": 'wrk.path = "/api/campaigns?limit=20"\n',
    "PATCH of 7": f'wrk.method = "PATCH"\nwrk.path = "{ITEM}"\nwrk.body = \'{PATCH}\'\n',
    "pause, resume": (
        f'wrk.method = "POST"\nlocal turn = 0\n'
        f'function request()\n  turn = turn + 1\n  local act = turn % 2 == 0 and "resume" or "pause"\n'
        f'  return wrk.format("POST", "{ITEM}/" .. act)\nend\n'
    ),
    "create": (
        "local turn, run = 0, os.time()\n"
        "function request()\n  turn = turn + 1\n"
        '  local body = string.format(\'{"name":"Autumn %d-%d","type":"email",'
        '"sender_account_ids":["3c90c3cc-0d44-4b50-8888-8dd25736052a"]}\', run, turn)\n'
        '  return wrk.format("POST", "/api/campaigns", nil, body)\nend\n'
    ),
}
"""wrk's scripts: one for each kind of request."""

PAGED = "60d5ec49f1b2c72d9c8b4561"
"""A draft of specs/autosend, whose list comes in pages."""

PAGED_CALLS = {
    "GET one": f'wrk.path = "/v1/campaigns/{PAGED}"\n',
    "page of 20": 'wrk.path = "/v1/campaigns?limit=20&page=1"\n',
    "filtered": 'wrk.path = "/v1/campaigns?limit=20&status=draft"\n',
    "PATCH of 1": (
        f'wrk.method = "PATCH"\nwrk.path = "/v1/campaigns/{PAGED}"\nwrk.body = \'{{"name":"Autumn"}}\'\n'
    ),
}
"""Requests to specs/autosend with many records."""


class Rate(NamedTuple):
    """What one run of wrk has measured."""

    per_second: float
    p99: float
    """Milliseconds."""
    errors: int
    """Answers of 400 and above."""


def main() -> None:
    """What is asked for on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", help="a node_modules folder, or: scale, stores, memory, serve, bare")
    parser.add_argument("--port", type=int, default=4711)
    parser.add_argument("--records", type=int, default=0)
    parser.add_argument("--operations", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    asked = parser.parse_args()
    if asked.what == "serve":
        _serve(asked.port, asked.records, asked.operations)
    elif asked.what == "bare":
        _serve_bare(asked.port)
    elif shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed")
    elif asked.what == "scale":
        scale(asked.rounds, asked.seconds)
    elif asked.what == "stores":
        stores(asked.rounds, asked.seconds)
    elif asked.what == "memory":
        memory()
    else:
        compare(Path(asked.what).resolve(), asked.rounds, asked.seconds)


def compare(modules: Path, rounds: int, seconds: int) -> None:
    """Every server with every kind of request, in turns."""
    with TemporaryDirectory() as folder:
        found = commands(modules, Path(folder))
        rates: dict[tuple[str, str], list[Rate]] = {}
        ready: dict[str, list[float]] = {who: [] for who in found}
        held: dict[str, list[float]] = {who: [] for who in found}
        for round_ in range(rounds):
            for who, command in found.items():
                with _running(command, 4800 + round_) as (process, port, took):
                    for kind, script in CALLS.items():
                        _wrk(port, script, 3)  # warm: what runs on a virtual machine needs that
                        rates.setdefault((who, kind), []).append(_wrk(port, script, seconds))
                    ready[who].append(took)
                    held[who].append(_megabytes(process.pid))
            print(f"round {round_ + 1} of {rounds} done", file=sys.stderr)
    for kind in CALLS:
        ours = median(rate.per_second for rate in rates["troth", kind])
        print(f"\n{kind}")
        for who in found:
            _told(who, rates[who, kind], ours)
    print("\nseconds to ready, MB held after it")
    for who in found:
        print(f"  {who:16} {median(ready[who]):6.2f} {median(held[who]):6.0f}")


def _told(who: str, rates: Sequence[Rate], ours: float) -> None:
    per_second, p99 = median(rate.per_second for rate in rates), median(rate.p99 for rate in rates)
    line = f"  {who:16} {per_second:8,.0f} a second, p99 {p99:6.1f} ms, troth is {ours / per_second:5.2f} x"
    refused = sum(rate.errors for rate in rates)
    if refused:
        line += f"  ({refused:,} answers were refusals)"
    print(line)


def scale(rounds: int, seconds: int) -> None:
    """Ours with few and many records (specs/autosend), and with few and many operations (specs/puffle)."""
    few = {kind: CALLS[kind] for kind in ("GET one", "PATCH of 7")}
    _scaled("records", (10, 100, 1_000, 100_000), PAGED_CALLS, rounds, seconds)
    _scaled("operations", (10, 1_000, 10_000), few, rounds, seconds)


def _scaled(name: str, sizes: Sequence[int], calls: Mapping[str, str], rounds: int, seconds: int) -> None:
    rates: dict[tuple[int, str], list[Rate]] = {}
    ready: dict[int, list[float]] = {size: [] for size in sizes}
    for round_ in range(rounds):
        for size in sizes:
            command = _command(f"--{name}", str(size))
            with _running(command, 4900 + round_) as (_, port, took):
                ready[size].append(took)
                for kind, script in calls.items():
                    _wrk(port, script, 1)
                    rates.setdefault((size, kind), []).append(_wrk(port, script, seconds))
    print(f"\n{name:>10}  " + "  ".join(f"{kind:>12}" for kind in calls) + "   ready after")
    for size in sizes:
        told = [median(rate.per_second for rate in rates[size, kind]) for kind in calls]
        line = "  ".join(f"{rate:12,.0f}" for rate in told)
        print(f"{size:10,}  {line}   {median(ready[size]):8.2f} s")


def stores(rounds: int, seconds: int) -> None:
    """Ours with records in memory, in a file, and in PostgreSQL: in turns, each time from the start."""
    from tests.mock_server.databases import served  # noqa: PLC0415 - the other benchmarks need no tests

    kinds = ("GET one", "list", "PATCH of 7", "create")
    rates: dict[tuple[str, str], list[Rate]] = {}
    with TemporaryDirectory() as folder, served() as server:
        for round_ in range(rounds):
            file = f"{folder}/{round_}.db"
            places = {
                "memory": (),
                "SQLite file": ("--store", file),
                "PostgreSQL": ("--store", server.database()),
                "PostgreSQL, 2 workers": ("--store", server.database(), "--workers", "2"),
            }
            for name, options in places.items():
                with _running(partial(_mock, options), 4960 + round_) as (_, port, _):
                    for kind in kinds:
                        _wrk(port, CALLS[kind], 1)
                        rates.setdefault((name, kind), []).append(_wrk(port, CALLS[kind], seconds))
    for name in places:
        told = [rates[name, kind] for kind in kinds]
        cells = [
            f"{median(r.per_second for r in found):,.0f} ({median(r.p99 for r in found):.0f} ms)"
            for found in told
        ]
        refused = sum(rate.errors for found in told for rate in found)
        print(f"| {name} | {' | '.join(cells)} |" + (f" {refused:,} refusals" if refused else ""))


def _mock(options: Sequence[str], port: int) -> list[str]:
    """`troth mock puffle` with more options."""
    run = "from troth.contracts.commands.main import main; main()"
    return [sys.executable, "-c", run, "mock", "puffle", "--no-limits", "--port", str(port), *options]


def _command(*options: str) -> Callable[[int], list[str]]:
    """How troth's mock is started on a port."""
    return lambda port: [sys.executable, "-m", "benchmarks.mock", "serve", *options, "--port", str(port)]


def memory(requests: int = 1_000_000) -> None:
    """What the process holds, every hundred thousand requests."""
    with _running(_command(), 4950) as (process, port, _):
        done = 0.0
        while done < requests:
            for kind in ("GET one", "PATCH of 7", "pause, resume", "list"):
                done += _wrk(port, CALLS[kind], 10).per_second * 10
            print(f"{done:12,.0f} requests {_megabytes(process.pid):8.1f} MB")


@contextmanager
def _running(command: Any, port: int) -> Iterator[tuple[subprocess.Popen[bytes], int, float]]:
    """A server that answers, and how long it took to."""
    compiled = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begun = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - compiled once, as what is installed is
        command(port),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=compiled,
    )
    try:
        _await(port, process)
        yield process, port, time.perf_counter() - begun
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers."""
    request = (
        f"GET {ITEM} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nConnection: close\r\n\r\n".encode()
    )
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(request)
                if connection.recv(12).startswith(b"HTTP/1."):
                    return
        except OSError:
            pass
        time.sleep(0.02)
    raise SystemExit(f"nothing answers on port {port}")


def _wrk(port: int, calls: str, seconds: int) -> Rate:
    """One run of wrk with these calls."""
    with TemporaryDirectory() as folder:
        script = Path(folder, "calls.lua")
        script.write_text(HEADERS + calls)
        options = ["-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(script)]
        done = subprocess.run(  # noqa: S603
            [str(shutil.which("wrk")), *options, f"http://127.0.0.1:{port}"],
            capture_output=True,
            text=True,
            check=True,
        )
    per_second = float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])  # type: ignore[index]
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", done.stdout).groups()  # type: ignore[union-attr]
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    return Rate(
        per_second, float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit], int(refused[1]) if refused else 0
    )


def _megabytes(pid: int) -> float:
    """What a process and its children hold (Linux)."""
    total = 0
    for process in (pid, *_children(pid)):
        fields = Path(f"/proc/{process}/statm").read_text("ascii").split()
        total += int(fields[1]) * os.sysconf("SC_PAGE_SIZE")
    return total / 1e6


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in found.read_text("ascii").split()]


def _serve(port: int, records: int, operations: int) -> None:
    """troth's mock as `troth mock puffle --no-limits` serves it, with more records or operations."""
    from troth import Mock, serve  # noqa: PLC0415 - only this server loads what it needs

    mock = Mock(["autosend" if records else _grown(operations)], limits=False)
    if records:
        _fill(mock, records)
    serve(mock, "127.0.0.1", port)


def _grown(operations: int) -> Any:
    """specs/puffle, with paths of its own kind added up to a number of operations."""
    from troth import load  # noqa: PLC0415

    if not operations:
        return load("puffle")
    return load("puffle", overlays=[_more(operations)])


def _more(operations: int) -> Path:
    """An overlay with so many operations."""
    import json  # noqa: PLC0415

    paths = {
        f"/api/extra{number}/{{id}}": {
            "get": {
                "operationId": f"extra{number}",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "OK"}},
            }
        }
        for number in range(operations)
    }
    overlay = {
        "overlay": "1.0.0",
        "info": {"title": "More", "version": "1"},
        "actions": [{"target": "$.paths", "update": paths}],
    }
    file = Path(mkdtemp(), "more.json")
    file.write_text(json.dumps(overlay))
    return file


def _fill(mock: Any, records: int) -> None:
    """Copies of one record up to a number."""
    from dataclasses import replace  # noqa: PLC0415

    [api] = mock.apis
    store = mock.session.kept[api.contract.name].store
    one = store.get("Campaign", PAGED)
    now = datetime.now(UTC)
    more = []
    for number in range(records - 1):
        id = f"{number:024x}"
        data = {**one.data, "campaignId": id, "name": f"Campaign {number}"}
        more.append(replace(one, id=id, data=data, since=now))
    store.reset([one, *more])


def _serve_bare(port: int) -> None:
    """An ASGI application that answers one body to everything."""
    import uvicorn  # noqa: PLC0415

    body = example()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]

    async def bare(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    uvicorn.run(bare, host="127.0.0.1", port=port, log_level="error", access_log=False, lifespan="off")  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
