"""Validation of the Puffle server's request bodies."""

from typing import Any

from tests.faulty import bodies
from tests.faulty.bodies import Check, Json, Refused
from tests.faulty.puffle_data import DELAYS, UUID

NODE_TYPES = ("connection_request", "message", "email", "delay", "ai", "end")


class Bodies:
    """The documented constraints, field by field."""

    def __init__(self, faults: frozenset[str], readings: frozenset[str]) -> None:
        self.faults = faults
        self.readings = readings

    def patch(self, body: Json) -> Json:
        """Check a PATCH body: every shape first, then the delay totals."""
        change = bodies.checked(body, self._fields())
        self._delays(change.get("sequence_nodes", []))
        return change

    def create(self, body: Json) -> Json:
        """Check the body that creates a campaign."""
        required = {"type", "name", "sender_account_ids"}
        required -= {"name"} if "create_nameless" in self.faults else set()
        required -= {"sender_account_ids"} if "create_no_senders" in self.faults else set()
        bodies.require(body, *sorted(required))
        known = {f: check for f, check in self._fields().items() if f not in self._patch_only}
        return bodies.checked(body, {"type": self._type} | known)

    _patch_only = ("account_limits", "sequence_nodes")

    def _fields(self) -> dict[str, Check]:
        return {
            "name": self._name,
            "operating_hours": lambda value: bodies.record("operating_hours", value),
            "daily_limit": self._daily_limit,
            "account_limits": self._account_limits,
            "skip_other_campaigns": lambda value: bodies.truth("skip_other_campaigns", value),
            "stop_on_reply": lambda value: bodies.truth("stop_on_reply", value),
            "open_tracking": lambda value: bodies.truth("open_tracking", value),
            "signature": lambda value: bodies.text("signature", value),
            "sender_account_ids": self._sender_account_ids,
            "sequence_nodes": self._sequence_nodes,
        }

    def _type(self, value: Any) -> str:
        return bodies.choice("type", value, ("email", "linkedin"))

    def _name(self, value: Any) -> str:
        if "bad_name_500" in self.faults and not isinstance(value, str):
            raise Refused(500, "Internal server error")
        return bodies.text("name", value, least=0 if "empty_name" in self.faults else 1)

    def _daily_limit(self, value: Any) -> int:
        least, most = 1, 500
        if "daily_limit_0" in self.faults:
            least = 0
        if "daily_limit_1_refused" in self.faults:
            least = 2
        if "daily_limit_501" in self.faults:
            most = 501
        if "daily_limit_500_refused" in self.faults:
            most = 499
        if "daily_limit_text" in self.faults and isinstance(value, str) and value.isdecimal():
            value = int(value)
        return bodies.whole("daily_limit", value, least, most)

    def _account_limits(self, value: Any) -> list[Json]:
        most = 50
        if "limits_51" in self.faults:
            most = 51
        if "limits_50_refused" in self.faults:
            most = 49
        return [self._account_limit(entry) for entry in bodies.array("account_limits", value, most)]

    def _account_limit(self, entry: Any) -> Json:
        bodies.require(bodies.record("account_limits", entry), "account_id", "daily_limit")
        return {
            "account_id": self._uuid("account_limits", entry["account_id"]),
            "daily_limit": bodies.whole("account_limits", entry["daily_limit"], 1, 500),
        }

    def _sender_account_ids(self, value: Any) -> list[str]:
        given = bodies.array("sender_account_ids", value)
        if "senders_any_text" in self.faults:
            return [bodies.text("sender_account_ids", key) for key in given]
        return [self._uuid("sender_account_ids", key) for key in given]

    def _uuid(self, about: str, value: Any) -> str:
        key = bodies.matching(about, value, UUID)
        return key.lower() if "uuid_lowercase" in self.readings else key

    def _sequence_nodes(self, value: Any) -> list[Json]:
        return [self._node(entry) for entry in bodies.array("sequence_nodes", value)]

    def _node(self, entry: Any) -> Json:
        about = "sequence_nodes"
        bodies.require(bodies.record(about, entry), "type")
        checks: dict[str, Check] = {
            "id": lambda value: self._uuid(about, value),
            "position": lambda value: bodies.whole(about, value),
            "type": lambda value: bodies.choice(about, value, NODE_TYPES),
            "subject": lambda value: bodies.text(about, value),
            "body": lambda value: bodies.text(about, value),
            "include_message": lambda value: bodies.truth(about, value),
            "is_reply": lambda value: bodies.truth(about, value),
            "ai_node": lambda value: bodies.record(about, value),
        }
        amounts: dict[str, Check] = {d: lambda value: bodies.whole(about, value, 0) for d in DELAYS}
        return bodies.checked(entry, checks | amounts)

    def _delays(self, nodes: list[Json]) -> None:
        delays = [node for node in nodes if node["type"] == "delay"]
        if "delay_only_first" in self.faults:
            delays = delays[:1]
        least, most = self._delay_bounds()
        for delay in delays:
            if not least <= self._minutes(delay) <= most:
                raise Refused(400, "Delay must total 1 minute to 30 days", "delay")

    def _minutes(self, delay: Json) -> int:
        days, hours, minutes = (int(delay.get(amount, 0)) for amount in DELAYS)
        if "delay_no_hours" in self.faults:
            hours = 0
        return days * 1440 + hours * 60 + minutes

    def _delay_bounds(self) -> tuple[int, int]:
        least, most = 1, 30 * 1440
        if "delay_31d" in self.faults:
            most = 31 * 1440
        if "delay_off_by_one" in self.faults:
            most += 1
        if "delay_30d_refused" in self.faults:
            most -= 1
        if "delay_zero" in self.faults:
            least = 0
        if "delay_one_minute_refused" in self.faults:
            least = 2
        return least, most
