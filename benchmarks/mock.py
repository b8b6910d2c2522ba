"""Requests a second: troth's mock against plain connexion with canned examples (`python -m benchmarks.mock`).

Both serve specs/puffle on this machine, one process each, and are called in turns by one client with 64
keep-alive connections: read a campaign, pause it, resume it. The rival validates requests as connexion does
out of the box and answers with the documented examples; it remembers nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

CONNECTIONS, SECONDS, ROUNDS = 64, 3.0, 5
ID = "8c2b2d4e-e29b-41d4-a716-446655440000"
CALLS = [
    f"{call} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nContent-Length: 0\r\n\r\n".encode()
    for call in (
        f"GET /api/campaigns/{ID}",
        f"POST /api/campaigns/{ID}/pause",
        f"POST /api/campaigns/{ID}/resume",
    )
]
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def serve(who: str, port: int) -> None:
    """Run one of the two servers, in a process of its own."""
    import uvicorn  # noqa: PLC0415 - only the servers load what they need

    from troth.mock_server.serving import listen  # noqa: PLC0415

    if who == "troth":
        from troth import Mock, load  # noqa: PLC0415

        app: Any = Mock([load("puffle")])
    else:
        app = rival()
    config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off")
    uvicorn.Server(config).run([listen("127.0.0.1", port)])


def rival() -> Any:
    """connexion's asynchronous app with its default middleware and canned answers."""
    import yaml  # noqa: PLC0415
    from connexion import AsyncApp  # noqa: PLC0415
    from connexion.resolver import Resolution, Resolver  # noqa: PLC0415

    with open("specs/puffle/openapi.yaml", encoding="utf-8") as file:
        document = yaml.safe_load(file)
    document["components"]["securitySchemes"]["bearer"]["x-bearerInfoFunc"] = "benchmarks.mock.anyone"
    campaign = document["components"]["schemas"]["Campaign"]["example"]
    canned = {"campaign": campaign, "sequence_nodes": campaign["sequence_nodes"]}

    class Canned(Resolver):  # type: ignore[misc]
        def resolve(self, operation: Any) -> Resolution:
            async def respond(**_: Any) -> tuple[dict[str, Any], int]:
                return canned, 200

            return Resolution(respond, operation.operation_id)

    app = AsyncApp("rival")
    app.add_api(document, resolver=Canned())
    return app


def anyone(token: str) -> dict[str, str]:
    """Accept any token."""
    return {"sub": token}


class Caller(asyncio.Protocol):
    """One connection: the next call as soon as an answer is complete."""

    def __init__(self, number: int) -> None:
        self.done, self.turn, self.missing, self.stopped = 0, number, 0, False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.call()

    def call(self) -> None:
        self.turn += 1
        self.transport.write(CALLS[self.turn % len(CALLS)])

    def data_received(self, data: bytes) -> None:
        if not self.missing:
            head, _, body = data.partition(b"\r\n\r\n")
            assert head[9:12] in (b"200", b"400"), head
            self.missing = int(LENGTH.search(head)[1])  # type: ignore[index]
            data = body
        self.missing -= len(data)
        if not self.missing:
            self.done += 1
            if not self.stopped:
                self.call()


async def load(port: int, seconds: float) -> float:
    """Requests a second over all connections together."""
    loop = asyncio.get_running_loop()
    callers = [Caller(number) for number in range(CONNECTIONS)]
    for caller in callers:
        await loop.create_connection(lambda caller=caller: caller, "127.0.0.1", port)  # type: ignore[misc]
    before, begun = sum(c.done for c in callers), time.perf_counter()
    await asyncio.sleep(seconds)
    rate = (sum(c.done for c in callers) - before) / (time.perf_counter() - begun)
    for caller in callers:
        caller.stopped = True
        caller.transport.close()
    return rate


def _await(port: int) -> None:
    """Wait until a server takes connections."""
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    raise SystemExit(f"nothing listens on port {port}")


def cpu_seconds(pid: int) -> float:
    """What a process has used so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Start both, call them in turns, print the ratios."""
    ports = {"troth": 4711, "connexion": 4712}
    servers = {
        who: subprocess.Popen([sys.executable, "-m", "benchmarks.mock", who, str(port)])  # noqa: S603
        for who, port in ports.items()
    }
    rates: dict[str, list[float]] = {who: [] for who in ports}
    spent: dict[str, list[float]] = {who: [] for who in ports}
    try:
        for port in ports.values():
            _await(port)
            asyncio.run(load(port, 1.0))
        for _ in range(ROUNDS):
            for who, port in ports.items():
                before = cpu_seconds(servers[who].pid)
                rates[who].append(asyncio.run(load(port, SECONDS)))
                spent[who].append(rates[who][-1] * SECONDS / (cpu_seconds(servers[who].pid) - before))
    finally:
        for server in servers.values():
            server.terminate()
    for title, found in (("a second", rates), ("a CPU second of the server", spent)):
        ours, theirs = median(found["troth"]), median(found["connexion"])
        print(f"requests {title}: troth {ours:,.0f}, connexion {theirs:,.0f}, ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(sys.argv[1], int(sys.argv[2]))
    else:
        main()
