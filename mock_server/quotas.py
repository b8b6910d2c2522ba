"""How much of a quota is left: RateLimit fields (draft-ietf-httpapi-ratelimit-headers-10)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import timedelta
from math import ceil

from troth.contracts.contract import Contract
from troth.contracts.model import Operation
from troth.contracts.words.limits import hit_key, policies
from troth.mock_server.clock import VirtualClock
from troth.mock_server.credentials import credential_of
from troth.mock_server.stores import MemoryStore
from troth.mock_server.wire import Request

_NONE: Mapping[str, str] = {}


def quota_headers(
    contract: Contract, operation: Operation, request: Request, store: MemoryStore, clock: VirtualClock
) -> Mapping[str, str]:
    """``RateLimit-Policy`` and ``RateLimit`` of the policies that count an operation; none where nothing is
    counted."""
    counted = policies(contract, operation)
    if not counted or not store.counting:
        return _NONE
    now, credential = clock.now(), credential_of(contract, request)
    told, left = [], []
    for policy in counted:
        since = now - timedelta(seconds=policy.window)
        hits = store.hits(hit_key(policy, credential))
        gone = bisect_right(hits, since)
        told.append(f'"{policy.name}";q={policy.calls};w={policy.window}')
        reset = 0
        if len(hits) > gone:
            reset = ceil((hits[gone] - since).total_seconds())
        left.append(f'"{policy.name}";r={max(0, policy.calls - len(hits) + gone)};t={reset}')
    return {"RateLimit-Policy": ", ".join(told), "RateLimit": ", ".join(left)}
