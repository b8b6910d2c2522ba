"""AutoSend's campaign API as a backend developer would write it, with switchable faults."""

import math
import secrets
from copy import deepcopy
from typing import Any, ClassVar

from tests.faulty import bodies
from tests.faulty.autosend_faults import FAULTS, READINGS
from tests.faulty.bodies import Check, Json, Refused
from tests.faulty.clock import after, iso
from tests.faulty.limits import Window
from tests.faulty.serving import Backend, Operation, Reply, Request, operation

__all__ = ["FAULTS", "READINGS", "SERVER", "AutoSend"]

_FIXTURES = {
    "draft": ("draft", "immediate"),
    "paused_immediate": ("paused", "immediate"),
    "paused_gradual": ("paused", "gradual"),
    "sending": ("sending", "immediate"),
    "sending_gradual": ("sending_gradual", "gradual"),
    "sent": ("sent", "immediate"),
    "scheduled": ("scheduled", "scheduled"),
    "aborted": ("aborted", "immediate"),
}
_LOCKED = ("sending", "sending_gradual", "sent", "aborted")


class AutoSend(Backend):
    """Campaigns from draft to sent, under a limit of two requests a second."""

    prefix: ClassVar[str] = "/v1"
    token = "AS_troth_0123456789"

    def __init__(self, *settings: Any) -> None:
        super().__init__(*settings)
        self.gone: set[str] = set()
        self.window = Window(2, self.clock, self.faults, self.readings)
        for place, (name, (status, mode)) in enumerate(_FIXTURES.items(), 1):
            key = f"60d5ec49f1b2c72d9c8b456{place}"
            day = f"2026-03-0{place}T10:00:00.000Z"
            row = self._campaign(key, {"name": f"Spring {name}", "sendMode": mode}, day)
            row |= {"status": status, "previewText": "This weekend only", "trackingOpen": True}
            self.table.rows[key] = row
            self.fixtures[name] = key

    def operations(self) -> list[Operation]:
        """List the operations."""
        return [
            operation("list", "GET /v1/campaigns", self.index),
            operation("create", "POST /v1/campaigns", self.create),
            operation("get", "GET /v1/campaigns/{id}", self.get),
            operation("patch", "PATCH /v1/campaigns/{id}", self.patch),
            operation("delete", "DELETE /v1/campaigns/{id}", self.delete),
            operation("duplicate", "POST /v1/campaigns/{id}/duplicate", self.duplicate),
            operation("abort", "POST /v1/campaigns/{id}/abort", self.abort),
            operation("pause", "POST /v1/campaigns/{id}/pause", self.pause),
            operation("resume", "POST /v1/campaigns/{id}/resume", self.resume),
        ]

    def refusal(self, refused: Refused) -> Reply:
        """Answer {success: false, message: text}."""
        status = refused.status
        if "invalid_422" in self.readings and refused.about:
            status = 422
        body = {"success": "error_success_true" in self.faults, "message": refused.message}
        if "error_without_message" in self.faults:
            del body["message"]
        if not refused.retry_after:
            return Reply(status, body)
        retry = {} if "no_retry_after" in self.readings else {"Retry-After": str(refused.retry_after)}
        return Reply(status, body | {"retryAfter": refused.retry_after}, retry)

    def answer(self, request: Request) -> Reply:
        """Let scheduled campaigns start, then answer one call."""
        self._start_due()
        reply = super().answer(request)
        self.window.note(reply.status)
        return reply

    def admit(self, found: Operation) -> None:
        """Refuse the call if two came within the last second."""
        self.window.admit(found.name)

    def _start_due(self) -> None:
        now = self.clock.seconds()
        for row in self.table.all():
            since = now - row.get("_at", now)
            if row["status"] == "scheduled" and since >= 120 and "never_starts" not in self.faults:
                gradual = row["sendMode"] == "gradual"
                self._store(row | {"status": "sending_gradual" if gradual else "sending", "_at": now})
            elif "finishes" in self.readings and row["status"].startswith("sending") and since >= 600:
                self._store(row | {"status": "sent"})

    def get(self, request: Request, key: str) -> Reply:
        """Show one campaign."""
        row = self._existing(key)
        if "get_writes" in self.faults:
            self._store(row)
        if "get_stale" in self.faults:
            row = self.table.older(key) or row
        if "resume_lost" in self.faults and row["status"].startswith("sending"):
            self.table.revert(key)
            row = self._existing(key)
        shown = self._show(row)
        if "get_lacks_id" in self.faults:
            del shown["campaignId"]
        return self._ok(shown)

    def index(self, request: Request, key: str) -> Reply:
        """Show a page of the campaigns, filtered by status."""
        page = self._count(request, "page", 1, 1_000_000)
        size = self._count(request, "limit", 10, 100)
        rows = self._filtered(request.query.get("status"))
        first = (page - 1) * size
        if "list_ignores_page" in self.faults:
            first = 0
        if "list_pages_overlap" in self.faults:
            first -= 1 if first else 0
        shown = rows[first : first + size + ("list_one_more" in self.faults)]
        total = len(shown) if "list_total_of_page" in self.faults else len(rows)
        pages = len(rows) // size if "list_pages_floor" in self.faults else math.ceil(total / size)
        pagination = {"page": page, "limit": size, "total": total, "totalPages": pages}
        return self._ok({"campaigns": [self._show(row) for row in shown], "pagination": pagination})

    def _filtered(self, status: str | None) -> list[Json]:
        rows = self.table.all()
        if "delete_hides" in self.faults:
            rows = [row for row in rows if row["campaignId"] not in self.gone]
        if "list_lacks_paused" in self.faults:
            rows = [row for row in rows if row["status"] != "paused"]
        if status is not None and "list_ignores_status" not in self.faults:
            rows = [row for row in rows if row["status"] == status]
        if "newest_first" in self.readings:
            rows.sort(key=lambda row: row["createdAt"], reverse=True)
        return rows

    def _count(self, request: Request, name: str, default: int, most: int) -> int:
        given = request.query.get(name, str(default))
        if not given.isascii() or not given.isdecimal() or len(given) > 9:
            bodies.invalid(name, "must be a positive integer")
        return bodies.whole(name, int(given), 1, most)

    def resume(self, request: Request, key: str) -> Reply:
        """Let a paused campaign send again, in its send mode."""
        row = self._existing(key)
        if row["status"] not in self._resumable():
            return self._refuse_resume(row)
        before = deepcopy(row)
        if "resume_noop" not in self.faults:
            row["status"] = self._sending(row["sendMode"] == "gradual")
        self._spoil_resume(row)
        if "resume_keeps_updated" in self.faults:
            self.table.save(key, row)
        elif "resume_not_stored" not in self.faults:
            self._store(row)
        return self._resumed(self._show(before if "resume_stale_body" in self.faults else row))

    def _resumable(self) -> set[str]:
        states = {"paused"}
        if "resume_any" in self.faults:
            states |= {"draft", "scheduled", "sending", "sending_gradual", "sent"}
        if "resume_sent" in self.faults:
            states |= {"sent"}
        if "resume_aborted" in self.faults:
            states |= {"aborted"}
        if "resume_twice" in self.faults:
            states |= {"sending", "sending_gradual"}
        return states

    def _sending(self, gradual: bool) -> str:
        if "always_sending" in self.faults:
            gradual = False
        if "always_gradual" in self.faults:
            gradual = True
        if "swapped" in self.faults:
            gradual = not gradual
        return "sending_gradual" if gradual else "sending"

    def _refuse_resume(self, row: Json) -> Reply:
        message = "Only paused campaigns can be resumed"
        if "resume_refused_applies" in self.faults:
            self._store(row | {"status": "sending"})
        if "resume_refused_200" in self.faults:
            return Reply(200, {"success": False, "message": message})
        if "resume_refused_500" in self.faults:
            raise Refused(500, message)
        raise self._wrong_state(message)

    def _wrong_state(self, message: str) -> Refused:
        if "wrong_state_409" in self.faults:
            return Refused(409, message)
        return Refused(422 if "wrong_state_422" in self.readings else 400, message)

    def _spoil_resume(self, row: Json) -> None:
        if "resume_resets_tracking" in self.faults:
            row["trackingOpen"] = False
        if "resume_changes_mode" in self.faults:
            row["sendMode"] = "immediate"
        if "resume_moves_created" in self.faults:
            row["createdAt"] = iso(self.clock.now())
        if "resume_all_campaigns" in self.faults:
            for other in self.table.all():
                if other["status"] == "paused":
                    self._store(other | {"status": "sending"})

    def _resumed(self, shown: Json) -> Reply:
        if "resume_bare" in self.faults:
            return Reply(200, shown)
        if "resume_no_data" in self.faults:
            return Reply(200, {"success": True})
        if "resume_success_false" in self.faults:
            return Reply(200, {"success": False, "data": shown})
        return self._ok(shown)

    def pause(self, request: Request, key: str) -> Reply:
        """Stop a campaign that is sending."""
        row = self._existing(key)
        if row["status"] not in self._pausable():
            raise self._wrong_state("Only campaigns that are sending can be paused")
        if "pause_noop" in self.faults:
            return self._ok(self._show(row))
        row["status"] = "paused"
        if "pause_forgets_mode" in self.faults:
            row["sendMode"] = "immediate"
        if "pause_empties_subject" in self.faults:
            row["subject"] = ""
        if "pause_not_stored" not in self.faults:
            self._store(row)
        return self._ok(self._show(row))

    def _pausable(self) -> set[str]:
        states = {"sending", "sending_gradual"}
        if "pause_gradual_refused" in self.faults:
            states -= {"sending_gradual"}
        if "pause_draft" in self.faults:
            states |= {"draft"}
        if "pause_scheduled" in self.readings:
            states |= {"scheduled"}
        return states

    def create(self, request: Request, key: str) -> Reply:
        """Create a draft, or a campaign that is published and so scheduled."""
        body = bodies.parse(request.raw)
        bodies.require(body, "name", "subject")
        given = bodies.checked(body, self._fields())
        row = self._campaign(secrets.token_hex(12), given, iso(self.clock.now()))
        alone = row["sendMode"] != "scheduled" and "publish_alone_waits" not in self.readings
        if given.get("publish") and (given.get("sendNow") or alone):
            row["_at"] = self.clock.seconds()
        self._spoil_new(row)
        if "create_not_stored" not in self.faults:
            self.table.save(row["campaignId"], row)
        return self._ok(self._show(row), 201)

    def _fields(self) -> dict[str, Check]:
        on = self.faults
        least, most = int("name_empty" not in on), 200 + ("name_201" in on)
        most -= "name_200_refused" in on
        subject = 998 + ("subject_999" in on) - ("subject_998_refused" in on)
        preview = 200 + ("preview_201" in on)
        return {
            "name": lambda value: bodies.text("name", value, least, most),
            "subject": lambda value: bodies.text("subject", value, 1, subject),
            "previewText": lambda value: bodies.text("previewText", value, 0, preview),
            "sendMode": self._mode,
            "trackingClick": lambda value: bodies.truth("trackingClick", value),
            "trackingOpen": lambda value: bodies.truth("trackingOpen", value),
            "publish": lambda value: bodies.truth("publish", value),
            "sendNow": lambda value: bodies.truth("sendNow", value),
        }

    def _mode(self, value: Any) -> str:
        if "create_any_mode" in self.faults:
            return bodies.text("sendMode", value)
        return bodies.choice("sendMode", value, ("immediate", "scheduled", "gradual"))

    def _campaign(self, key: str, given: Json, now: str) -> Json:
        default = "scheduled" if "create_mode_scheduled" in self.faults else "immediate"
        return {
            "campaignId": key,
            "name": given["name"],
            "subject": given.get("subject", "Do not miss our sale"),
            "previewText": given.get("previewText", ""),
            "status": "scheduled" if given.get("publish") else "draft",
            "sendMode": given.get("sendMode", default),
            "trackingClick": given.get("trackingClick", True),
            "trackingOpen": given.get("trackingOpen", True),
            "createdAt": now,
            "updatedAt": now,
        }

    def _spoil_new(self, row: Json) -> None:
        if "create_sending" in self.faults:
            row["status"] = "sending"
        if "create_forgets_preview" in self.faults:
            row["previewText"] = ""
        if "create_inverts_tracking" in self.faults:
            row["trackingClick"] = not row["trackingClick"]
        if "create_forgets_mode" in self.faults:
            row["sendMode"] = "immediate"

    # Changing, copying, ending

    def patch(self, request: Request, key: str) -> Reply:
        """Write the fields that are sent."""
        row = self._existing(key)
        fields = self._fields()
        if "patch_name_201" in self.faults:
            fields["name"] = lambda value: bodies.text("name", value, 1, 201)
        change = bodies.checked(bodies.parse(request.raw), {f: fields[f] for f in _EDITABLE})
        if row["status"] in _LOCKED and "patch_locked_rejected" in self.readings:
            raise self._wrong_state("The campaign cannot be changed any more")
        if row["status"] in _LOCKED and "patch_locked_ignored" in self.readings:
            return self._ok(self._show(row))
        row |= change
        self._spoil_patch(row, change, key)
        if "patch_keeps_updated" in self.faults:
            self.table.save(row["campaignId"], row)
        elif "patch_not_stored" not in self.faults:
            self._store(row)
        return self._ok(self._show(row))

    def _spoil_patch(self, row: Json, change: Json, key: str) -> None:
        for fault, field in _UNWRITTEN.items():
            if fault in self.faults:
                row[field] = self._existing(key)[field]
        if "patch_resets_preview" in self.faults and "previewText" not in change:
            row["previewText"] = ""
        if "patch_resets_tracking" in self.faults and "trackingOpen" not in change:
            row["trackingOpen"] = False
        if "patch_publishes" in self.faults and row["status"] == "draft":
            row["status"] = "scheduled"
        if "patch_others" in self.faults and "name" in change:
            for other in self.table.all():
                self._store(other | {"name": change["name"]})
        if "patch_new_id" in self.faults and "subject" in change:
            del self.table.rows[key]
            row["campaignId"] = secrets.token_hex(12)

    def delete(self, request: Request, key: str) -> Reply:
        """Remove a campaign for good."""
        if not ("delete_twice" in self.faults and key in self.gone):
            self._existing(key)
        self.gone.add(key)
        if "delete_other" in self.faults:
            key = next(reversed(self.table.rows))
        if "delete_neighbour" in self.faults:
            later = [other for other in self.table.rows if other > key]
            self.table.rows.pop(later[0] if later else "", None)
        if not self.faults & {"delete_noop", "delete_hides", "delete_listed"}:
            self.table.rows.pop(key, None)
        if "delete_204" in self.readings:
            return Reply(204)
        return Reply(200, {"success": "delete_success_false" not in self.faults})

    def duplicate(self, request: Request, key: str) -> Reply:
        """Make a draft with the content of a campaign."""
        source = self._existing(key)
        if "duplicate_sent_refused" in self.faults and source["status"] == "sent":
            raise self._wrong_state("A sent campaign cannot be copied")
        now = iso(self.clock.now())
        copy = source | {"campaignId": secrets.token_hex(12), "status": "draft", "createdAt": now}
        copy |= {"name": self._copied(source["name"]), "updatedAt": now}
        copy.pop("_at", None)
        self._spoil_copy(copy, source)
        if "duplicate_not_stored" not in self.faults:
            self.table.save(copy["campaignId"], copy)
        if "duplicate_empty" in self.faults:
            return Reply(201, {"success": True})
        return self._ok(self._show(copy), 200 if "duplicate_200" in self.readings else 201)

    def _copied(self, name: str) -> str:
        if "copy_same_name" in self.readings:
            return name
        return f"{self.clock.seconds():.3f}" if "copy_numbered" in self.readings else f"{name[:193]} (copy)"

    def _spoil_copy(self, copy: Json, source: Json) -> None:
        if "duplicate_same_id" in self.faults:
            copy["campaignId"] = source["campaignId"]
        if "duplicate_keeps_status" in self.faults:
            copy["status"] = source["status"]
        if "duplicate_changes_source" in self.faults:
            self._store(source | {"subject": "Copied"})
        if "duplicate_forgets_subject" in self.faults:
            copy["subject"] = "Subject"
        if "duplicate_forgets_tracking" in self.faults:
            copy["trackingClick"] = not copy["trackingClick"]
        if "duplicate_forgets_mode" in self.faults:
            copy["sendMode"] = "immediate"

    def abort(self, request: Request, key: str) -> Reply:
        """Stop a campaign that is sending, for good."""
        row = self._existing(key)
        if row["status"] not in self._abortable():
            raise self._wrong_state("Only campaigns that are sending can be aborted")
        if "abort_noop" not in self.faults:
            row["status"] = "paused" if "abort_to_paused" in self.faults else "aborted"
        if "abort_renames" in self.faults:
            row["name"] = f"Aborted: {row['name'][:150]}"
        if "abort_all" in self.faults:
            for other in self.table.all():
                if other["status"].startswith("sending"):
                    self._store(other | {"status": "aborted"})
        if "abort_not_stored" not in self.faults:
            self._store(row)
        return self._ok(self._show(row))

    def _abortable(self) -> set[str]:
        states = {"sending", "sending_gradual"}
        if "abort_gradual_refused" in self.faults:
            states -= {"sending_gradual"}
        for name, state in _ALSO_ABORTED.items():
            if name in self.faults | self.readings:
                states |= {state}
        return states

    # Shared

    def _existing(self, key: str) -> Json:
        row = self.table.find(key)
        if row and not ("delete_listed" in self.faults and key in self.gone):
            return row
        if "unknown_500" in self.faults:
            raise Refused(500, "Internal server error")
        raise Refused(400 if "unknown_id_400" in self.readings else 404, "Campaign not found")

    def _store(self, row: Json) -> None:
        row["updatedAt"] = after(row["updatedAt"], self.clock.now())
        self.table.save(row["campaignId"], row)

    def _show(self, row: Json) -> Json:
        shown = {name: value for name, value in row.items() if not name.startswith("_")}
        if "whole_second_timestamps" in self.readings:
            shown |= {name: row[name][:19] + "Z" for name in ("createdAt", "updatedAt")}
        if "id_beside_campaign_id" in self.readings:
            shown["id"] = row["campaignId"]
        if "get_tracking_text" in self.faults:
            shown["trackingOpen"] = str(row["trackingOpen"]).lower()
        return shown

    def _ok(self, data: Json, status: int = 200) -> Reply:
        note = {"message": "Done"} if "message_beside_data" in self.readings else {}
        return Reply(status, {"success": True, "data": data} | note)


_EDITABLE = ("name", "subject", "previewText", "sendMode", "trackingClick", "trackingOpen")
_UNWRITTEN = {
    "patch_ignores_subject": "subject",
    "patch_ignores_tracking": "trackingClick",
    "patch_ignores_mode": "sendMode",
}
_ALSO_ABORTED = {
    "abort_draft": "draft",
    "abort_sent": "sent",
    "abort_twice": "aborted",
    "abort_scheduled": "scheduled",
    "abort_paused": "paused",
}
SERVER = AutoSend
