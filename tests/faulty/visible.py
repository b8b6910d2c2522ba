"""Shows that every fault and reading changes an answer: `python -m tests.faulty.visible`."""

import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.faulty import visible_changes
from tests.faulty.bodies import Json
from tests.faulty.clock import Clock
from tests.faulty.serving import APIS, Backend, Reply, Request, backend, catalogues

_VOLATILE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{24}\b")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:)\d\d(\.\d+)?")
NOWHERE = {"puffle": "ffffffff-ffff-ffff-ffff-ffffffffffff", "autosend": "0" * 24, "ocamba": "7"}


class Session:
    """Calls to one fresh backend, and the comparable text of all its answers."""

    def __init__(self, api: str, faults: tuple[str, ...], readings: tuple[str, ...]) -> None:
        self.clock = Clock(frozen=datetime(2026, 11, 1, 12, 0, 0, 200000, UTC))
        self.api: Backend = backend(api, faults, readings, self.clock)
        self.seen: dict[str, str] = {}
        self.log: list[str] = []

    def call(self, method: str, path: str, body: Any = None, **how: Any) -> Reply:
        """Send one call two seconds after the last one (or `wait` seconds)."""
        self.clock.offset += how.get("wait", 2)
        path, _, query = path.partition("?")
        parameters = dict(pair.split("=") for pair in query.split("&") if pair)
        raw = how.get("raw", b"" if body is None else json.dumps(body).encode())
        token = how.get("token", self.api.token)
        reply = self.api.answer(Request(method, self.api.prefix + path, parameters, token, raw))
        self.log.append(self._plain(reply))
        return reply

    def _plain(self, reply: Reply) -> str:
        text = json.dumps([reply.status, reply.body, reply.headers], sort_keys=True)
        text = _VOLATILE.sub(lambda m: self._named(m[0], "id"), text)
        return _MOMENT.sub(lambda m: m[1] + self._named(m[0], "at") + str(len(m[0])), text)

    def _named(self, value: str, kind: str) -> str:
        return self.seen.setdefault(value, f"{kind}{len(self.seen)}")


Scenario = Callable[[Session], None]
ROOT = {"puffle": "/api/campaigns", "autosend": "/campaigns", "ocamba": "/hood/campaigns"}


def moves(api: str, fixture: str, bodies: dict[str, Any]) -> Scenario:
    """Pause and resume one fixture, reading everything after each step."""

    def play(session: Session) -> None:
        path = f"{ROOT[api]}/{session.api.fixtures[fixture]}"
        for move in ("pause", "resume", "pause", "pause", "resume", "resume"):
            session.call("POST", f"{path}/{move}", bodies[move])
            for name in session.api.fixtures:
                session.call("GET", f"{ROOT[api]}/{session.api.fixtures[name]}")
            session.call("GET", ROOT[api])

    return play


def strangers(api: str) -> Scenario:
    """Call with wrong tokens, wrong ids and wrong bodies."""

    def play(session: Session) -> None:
        known = next(iter(session.api.fixtures.values()))
        for key in (known, NOWHERE[api], "x y"):
            for method, tail in (
                ("GET", ""),
                ("PATCH", ""),
                ("POST", "/pause"),
                ("POST", "/resume"),
            ):
                for token in (None, "wrong", session.api.token):
                    session.call(method, f"{ROOT[api]}/{key}{tail}", {}, token=token)
        for token in (None, "wrong"):
            session.call("POST", ROOT[api], {}, token=token)
            session.call("GET", ROOT[api], token=token)
        for raw in (b"", b"{", b"[]", b"null", b'"a"'):
            session.call("POST", ROOT[api], raw=raw)

    return play


def patches(fixture: str, *changes: Json) -> Scenario:
    """PATCH one Puffle fixture, reading all of them after each change."""

    def play(session: Session) -> None:
        path = f"{ROOT['puffle']}/{session.api.fixtures[fixture]}"
        for change in changes:
            session.call("PATCH", path, change)
            session.call("GET", path)
            session.call("GET", ROOT["puffle"])

    return play


def creates(api: str, *campaigns: Any) -> Scenario:
    """Create campaigns, and read each of them and the list."""

    def play(session: Session) -> None:
        for body in campaigns:
            reply = session.call("POST", ROOT[api], body)
            key = re.search(r'"(?:id|campaignId)": "(\w[^"]*)"', json.dumps(reply.body))
            session.call("GET", f"{ROOT[api]}/{key[1] if key else NOWHERE[api]}")
            for query in ("", "?page=2", "?limit=3&page=2", "?limit=2", "?status=paused"):
                session.call("GET", ROOT[api] + query)

    return play


def bursts(api: str) -> Scenario:
    """Use up both quotas on a still clock and wait for them to open again."""

    def play(session: Session) -> None:
        paused = f"{ROOT[api]}/{session.api.fixtures['paused']}"
        for wait in (2.0, *[0.0] * 12, 0.5, 0.6, 1.1):
            session.call("GET", ROOT[api], wait=wait)
        session.clock.offset += 61
        for _ in range(10):
            session.call("POST", f"{paused}/resume", raw=b"[]", wait=0)
        session.call("GET", ROOT[api], wait=0)
        session.call("POST", f"{paused}/resume", wait=0)
        session.call("GET", paused)
        session.clock.offset += 61
        for wait in [0.12] * 160 + [30, 31, 61]:
            session.call("GET", paused, wait=wait)

    return play


def edges(api: str) -> Scenario:
    """Call around the edges of windows: of those of the clock, and of those that refused calls open."""

    def play(session: Session) -> None:
        for wait in [0.7] + [0.0] * 9 + [0.2]:
            session.call("GET", ROOT[api], wait=wait)
        for wait in [2.0] + [0.0] * 9 + [0.6] + [0.0] * 9 + [0.5]:
            session.call("GET", ROOT[api], wait=wait)

    return play


def _node(kind: str, **rest: Any) -> Json:
    return {"type": kind, **rest}


def _delay(days: int = 0, hours: int = 0, minutes: int = 0) -> Json:
    return _node("delay", delay_days=days, delay_hours=hours, delay_minutes=minutes)


A, B, C = (f"3c90c3cc-0d44-4b50-8888-8dd2573600{place}" for place in ("01", "02", "99"))


def _puffle_changes(place: int) -> list[Any]:
    one, two = (f"3c90c3cc-0d44-4b50-8888-8dd2573600{place}{number}" for number in (1, 2))
    delays = [(0, 0, 0), (0, 0, 1), (30, 0, 0), (30, 0, 1), (31, 0, 0), (29, 23, 60), (29, 25, 0)]
    mails = [
        _node("email", subject="S", body="B", position=7),
        _delay(0, 5, 9) | {"position": 3},
        _node("end", position=0),
    ]
    scalars: list[Json] = [{"name": name} for name in ("A name that is long enough", "", 5)]
    scalars += [{"daily_limit": limit} for limit in (1, 500, 0, 501, "5", 5.0, True)]
    partial = [{"name": "P", "daily_limit": 0}, {"name": "Q", "sequence_nodes": [_delay()]}]
    return [
        {},
        {"operating_hours": {"start": "10:00"}},
        {"operating_hours": {"end": "18:00"}},
        {"signature": "New", "stop_on_reply": False, "open_tracking": False},
        {"skip_other_campaigns": True},
        {"signature": 5},
        *scalars,
        *partial,
        {"type": "linkedin", "status": "draft"},
        {"type": "email", "status": "active"},
        {"sender_account_ids": [two, C]},
        {"sender_account_ids": [one.upper()]},
        {"sender_account_ids": ["x"]},
        {"sender_account_ids": [one, two, one]},
        {"sender_account_ids": [two, C, one]},
        {"sender_account_ids": ["3c90c3cc-0d44-4b50-8888-8dd257360012"]},
        {"account_limits": [{"account_id": one, "daily_limit": 7}]},
        {"account_limits": [{"account_id": k, "daily_limit": n} for n, k in enumerate([one, two, one], 8)]},
        {"account_limits": [{"account_id": C, "daily_limit": 9}], "sender_account_ids": [C]},
        {"name": "R", "account_limits": [{"account_id": one, "daily_limit": 2}] * 51},
        {"account_limits": [{"account_id": one, "daily_limit": 3}] * 50},
        {"sequence_nodes": mails},
        {"sequence_nodes": [mails[0], _delay(1), _delay(31), mails[2]]},
        *({"sequence_nodes": [_delay(*delay), _node("end")]} for delay in delays),
        {"name": "Outreach 1: draft_linkedin"},
        {"name": "Another"},
        {"name": "Another"},
    ]


def _puffle() -> list[Scenario]:
    names = backend("puffle").fixtures
    found: list[Scenario] = [strangers("puffle"), _still]
    for place, name in enumerate(names):
        changes = _puffle_changes(place)
        found.append(moves("puffle", name, {"pause": None, "resume": None}))
        found.append(patches(name, *changes))
        found += [patches(name, change) for change in changes]
    mail = {"type": "email", "name": "N", "sender_account_ids": [A, C], "signature": "S"}
    link = {"type": "linkedin", "name": "L", "sender_account_ids": []}
    every = {"daily_limit": 77, "operating_hours": {"a": 1}, "skip_other_campaigns": True}
    other = {"type": "linkedin", "name": "O", "sender_account_ids": [A]}
    lacking = [{k: v for k, v in mail.items() if k != lost} for lost in mail]
    bad = {**link, "name": "B", "daily_limit": "x", "signature": 7}
    given = [mail, mail, link, {**mail, "name": "M", **every}, {**link, "name": "K", **every}]
    found += visible_changes.puffle(list(names))
    return [*found, creates("puffle", *given, other, *lacking, bad), _names]


def _still(session: Session) -> None:
    path = f"{ROOT['puffle']}/{session.api.fixtures['active_email']}"
    for number in (1, 2, 3):
        session.call("PATCH", path, {"daily_limit": number}, wait=0)


def _names(session: Session) -> None:
    path = f"{ROOT['puffle']}/{session.api.fixtures['paused_email']}"
    session.call("PATCH", path, {"name": "First"})
    session.call("POST", f"{path}/resume")
    session.call("PATCH", path, {"daily_limit": 11})
    session.call("GET", path)
    session.call("PATCH", f"{ROOT['puffle']}/{NOWHERE['puffle']}", {"name": 5})


def _autosend() -> list[Scenario]:
    names = backend("autosend").fixtures
    plain = {"name": "N", "subject": "S", "previewText": "P", "trackingClick": False}
    edges: list[Json] = [
        {"name": "n" * 200}, {"name": "n" * 201}, {"name": ""}, {"subject": "s" * 998},
        {"subject": "s" * 999}, {"previewText": "p" * 201}, {"sendMode": "gradual"},
        {"sendMode": "never"}, {"trackingOpen": "yes"},
    ]  # fmt: skip
    still: Scenario = creates("autosend", *({**plain, **edge} for edge in edges))
    found = [moves("autosend", name, {"pause": None, "resume": None}) for name in names]
    flags: list[Json] = [{"publish": True}, {"sendNow": True}, {"publish": True, "sendNow": True}]
    flags += [{"publish": False}, {"publish": "yes"}, {"sendNow": 1}]
    published = creates("autosend", *({**plain, **flag} for flag in flags))
    made = creates("autosend", plain, {"name": "N"})
    return [strangers("autosend"), still, made, published, *found, *visible_changes.autosend(list(names))]


def _ocamba() -> list[Scenario]:
    names = backend("ocamba").fixtures
    time = "2027-01-01 00:00:00"
    resumes: list[Any] = [
        None, {}, {"run_immediately": 1}, {"run_immediately": 2}, {"run_immediately": True},
        {"scheduled_time": time}, {"scheduled_time": time, "run_immediately": 1},
        {"scheduled_time": "2027-01-01T00:00:00Z"}, {"scheduled_time": "soon"},
    ]  # fmt: skip
    found = [
        moves("ocamba", name, {"pause": pause, "resume": resume})
        for name in names
        for resume in resumes
        for pause in ({"reason": "r"}, {})
    ]
    new: list[Any] = [{}, {"description": "D"}, {"status": "draft"}, {"run_immediately": 1}]
    new += [{"scheduled_time": time}, {"run_immediately": 0}, {"status": "paused"}]
    created = creates("ocamba", *({"name": "N", **one} for one in new), {})
    found += visible_changes.ocamba(list(names))
    return [strangers("ocamba"), bursts("ocamba"), edges("ocamba"), created, *found]


def transcript(api: str, play: Scenario, faults: tuple[str, ...] = (), *readings: str) -> list[str]:
    """Play one scenario against a fresh backend."""
    session = Session(api, faults, readings)
    play(session)
    if session.api.crashes:
        raise session.api.crashes[0]
    return session.log


def scenarios_of(api: str) -> list[Scenario]:
    """The scenarios of one server."""
    return {"puffle": _puffle, "autosend": _autosend, "ocamba": _ocamba}[api]()


def invisible(api: str) -> list[str]:
    """Name the faults and readings of which no scenario shows anything."""
    scenarios = scenarios_of(api)
    correct = [transcript(api, play) for play in scenarios]
    assert correct == [transcript(api, play) for play in scenarios], "the server is not repeatable"
    faults, readings = catalogues(api)
    cases = [(name, (name,), ()) for name in faults] + [(name, (), (name,)) for name in readings]
    pairs = list(zip(scenarios, correct, strict=True))
    return [
        name
        for name, wrong, legal in cases
        if all(transcript(api, play, wrong, *legal) == right for play, right in pairs)
    ]


if __name__ == "__main__":
    HIDDEN = {api: invisible(api) for api in APIS}
    print("invisible:", HIDDEN)
    sys.exit(any(HIDDEN.values()))
