"""Requests a second: troth's mock against plain connexion with canned examples (`python benchmarks/mock.py`).

Both serve specs/puffle on this machine, one process each, and are called in turns by one client with 64
keep-alive connections: read a campaign, pause it, resume it. The rival validates requests as connexion does
out of the box and answers with the documented examples; it remembers nothing.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from statistics import median
from typing import Any

CONNECTIONS, SECONDS, ROUNDS = 64, 3.0, 5
ID = "8c2b2d4e-e29b-41d4-a716-446655440000"
CALLS = [("GET", f"/api/campaigns/{ID}")] + [
    ("POST", f"/api/campaigns/{ID}/{move}") for move in ("pause", "resume")
]


def serve(who: str, port: int) -> None:
    """Run one of the two servers, in a process of its own."""
    from mock_server.serving import listen  # noqa: PLC0415 - only the servers load connexion

    print("ready", flush=True)
    if who == "troth":
        from contracts.catalogue import open_spec  # noqa: PLC0415
        from mock_server import Mock  # noqa: PLC0415

        app: Any = Mock([open_spec("puffle")])
    else:
        app = rival()
    import uvicorn  # noqa: PLC0415

    config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off")
    uvicorn.Server(config).run([listen("127.0.0.1", port)])


def rival() -> Any:
    """connexion's asynchronous app with its default middleware and canned answers."""
    from connexion import AsyncApp  # noqa: PLC0415
    from connexion.resolver import Resolution, Resolver  # noqa: PLC0415

    import yaml  # noqa: PLC0415

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


async def load(port: int, seconds: float) -> float:
    """Requests a second over the connections, each with one call after the other."""
    until = time.perf_counter() + seconds
    begun = time.perf_counter()
    done = await asyncio.gather(*(caller(port, n, until) for n in range(CONNECTIONS)))
    return sum(done) / (time.perf_counter() - begun)


async def caller(port: int, number: int, until: float) -> int:
    """One connection; gives the number of answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    done = 0
    while time.perf_counter() < until:
        method, path = CALLS[(number + done) % len(CALLS)]
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nContent-Length: 0\r\n\r\n"
        writer.write(head.encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        status, headers = answer[9:12], answer.lower()
        assert status in (b"200", b"400"), answer
        length = int(headers.split(b"content-length: ")[1].split(b"\r\n")[0])
        json.loads(await reader.readexactly(length))
        done += 1
    writer.close()
    return done


def main() -> None:
    """Start both, call them in turns, print the ratio."""
    ports = {"troth": 4711, "connexion": 4712}
    servers = [subprocess.Popen([sys.executable, __file__, who, str(port)]) for who, port in ports.items()]
    try:
        time.sleep(4)
        rates: dict[str, list[float]] = {who: [] for who in ports}
        for who, port in ports.items():
            asyncio.run(load(port, 1.0))
        for _ in range(ROUNDS):
            for who, port in ports.items():
                rates[who].append(asyncio.run(load(port, SECONDS)))
    finally:
        for server in servers:
            server.terminate()
    for who, found in rates.items():
        print(f"{who:<10} {median(found):8,.0f} requests/s   ({', '.join(f'{r:,.0f}' for r in found)})")
    print(f"ratio      {median(rates['troth']) / median(rates['connexion']):8.2f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(sys.argv[1], int(sys.argv[2]))
    else:
        main()
