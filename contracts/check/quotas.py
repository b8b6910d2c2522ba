"""Running into a declared limit on a clock that can be set: as many calls as allowed, one more, and again later."""

from __future__ import annotations

from contracts.check.client import Client, Exchange
from contracts.check.clock import Clock
from contracts.check.judge import Mismatch
from contracts.check.shots import Unavailable
from contracts.contract import Contract
from contracts.model import Call
from contracts.promises import Probe
from contracts.words.limits import policies


def try_quota(
    contract: Contract, client: Client, clock: Clock, call: Call, probe: Probe, real: bool
) -> tuple[list[Exchange], Mismatch | None]:
    """The exchanges, and what was wrong. Raises Unavailable without a clock, unless ``real`` time may be used."""
    if not clock.settable and not real:
        raise Unavailable(
            "limits are tried on a clock that can be set (`clock` in troth.toml), or with --limits"
        )
    assert probe.quota is not None
    calls, window = probe.quota
    others = [
        p
        for p in policies(contract, contract.operations[call.operation])
        if (p.calls, p.window) != probe.quota
    ]
    pace = max((p.window / p.calls * 1.05 for p in others if p.window < window), default=0.0)
    longest = max([window, *(p.window for p in others)])
    client.unpaced = True
    try:
        clock.wait(longest + 1)
        clock.freeze(True)
        if clock.settable:  # begin with a window: a fixed one must not end in the middle
            clock.wait(window - clock.now().timestamp() % window + 0.001)
        return _run_into(client, clock, call, calls, window, pace)
    finally:
        clock.freeze(False)
        clock.wait(longest + 1)
        client.unpaced = False


def _run_into(
    client: Client, clock: Clock, call: Call, calls: int, window: int, pace: float
) -> tuple[list[Exchange], Mismatch | None]:
    passed = 0.0
    for number in range(1, calls + 1):
        exchange = client.send(call)
        if exchange.reply.status == 429:
            return [exchange], _wrong(f"call {number} of {calls} in {window} s", "allowed", exchange)
        clock.wait(pace)
        passed += pace
    limited = client.send(call)
    if limited.reply.status < 400 or limited.reply.status >= 500:
        return [limited], _wrong(f"call {calls + 1} in {window} s", "429", limited)
    clock.wait(window + 0.05)
    again = client.send(call)
    if again.reply.status == 429:
        return [limited, again], _wrong(f"a call after {window} s", "allowed", again)
    return [], None


def _wrong(what: str, expected: str, exchange: Exchange) -> Mismatch:
    return Mismatch(what, expected, str(exchange.reply.status), "")
