"""AutoSend's campaign API as a backend developer would write it, with switchable faults."""

import math
import secrets
from copy import deepcopy
from typing import Any, ClassVar

from tests.faulty import bodies
from tests.faulty.bodies import Check, Json, Refused
from tests.faulty.clock import after, iso
from tests.faulty.serving import Backend, Fault, Operation, Reply, Request, catalogue, operation

FAULTS: dict[str, Fault] = catalogue(
    {
        "resume_noop": "Resuming a paused campaign makes it send again.",
        "resume_not_stored": "A campaign that was answered as sending is read as sending.",
        "resume_stale_body": "The response to resuming shows the status after it.",
        "resume_lost": "A resumed campaign keeps sending when it is read.",
        "always_sending": "A gradual campaign resumes to sending_gradual.",
        "always_gradual": "An immediate campaign resumes to sending.",
        "swapped": "The send mode decides between sending and sending_gradual.",
        "resume_any": "Only a paused campaign can be resumed.",
        "resume_sent": "Only a paused campaign can be resumed: not a sent one.",
        "resume_twice": "A campaign that is sending cannot be resumed again.",
        "resume_refused_200": "A refused resume is not answered with 200.",
        "resume_refused_500": "A refused resume is not a server error.",
        "resume_refused_applies": "A refused resume changes nothing.",
        "resume_success_false": "A resume that worked answers success: true.",
        "resume_bare": "Resuming answers {success, data}.",
        "resume_no_data": "Resuming answers with the campaign under data.",
        "resume_resets_tracking": "Resuming continues where it stopped, with the same settings.",
        "resume_changes_mode": "Resuming keeps sendMode.",
        "resume_all_campaigns": "Resuming one campaign leaves the others alone.",
        "resume_moves_created": "createdAt is the time of creation.",
        "resume_unauthenticated": "Resuming needs a bearer token.",
        "pause_noop": "Pausing makes the campaign paused.",
        "pause_not_stored": "A campaign that was answered as paused is read as paused.",
        "pause_forgets_mode": "Pausing loses nothing: a gradual campaign stays gradual.",
        "pause_empties_subject": "Pausing loses nothing: the subject stays.",
        "pause_gradual_refused": "A gradual campaign can be paused.",
        "get_writes": "Reading changes nothing.",
        "get_stale": "A read shows the latest write.",
        "get_unauthenticated": "Reading needs a bearer token.",
        "any_token": "A wrong bearer token is refused.",
        "get_tracking_text": "trackingOpen is a boolean.",
        "get_lacks_id": "The campaign carries its campaignId.",
        "list_ignores_status": "The status parameter filters the list.",
        "list_ignores_page": "The page parameter selects the page.",
        "list_one_more": "A page has at most limit campaigns.",
        "list_total_of_page": "total counts all campaigns, not those of the page.",
        "list_pages_floor": "totalPages covers the campaigns of the last page too.",
        "list_lacks_paused": "The list holds every campaign.",
        "create_sending": "A new campaign is a draft unless it is published.",
        "create_not_stored": "A new campaign can be read.",
        "create_forgets_preview": "previewText is stored at creation.",
        "create_inverts_tracking": "trackingClick is stored as given.",
        "create_forgets_mode": "sendMode is stored at creation.",
        "create_any_mode": "sendMode is immediate, scheduled or gradual.",
        "name_201": "The name has at most 200 characters.",
        "name_200_refused": "The name may have 200 characters.",
        "name_empty": "The name has at least one character.",
        "subject_999": "The subject has at most 998 characters.",
        "subject_998_refused": "The subject may have 998 characters.",
        "preview_201": "previewText has at most 200 characters.",
    },
    {
        "pause_draft": "Only a campaign that is sending can be paused.",
        "wrong_state_409": "A call in the wrong state answers 400.",
        "unknown_500": "A campaign that does not exist answers 404.",
        "resume_keeps_updated": "Resuming changes updatedAt.",
        "create_mode_scheduled": "sendMode is immediate unless given.",
        "error_success_true": "An error body says success: false.",
        "error_without_message": "An error body has a message.",
    },
    {"list_pages_overlap": "Pages do not overlap."},
)

READINGS: dict[str, str] = {
    "wrong_state_422": "A call in the wrong state answers 422.",
    "invalid_422": "An invalid body answers 422.",
    "unknown_id_400": "An unknown id answers 400.",
    "unauthorized_403": "A wrong token answers 403.",
    "message_beside_data": "Successful answers carry a message beside data.",
    "id_beside_campaign_id": "Campaigns carry their id under id as well.",
    "newest_first": "The list is sorted by creation, newest first.",
    "whole_second_timestamps": "Timestamps have whole seconds, so quick writes share one.",
    "pause_scheduled": "A scheduled campaign can be paused too.",
}

_FIXTURES = {
    "draft": ("draft", "immediate"),
    "paused_immediate": ("paused", "immediate"),
    "paused_gradual": ("paused", "gradual"),
    "sending": ("sending", "immediate"),
    "sending_gradual": ("sending_gradual", "gradual"),
    "sent": ("sent", "immediate"),
    "scheduled": ("scheduled", "scheduled"),
}


class AutoSend(Backend):
    """Resume and pause, and what a tester needs to create and read campaigns."""

    prefix: ClassVar[str] = "/v1"
    token = "AS_troth_0123456789"

    def __init__(self, *settings: Any) -> None:
        super().__init__(*settings)
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
        return Reply(status, body)

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

    def _existing(self, key: str) -> Json:
        row = self.table.find(key)
        if row:
            return row
        if "unknown_500" in self.faults:
            raise Refused(500, "Internal server error")
        raise Refused(400 if "unknown_id_400" in self.readings else 404, "Campaign not found")

    def _store(self, row: Json) -> None:
        row["updatedAt"] = after(row["updatedAt"], self.clock.now())
        self.table.save(row["campaignId"], row)

    def _show(self, row: Json) -> Json:
        shown = dict(row)
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


SERVER = AutoSend
