"""The scenarios of :mod:`tests.faulty.visible` for launches, nodes, leads, copies and ends."""

from collections.abc import Callable
from typing import Any, Protocol

from tests.faulty.bodies import Json
from tests.faulty.serving import Backend, Reply

A, B = "3c90c3cc-0d44-4b50-8888-8dd257360001", "3c90c3cc-0d44-4b50-8888-8dd257360002"
NOBODY = "ffffffff-ffff-ffff-ffff-ffffffffffff"


class Player(Protocol):
    """A session, as a scenario sees it."""

    api: Backend

    def call(self, method: str, path: str, body: Any = None, **how: Any) -> Reply:
        """Send one call."""


Play = Callable[[Player], None]
ROOT = "/api/campaigns"


def _nodes(session: Player, path: str) -> list[Json]:
    return list(session.call("GET", path).body.get("sequence_nodes", []))


def _shown(session: Player) -> None:
    for name in ("draft_email", "draft_linkedin", "active_email"):
        session.call("GET", f"{ROOT}/{session.api.fixtures[name]}")
        session.call("GET", f"{ROOT}/{session.api.fixtures[name]}/leads")
    session.call("GET", ROOT)


def launches(fixture: str, change: Json | None, *delays: Json) -> Play:
    """Validate and launch a fixture after a change, twice, and wait."""

    def play(session: Player) -> None:
        path = f"{ROOT}/{session.api.fixtures[fixture]}"
        if change is not None:
            session.call("PATCH", path, change)
        for delay in delays:
            session.call("POST", f"{path}/sequence/nodes", {"type": "delay", **delay})
        for token in (session.api.token, None):
            for method, tail in (("GET", "validate"), ("POST", "launch"), ("GET", "senders")):
                session.call(method, f"{path}/{tail}", token=token, wait=0.2)
        session.call("GET", path, wait=0.2)
        session.call("POST", f"{path}/launch", wait=0.2)
        _shown(session)
        session.call("GET", path, wait=4)
        session.call("GET", f"{path}/validate", wait=80)
        _shown(session)

    return play


def without_leads(session: Player) -> None:
    """Launch a draft that has lost its leads."""
    path = f"{ROOT}/{session.api.fixtures['draft_email']}"
    session.call("DELETE", f"{path}/leads", {"all": True})
    launches("draft_email", None)(session)


def nodes(fixture: str) -> Play:
    """Add, move, remove and change nodes."""

    def play(session: Player) -> None:
        campaign = f"{ROOT}/{session.api.fixtures[fixture]}"
        path = f"{campaign}/sequence/nodes"
        new: list[Any] = [{"type": "message", "body": "M"}, {"type": "email", "subject": "S", "position": 0}]
        new += [{"type": "ai", "position": 99}, {"type": "delay", "delay_days": 40}, {}, {"type": "x"}]
        for body in new:
            session.call("POST", path, body)
            _nodes(session, campaign)
        ids = [one["id"] for one in _nodes(session, campaign)]
        for id, to in ((ids[0], 2), (ids[-1], 0), (ids[1], 999), (NOBODY, 0), (ids[0], -1), ("x", 0)):
            session.call("PATCH", path, {"nodeId": id, "toPosition": to})
            _nodes(session, campaign)
        changes: list[Json] = [{"subject": "T"}, {"body": "B"}, {"is_reply": True}, {"delay_hours": 5}]
        changes += [{"ai_node": {"a": 1}}, {"ai_node": {"b": 2}}, {"type": "end"}, {"delay_days": 99}]
        for id in (*ids, NOBODY, "x"):
            for change in changes:
                session.call("PUT", f"{path}/{id}", change)
        _nodes(session, campaign)
        for id in (ids[1], ids[0], NOBODY):
            session.call("DELETE", path, {"nodeId": id})
            _nodes(session, campaign)
        for method, tail in (("POST", ""), ("PATCH", ""), ("DELETE", ""), ("PUT", f"/{ids[-1]}")):
            session.call(method, path + tail, {}, token=None)

    return play


def _lead(name: str) -> Json:
    url = f"https://www.linkedin.com/in/{name.lower()}"
    return {"email": f"{name}@example.com", "linkedin_url": url, "first_name": name, "headline": "H"}


def leads(fixture: str) -> Play:
    """Import, list, change and remove leads."""

    def play(session: Player) -> None:
        path = f"{ROOT}/{session.api.fixtures[fixture]}/leads"
        odd = {"email": "ada@EXAMPLE.com", "linkedin_url": "https://www.linkedin.com/in/ada/"}
        asked = {"email": "ada@example.com", "linkedin_url": "https://www.linkedin.com/in/ada?a=b"}
        batches: list[Any] = [
            [_lead("Ada"), odd, asked, _lead("Bob")],
            [_lead("Ada"), _lead("Cid")],
            [{}],
            [],
        ]
        batches += [[_lead(f"P{number}") for number in range(most)] for most in (1000, 1001)]
        for batch in batches:
            session.call("POST", path, {"prospects": batch})
            for query in ("", "?limit=2", "?limit=2&page=2", "?status=sent", "?page=99"):
                session.call("GET", path + query)
        ids = [one["id"] for one in session.call("GET", path).body["prospects"]]
        changes: list[Json] = [{"headline": "J"}, {"status": "sent"}, {"first_name": "Z"}, _lead("Cid")]
        for id in (ids[0], NOBODY):
            for change in changes:
                session.call("PATCH", path, {"prospect_id": id, "updates": change})
                session.call("GET", path)
        for given in ([ids[1], NOBODY], [], [NOBODY] * 501):
            session.call("DELETE", path, {"prospect_ids": given})
            session.call("GET", path)
        session.call("DELETE", path, {})
        session.call("DELETE", path, {"all": True})
        for method in ("GET", "POST", "PATCH", "DELETE"):
            session.call(method, path, {}, token=None)
        _shown(session)

    return play


def puffle(names: list[str]) -> list[Play]:
    """Everything around launches."""
    late, latest = {"delay_days": 30}, {"delay_days": 30, "delay_minutes": 1}
    silent: Json = {"sequence_nodes": [{"type": "delay", "delay_days": 1}, {"type": "end"}]}
    empty: Json = {"sequence_nodes": [{"type": "email", "subject": "", "body": "B"}, {"type": "end"}]}
    found = [launches(name, None) for name in names] + [nodes(name) for name in names]
    found += [leads(name) for name in names if "done" not in name] + [without_leads]
    changes: tuple[Json, ...] = ({"sender_account_ids": []}, silent, empty)
    for change in changes:
        found.append(launches("draft_email", change))
    return [*found, *(launches("draft_email", None, delay) for delay in (late, latest, {}))]


def changes(root: str, name: str, bodies: list[Json], ends: dict[str, Any]) -> Play:
    """Change a fixture, then end it, reading everything after each step."""

    def play(session: Player) -> None:
        path = f"{root}/{session.api.fixtures[name]}"

        def look() -> None:
            for id in session.api.fixtures.values():
                session.call("GET", f"{root}/{id}")
            session.call("GET", root)

        for body in bodies:
            session.call("PATCH", path, body)
            look()
        for end, body in ends.items():
            for token in (None, session.api.token, session.api.token):
                session.call("POST" if end else "DELETE", path + end, body, token=token)
                look()

    return play


def autosend(names: list[str]) -> list[Play]:
    """Changing, copying, aborting and deleting, and the limit."""
    bodies: list[Json] = [{"name": "N"}, {"subject": "S"}, {"trackingClick": False}, {"sendMode": "gradual"}]
    bodies += [{"name": "n" * 201}, {"name": 5}]
    ends = {"/duplicate": None, "/abort": None, "/resume": None, "": None}

    def fast(session: Player) -> None:
        for wait in (0.6, 0, 0.2, 0.3, 0.1, 0.6, 0, 1.1, 0, 0, 2, 3, 0, 0):
            session.call("GET", "/campaigns", wait=wait)
            session.call("GET", f"/campaigns/{session.api.fixtures['draft']}", wait=0)

    def waiting(session: Player) -> None:
        for more in ({"sendNow": True}, {}):
            body = {"name": "W", "subject": "S", "publish": True, **more}
            key = session.call("POST", "/campaigns", body).body["data"]["campaignId"]
            for wait in (100, 30, 700):
                session.call("GET", f"/campaigns/{key}", wait=wait)

    return [changes("/campaigns", name, bodies, ends) for name in names] + [fast, waiting]


def ocamba(names: list[str]) -> list[Play]:
    """Merge patches and canceling."""
    bodies: list[Json] = [
        {"name": "N"}, {"description": None}, {"labels": ["x"]}, {"metadata": {"team": None, "a": {"b": 1}}},
        {"metadata": {"goal": {"clicks": 2}}}, {"metadata": {"a": {"b": None}}}, {"name": 5},
    ]  # fmt: skip
    ends: dict[str, Any] = {"/cancel": {"reason": "R"}, "/resume": {}}
    found = [changes("/hood/campaigns", name, bodies, ends) for name in names]
    for reason in ({}, {"reason": 5}):
        found.append(changes("/hood/campaigns", "running", [], {"/cancel": reason}))

    def made(session: Player) -> None:
        for more in ({"run_immediately": 1}, {"scheduled_time": "2026-11-01 12:05:00"}):
            new = {"name": "N", "labels": ["l"], **more}
            key = session.call("POST", "/hood/campaigns", new).body["items"][0]["id"]
            for wait in (400, 8000):
                session.call("GET", f"/hood/campaigns/{key}", wait=wait)

    return [*found, made]
