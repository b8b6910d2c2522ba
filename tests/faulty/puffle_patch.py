"""What a PATCH does to a Puffle campaign: the matrix of field, state and channel."""

from typing import Any

from tests.faulty.bodies import Json, Refused
from tests.faulty.puffle_data import node, sender

SCALARS = (
    "name",
    "operating_hours",
    "daily_limit",
    "skip_other_campaigns",
    "stop_on_reply",
    "open_tracking",
    "signature",
)
EMAIL_ONLY = {"daily_limit", "account_limits", "stop_on_reply", "open_tracking", "signature"}
LINKEDIN_ONLY = {"skip_other_campaigns"}
DRAFT_ONLY = {
    "skip_other_campaigns",
    "stop_on_reply",
    "open_tracking",
    "signature",
    "sender_account_ids",
    "sequence_nodes",
}
_APPLIED = {
    "signature_applied_paused": ("signature", "paused"),
    "skip_applied_active": ("skip_other_campaigns", "active"),
    "sequence_applied_active": ("sequence_nodes", "active"),
    "senders_applied_paused": ("sender_account_ids", "paused"),
}
_IGNORED = {
    "limit_ignored_active": ("daily_limit", "active"),
    "hours_ignored_paused": ("operating_hours", "paused"),
    "limits_ignored_paused": ("account_limits", "paused"),
    "account_limits_ignored_done": ("account_limits", "completed"),
}
_REJECTED = {
    "name_blocked_paused": ("name", "paused"),
    "name_blocked_done": ("name", "completed"),
    "hours_blocked_active": ("operating_hours", "active"),
    "account_limits_rejected_done": ("account_limits", "completed"),
}
_FOREIGN_APPLIED = {
    "linkedin_on_email": {"skip_other_campaigns"},
    "email_on_linkedin": {"stop_on_reply", "open_tracking", "signature"},
    "limit_on_linkedin": {"daily_limit"},
    "limits_on_linkedin": {"account_limits"},
}


class Patch:
    """Decides which fields are written, and writes them."""

    def __init__(self, faults: frozenset[str], readings: frozenset[str]) -> None:
        self.faults = faults
        self.readings = readings
        self.on = faults | readings

    def ignored(self, row: Json, field: str) -> bool:
        """Tell whether the field is accepted and left unwritten."""
        cell = (field, row["status"])
        if any(name in self.on and cell == _IGNORED[name] for name in _IGNORED):
            return True
        return self._foreign(row, field) or self._locked(row, field)

    def _foreign(self, row: Json, field: str) -> bool:
        if any(name in self.faults and field in _FOREIGN_APPLIED[name] for name in _FOREIGN_APPLIED):
            return False
        return field in (LINKEDIN_ONLY if row["type"] == "email" else EMAIL_ONLY)

    def _locked(self, row: Json, field: str) -> bool:
        if "ignored_applied" in self.faults:
            return False
        if "completed_writable" in self.faults and row["status"] == "completed":
            return False
        cell = (field, row["status"])
        if any(name in self.faults and cell == _APPLIED[name] for name in _APPLIED):
            return False
        return field in DRAFT_ONLY and row["status"] != "draft"

    def refuse(self, row: Json, change: Json) -> None:
        """Refuse the whole call because of a field's state or channel."""
        for field in change:
            cell = (field, row["status"])
            if any(name in self.on and cell == _REJECTED[name] for name in _REJECTED):
                raise Refused(400, f"{field} cannot be changed on a {row['status']} campaign")
            if "foreign_field_rejected" in self.readings and self._foreign(row, field):
                raise Refused(400, f"{field} does not belong to {row['type']} campaigns")
            if "ignored_rejected" in self.faults and self._locked(row, field):
                raise Refused(400, f"{field} can only be changed on a draft")

    def apply(self, row: Json, change: Json) -> None:
        """Write the fields into the row."""
        for field in SCALARS:
            if field in change:
                row[field] = self._scalar(row, field, change[field])
        if "patch_clobbers" in self.faults:
            row |= {f: None for f in ("operating_hours", "signature") if f not in change}
        self._relations(row, change)
        if "patch_activates" in self.faults and row["status"] == "paused":
            row["status"] = "active"

    def _scalar(self, row: Json, field: str, value: Any) -> Any:
        if "hours_merged" in self.faults and field == "operating_hours":
            return (row[field] or {}) | value
        if "name_cut" in self.faults and field == "name":
            return value[:16]
        if "tracking_inverted" in self.faults and field == "open_tracking":
            return not value
        return value

    def _relations(self, row: Json, change: Json) -> None:
        limits = change.get("account_limits")
        if limits is not None and "limits_before_senders" in self.readings:
            self._limits(row, limits)
        if "sender_account_ids" in change:
            self._senders(row, change["sender_account_ids"])
        if limits is not None and "limits_before_senders" not in self.readings:
            self._limits(row, limits)
        if "sequence_nodes" in change:
            row["_nodes"] = self._sequence(row, change["sequence_nodes"])

    def _senders(self, row: Json, given: list[str]) -> None:
        have = {account["id"]: account for account in row["sender_accounts"]}
        wanted = dict.fromkeys(given)
        if "sender_append" in self.faults:
            wanted = dict.fromkeys([*have, *given])
        if "sender_last_dropped" in self.faults and wanted:
            wanted.popitem()
        if "sender_first_kept" in self.faults:
            wanted |= dict.fromkeys(list(have)[:1])
        row["sender_accounts"] = [have.get(key) or sender(key, row["type"]) for key in wanted]

    def _limits(self, row: Json, given: list[Json]) -> None:
        accounts: list[Json] = row["sender_accounts"]
        if "dup_first" in self.faults:
            given = given[::-1]
        if "limits_first_only" in self.faults:
            given = given[:1]
        limits = {entry["account_id"]: entry["daily_limit"] for entry in given}
        unknown = limits.keys() - {account["id"] for account in accounts}
        if unknown and "account_limits_unknown_400" in self.readings:
            raise Refused(400, "account_limits names an account that the campaign does not use")
        if "account_limits_hidden" in self.readings:
            return
        shift = 1 if "limits_other_account" in self.faults else 0
        for place, account in enumerate(accounts):
            if account["id"] in limits:
                accounts[(place + shift) % len(accounts)]["daily_limit"] = limits[account["id"]]
        if "limits_replace_senders" in self.faults:
            row["sender_accounts"] = [a for a in accounts if a["id"] in limits]

    def _sequence(self, row: Json, given: list[Json]) -> list[Json]:
        nodes = [node(row["id"], entry) for entry in given]
        if "sequence_merged" in self.faults:
            named = {one["id"] for one in nodes}
            nodes = [one for one in row["_nodes"] if one["id"] not in named] + nodes
        if "sequence_loses_end" in self.faults:
            nodes = [one for one in nodes if one["type"] != "end"]
        if "nodes_sorted" in self.faults:
            nodes.sort(key=lambda one: one.get("position", 0))
        last = len(nodes) - 1
        for place, one in enumerate(nodes):
            self._spoil(one)
            one["position"] = self._position(one, place, last)
        return nodes

    def _position(self, one: Json, place: int, last: int) -> int:
        if "position_kept" in self.faults:
            return int(one.get("position", place))
        if "position_reversed" in self.faults:
            return last - place
        if "position_from_one" in self.faults:
            return place + 1
        return place

    def _spoil(self, one: Json) -> None:
        if "node_bodies_lost" in self.faults and "body" in one:
            one["body"] = ""
        if "node_types_changed" in self.faults and one["type"] == "email":
            one["type"] = "message"
        if "delay_minutes_lost" in self.faults and one["type"] == "delay":
            one["delay_minutes"] = 0
