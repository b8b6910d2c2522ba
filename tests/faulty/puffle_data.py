"""The Puffle server's records: sender accounts, nodes, campaigns and the fixtures."""

import re
import uuid
from typing import Any

from tests.faulty.bodies import Json

UUID = re.compile(
    r"([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
    r"|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)"
)
USER = "11111111-1111-4111-8111-111111111111"
FIXTURES = {
    "draft_email": ("draft", 2),
    "draft_linkedin": ("draft", 1),
    "active_email": ("active", 86),
    "active_linkedin": ("active", 86),
    "paused_email": ("paused", 86),
    "paused_linkedin": ("paused", 86),
    "paused_drained": ("paused", 0),
    "done_email": ("completed", 0),
    "done_linkedin": ("completed", 0),
    "launching_email": ("launching", 86),
}
DELAYS = ("delay_days", "delay_hours", "delay_minutes")
_DEFAULTS: dict[str, Json] = {
    "email": {"subject": "", "body": "", "is_reply": False},
    "message": {"body": ""},
    "connection_request": {"body": "", "include_message": False},
    "delay": dict.fromkeys(DELAYS, 0),
}


def fixture_id(place: int) -> str:
    """Give the id of a fixture."""
    return f"8c2b2d4e-e29b-41d4-a716-4466554400{place:02d}"


def sender(key: str, kind: str, number: int = 0) -> Json:
    """Make a sender account with the default limits."""
    email = kind == "email"
    return {
        "id": key,
        "type": kind,
        "email_address": f"sender{number}@example.com" if email else None,
        "provider_account_id": f"acc_{key[:8]}",
        "display_name": f"Sender {number}" if number else None,
        "first_name": "Sam" if number else None,
        "last_name": None,
        "status": "active",
        "daily_limit": 30,
        "weekly_connection_limit": 80,
        "weekly_message_limit": 100,
        "is_premium": False,
    }


def node(campaign: str, given: Json) -> Json:
    """Make a node from what the client sent, with the defaults of its type."""
    identity = {"id": given.get("id") or str(uuid.uuid4()), "campaign_id": campaign}
    return identity | _DEFAULTS.get(given["type"], {}) | {**given, **identity}


def campaign(key: str, kind: str, name: str, now: str) -> Json:
    """Make a draft with the defaults of its channel."""
    email = kind == "email"
    return {
        "id": key,
        "user_id": USER,
        "type": kind,
        "name": name,
        "status": "draft",
        "daily_limit": 30,
        "stop_on_reply": True if email else None,
        "open_tracking": True if email else None,
        "signature": None,
        "skip_other_campaigns": None if email else False,
        "operating_hours": None,
        "stats": None,
        "created_at": now,
        "updated_at": now,
        "sender_accounts": [],
        "_nodes": [],
        "_left": 0,
        "_pause_reason": None,
    }


def fixture(place: int, name: str) -> Json:
    """Make one of the campaigns that are there from the start."""
    status, left = FIXTURES[name]
    kind = "linkedin" if name.endswith("linkedin") else "email"
    key = fixture_id(place)
    row = campaign(key, kind, f"Outreach {place}: {name}", f"2026-04-{10 + place}T09:00:00.000Z")
    row |= {"status": status, "_left": left, "daily_limit": 50, "_nodes": _nodes(key, kind)}
    row["updated_at"] = f"2026-04-{20 + place}T11:30:00.000Z"
    row["sender_accounts"] = [_fixture_sender(place, kind, number) for number in (1, 2)]
    row["signature"] = "Best,\nSam" if kind == "email" else None
    row["operating_hours"] = None if kind == "email" else {"start": "09:00", "end": "17:00"}
    row["stats"] = None if status == "draft" else _stats(left)
    row["_launched"] = 4e9 if status == "launching" else 0
    row["_pause_reason"] = "by the user" if status == "paused" else None
    return row


def _fixture_sender(place: int, kind: str, number: int) -> Json:
    return sender(f"3c90c3cc-0d44-4b50-8888-8dd2573600{place}{number}", kind, number)


def statuses(status: str, left: int) -> list[str]:
    """Give the statuses of the leads of a fixture."""
    if status == "draft" or not left:
        return ["pending"] * left or ["completed"] * 120
    return ["pending"] * left + ["sent"] * (120 - left - 4) + ["replied"] * 4


def stats(total: int) -> Json:
    """Make the counts of a campaign that has just been launched."""
    return {"total": total} | dict.fromkeys(list(_stats(0))[1:], 0)


def _stats(left: int) -> Json:
    counts = {"total": 120, "sent": 34, "replied": 4, "bounced": 0, "completed": 120 - left}
    rest = ("timed_out", "connection_sent", "connected", "message_sent")
    return counts | dict.fromkeys(rest, 0)


def _nodes(key: str, kind: str) -> list[Json]:
    email: list[dict[str, Any]] = [
        {"type": "email", "subject": "Hello", "body": "Dear %first_name%, hello."},
        {"type": "delay", "delay_days": 2, "delay_hours": 3, "delay_minutes": 15},
        {"type": "email", "subject": "Again", "body": "One more thing.", "is_reply": True},
        {"type": "end"},
    ]
    linkedin: list[dict[str, Any]] = [
        {"type": "connection_request", "body": "Let us connect.", "include_message": True},
        {"type": "delay", "delay_days": 1},
        {"type": "message", "body": "Thank you for connecting."},
        {"type": "end"},
    ]
    given = email if kind == "email" else linkedin
    made = [node(key, {**one, "id": f"{key[:-4]}b{p}{key[-2:]}"}) for p, one in enumerate(given)]
    return [one | {"position": place} for place, one in enumerate(made)]


def first_nodes(key: str, kind: str) -> list[Json]:
    """Make the two nodes that a new campaign has."""
    first = "email" if kind == "email" else "connection_request"
    made = [node(key, {"type": first}), node(key, {"type": "end"})]
    return [one | {"position": place} for place, one in enumerate(made)]
