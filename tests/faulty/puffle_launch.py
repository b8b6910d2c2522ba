"""Launching a Puffle campaign: is it ready, start it, and who sends it."""

import uuid

from tests.faulty.bodies import Json, Refused
from tests.faulty.puffle_data import DELAYS, stats
from tests.faulty.puffle_desk import Part
from tests.faulty.serving import Operation, Reply, Request, operation

_SENDABLE = {"connection_request", "message", "email", "ai"}
_TEXTS = {"email": ("subject", "body"), "message": ("body",)}
_OPENED = {"launch_paused": "paused", "launch_active": "active", "launch_completed": "completed"}
_SECONDS = 3


class Launch(Part):
    """The way from draft over launching to active."""

    def operations(self) -> list[Operation]:
        """List the operations."""
        return [
            operation("validate", "GET /api/campaigns/{id}/validate", self.validate),
            operation("launch", "POST /api/campaigns/{id}/launch", self.launch),
            operation("senders", "GET /api/campaigns/{id}/senders", self.senders),
        ]

    def settle(self) -> None:
        """Let campaigns become active that were launched some seconds ago."""
        for row in self.desk.table.all():
            since = self.desk.clock.seconds() - row.get("_launched", 0)
            wait = 60 if "slow_start" in self.on else _SECONDS
            if row["status"] != "launching" or since < wait or "launch_never_active" in self.on:
                continue
            row["status"] = "active"
            if "start_renames" in self.on:
                row["name"] += " (live)"
            if "start_keeps_updated_at" in self.on:
                self.desk.table.save(row["id"], row)
            else:
                self.desk.store(row)

    # What is ready

    def validate(self, request: Request, key: str) -> Reply:
        """Say what is ready and what is not."""
        row = self.desk.existing(key)
        checks, errors = self._checks(row), self._errors(row)
        ready = not errors
        if "validate_launches" in self.on and ready:
            self.desk.store(row | {"status": "launching", "_launched": self.desk.clock.seconds()})
        if "validate_writes" in self.on:
            self.desk.store(row)
        if "validate_always_ready" in self.on:
            ready, errors = True, []
        body = {"ready": ready, "checks": checks, "errors": errors, "warnings": []}
        if "validate_no_checks" in self.on:
            del body["checks"]
        return self.desk.ok(body)

    def _checks(self, row: Json) -> Json:
        messages = 0 if row["status"] == "draft" else row["_left"]
        wrong = 1 if "validate_wrong_count" in self.on else 0
        return {
            "is_draft": row["status"] == "draft" or "validate_draft_any" in self.on,
            "has_sender_accounts": bool(row["sender_accounts"]) or "validate_no_senders" in self.on,
            "sender_accounts_ready": all(one["status"] == "active" for one in row["sender_accounts"]),
            "has_prospects": row["_left"] > 0 or "validate_no_leads" in self.on,
            "prospect_count": row["_left"] + wrong,
            "has_sendable_nodes": self._sendable(row) or "validate_not_sendable" in self.on,
            "all_nodes_have_content": not self._empty(row) or "validate_no_content" in self.on,
            "messages_generated": messages > 0,
            "message_count": messages,
        }

    def _errors(self, row: Json) -> list[str]:
        if row["status"] != "draft":
            texts = [f"Campaign is {row['status']} — must be draft to launch"]
            if "validate_wrong_text" in self.on:
                texts = ["Campaign is no draft"]
            return [] if "validate_says_nothing" in self.on else texts
        found = [
            (not row["sender_accounts"], "No sender accounts", "validate_no_senders"),
            (not row["_left"], "No pending prospects", "validate_no_leads"),
            (not self._sendable(row), "No sendable nodes", "validate_not_sendable"),
            (bool(self._empty(row)), f"Nodes without content: {self._empty(row)}", "validate_no_content"),
            ("validate_delays" in self.on and not self._in_bounds(row), "Delay out of bounds", ""),
        ]
        return [text for broken, text, fault in found if broken and fault not in self.on]

    def _sendable(self, row: Json) -> bool:
        return any(one["type"] in _SENDABLE for one in row["_nodes"])

    def _empty(self, row: Json) -> list[int]:
        """Give the positions of the nodes without content."""
        asked = {**_TEXTS, "email": ("body",)} if "launch_no_subject" in self.on else _TEXTS
        found = [
            one for one in row["_nodes"] if any(not one.get(text) for text in asked.get(one["type"], ()))
        ]
        return [one["position"] for one in found]

    def _in_bounds(self, row: Json) -> bool:
        most = 43200 + ("launch_delay_off_by_one" in self.on) - ("launch_30d_refused" in self.on)
        delays = [one for one in row["_nodes"] if one["type"] == "delay"]
        if "launch_only_first_delay" in self.on:
            delays = delays[:1]
        totals = [self._minutes(one) for one in delays]
        longest = 10**9 if "launch_long_delay" in self.on else most
        least = 0 if "launch_zero_delay" in self.on else 1
        return all(least <= total <= longest for total in totals)

    @staticmethod
    def _minutes(delay: Json) -> int:
        days, hours, minutes = (int(delay.get(amount, 0)) for amount in DELAYS)
        return days * 1440 + hours * 60 + minutes

    # Starting

    def launch(self, request: Request, key: str) -> Reply:
        """Check a draft and start it."""
        row = self.desk.existing(key)
        try:
            self._refuse(row)
        except Refused:
            if "launch_refused_applies" in self.on and row["status"] == "draft":
                self.desk.store(row | {"status": "launching", "_launched": self.desk.clock.seconds()})
            raise
        count = row["_left"]
        row["status"] = "active" if "launch_at_once" in self.on else "launching"
        row |= {"_launched": self.desk.clock.seconds(), "stats": stats(row["_left"])}
        self._spoil(row)
        if "launch_not_stored" not in self.on:
            self.desk.store(row)
        body = {
            "success": "launch_success_false" not in self.on,
            "message": "Campaign launch started",
            "runId": f"run_{uuid.uuid4().hex[:12]}",
            "prospectsToProcess": count + ("launch_wrong_count" in self.on),
        }
        if "launch_no_run" in self.on:
            del body["runId"]
        return self.desk.ok(body)

    def _refuse(self, row: Json) -> None:
        status = row["status"]
        if status == "launching" and "launch_twice" not in self.on:
            raise Refused(
                400 if "launch_twice_400" in self.on else 409, "Campaign launch already in progress"
            )
        allowed = {"draft", "launching"} | {state for fault, state in _OPENED.items() if fault in self.on}
        if status not in allowed:
            text = f"Campaign is {status} — must be draft to launch"
            raise Refused(400, "Not a draft" if "launch_wrong_text" in self.on else text)
        if "launch_linkedin_refused" in self.on and row["type"] == "linkedin":
            raise Refused(400, "LinkedIn campaigns cannot be launched")
        if status != "completed":
            self._refuse_unready(row)

    def _refuse_unready(self, row: Json) -> None:
        if not row["sender_accounts"] and "launch_no_senders" not in self.on:
            raise Refused(400, "No sender accounts")
        if not row["_left"] and "launch_no_leads" not in self.on:
            raise Refused(400, "No pending prospects")
        if not self._sendable(row) and "launch_not_sendable" not in self.on:
            raise Refused(400, "No sendable nodes")
        if self._empty(row) and "launch_no_content" not in self.on:
            raise Refused(400, f"Nodes without content: {self._empty(row)}")
        if not self._in_bounds(row):
            raise Refused(400, "Delay must total 1 minute to 30 days")

    def _spoil(self, row: Json) -> None:
        if "launch_resets_limit" in self.on:
            row["daily_limit"] = 31
        if "launch_renames" in self.on:
            row["name"] += " (launched)"
        if "launch_drops_end" in self.on:
            row["_nodes"] = row["_nodes"][:-1]
        if "launch_all" in self.on:
            for other in self.desk.table.all():
                if other["status"] == "draft" and other["id"] != row["id"]:
                    self.desk.store(other | {"status": "active"})

    # Who sends

    def senders(self, request: Request, key: str) -> Reply:
        """List the sender accounts with their limits."""
        row = self.desk.existing(key)
        if "senders_write" in self.on:
            self.desk.store(row)
        accounts = row["sender_accounts"]
        if "senders_lack_one" in self.on:
            accounts = accounts[1:]
        if "senders_without_limits" in self.on:
            accounts = [one | {"daily_limit": 0} for one in accounts]
        other = "email" if row["type"] == "linkedin" else "linkedin"
        body = {
            "senders": accounts,
            "campaign_total_sent": (row["stats"] or {}).get("sent", 0),
            "campaign_type": other if "senders_wrong_type" in self.on else row["type"],
        }
        if "senders_no_total" in self.on:
            del body["campaign_total_sent"]
        return self.desk.ok(body)
