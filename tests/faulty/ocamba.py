"""Ocamba's campaign API as a backend developer would write it, with switchable faults."""

import re
import uuid
from datetime import UTC, datetime
from typing import Any, ClassVar

from tests.faulty import bodies
from tests.faulty.bodies import Check, Json, Refused
from tests.faulty.ocamba_changes import Changes, labels, reason
from tests.faulty.ocamba_faults import FAULTS, READINGS
from tests.faulty.serving import Backend, Operation, Reply, Request, operation

__all__ = ["FAULTS", "READINGS", "SERVER", "Ocamba"]

_FORMAT = "%Y-%m-%d %H:%M:%S"
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_FIXTURES = ("draft", "manual", "scheduled", "running", "paused", "canceled", "sent", "needs_decision")
_TITLES = {
    400: "Bad request.",
    401: "Unauthorized.",
    403: "Forbidden.",
    404: "Not found.",
    405: "Method not allowed.",
    409: "Conflict.",
    429: "Too many requests.",
    500: "Internal server error.",
    503: "Service unavailable.",
}


class Ocamba(Backend):
    """Campaigns from draft to sent or canceled, under two quotas."""

    prefix: ClassVar[str] = "/v1"
    token = "ocamba-troth-0123456789"

    def __init__(self, *settings: Any) -> None:
        super().__init__(*settings)
        self.calls: list[tuple[str, float]] = []
        self.used_up: set[float] = set()
        self.changes = Changes(self)
        for place, status in enumerate(_FIXTURES, 1):
            key = str(1000240 + place)
            row = self._campaign(key, {"name": f"Push {status}"}, f"2025-01-0{place} 08:00:00")
            row |= {"status": status, "description": "A fixture", "run_counter": place}
            row |= {"labels": ["cars", "bmw"], "metadata": {"team": "retention", "goal": {"visits": 5}}}
            row["next_run_time"] = "2030-12-01 09:00:00" if status == "scheduled" else None
            self.table.rows[key] = row
            self.fixtures[status] = key

    def operations(self) -> list[Operation]:
        """List the operations."""
        return [
            operation("list", "GET /v1/hood/campaigns", self.index),
            operation("create", "POST /v1/hood/campaigns", self.create),
            operation("get", "GET /v1/hood/campaigns/{id}", self.get),
            operation("patch", "PATCH /v1/hood/campaigns/{id}", self.changes.patch),
            operation("cancel", "POST /v1/hood/campaigns/{id}/cancel", self.changes.cancel),
            operation("pause", "POST /v1/hood/campaigns/{id}/pause", self.pause),
            operation("resume", "POST /v1/hood/campaigns/{id}/resume", self.resume),
        ]

    # Refusals and quotas

    def refusal(self, refused: Refused) -> Reply:
        """Answer {code, title, message, trace_id}."""
        status = refused.status
        body: Json = {"code": status, "title": _TITLES[status]}
        body |= {"message": refused.message, "trace_id": str(uuid.uuid4())}
        if status == 400 and "refusal_wrong_message" not in self.faults:
            body["message"] = "The request body is not valid."
        if status == 500 or (status != 400 and "bare_refusals" in self.readings):
            del body["message"]
        self._spoil_refusal(body)
        retry = {"Retry-After": str(refused.retry_after)} if refused.retry_after else {}
        return Reply(status, body, {} if "no_retry_after" in self.readings else retry)

    def _spoil_refusal(self, body: Json) -> None:
        if "refusal_code_text" in self.faults:
            body["code"] = str(body["code"])
        if "refusal_code_wrong" in self.faults:
            body["code"] = 1
        if "refusal_no_trace" in self.faults:
            del body["trace_id"]
        if "refusal_trace_number" in self.faults:
            body["trace_id"] = "4711"
        if "refusal_wrong_title" in self.faults:
            body["title"] = "Invalid."

    def answer(self, request: Request) -> Reply:
        """Answer one call, and take refused ones off the quota if they do not count."""
        self._move_by_time()
        self.calls = [(name, at) for name, at in self.calls if self.clock.seconds() - at < 120]
        counted = len(self.calls)
        reply = super().answer(request)
        if "refused_calls_do_not_count" in self.readings and 400 <= reply.status < 500:
            del self.calls[counted:]
        if "limited_applies" in self.faults and reply.status == 429:
            self._run_behind_the_quota(request)
        return reply

    def _move_by_time(self) -> None:
        now = self._now()
        for row in self.table.all() if self.readings & {"runs_when_due", "sent_after_two_hours"} else ():
            due = row["status"] == "scheduled" and (row["next_run_time"] or now) <= now
            if due and "runs_when_due" in self.readings:
                self.store(row | {"status": "running"})
            since = datetime.strptime(row["update_time"], _FORMAT).replace(tzinfo=UTC)
            long = (self.clock.now() - since).total_seconds() > 7200
            if row["status"] == "running" and long and "sent_after_two_hours" in self.readings:
                self.store(row | {"status": "sent"})

    def _run_behind_the_quota(self, request: Request) -> None:
        found, key = self._route(request)
        try:
            found.run(request, key)
        except Refused:
            return

    def admit(self, found: Operation) -> None:
        """Refuse the call if one of the two quotas is used up."""
        now = self.clock.seconds()
        for most, window in self._quotas():
            if self._used(found.name, now, window) >= most or self._stuck(window):
                if "limited_calls_count" in self.readings:
                    self.calls.append((found.name, now))
                self._limit(window)
        self.calls.append((found.name, now))

    def _quotas(self) -> list[tuple[int, float]]:
        on = self.faults
        burst = (10 + ("burst_11" in on) - ("burst_9" in on), 3.0 if "window_slow" in on else 1.0)
        steady = (150 + ("steady_151" in on) - ("steady_149" in on), 60.0)
        if "no_limit" in on:
            return []
        return [burst] if "no_steady" in on else [burst, steady]

    def _used(self, name: str, now: float, window: float) -> int:
        shared = "quota_of_the_key" in self.readings
        calls = [at for call, at in self.calls if call == name or shared]
        if "fixed_window" in self.readings:
            return sum(at // window == now // window for at in calls)
        return sum(now - window < at <= now for at in calls)

    def _stuck(self, window: float) -> bool:
        name = "steady_never_reopens" if window == 60 else "window_never_reopens"
        return name in self.faults and window in self.used_up

    def _limit(self, window: float) -> None:
        self.used_up.add(window)
        status = 429
        if "limited_500" in self.faults:
            status = 500
        if "limited_503" in self.faults:
            status = 503
        raise Refused(status, "The rate limit is exceeded.", retry_after=int(window))

    # Reading

    def get(self, request: Request, key: str) -> Reply:
        """Show one campaign."""
        row = self.existing(key)
        if "get_writes" in self.faults:
            self.store(row | {"run_counter": row["run_counter"] + 1})
        if "get_stale" in self.faults:
            row = self.table.older(key) or row
        if "resume_lost" in self.faults and row["status"] in ("running", "scheduled"):
            self.table.revert(key)
            row = self.existing(key)
        shown = self.show(row)
        if "get_capital" in self.faults:
            shown["status"] = shown["status"].capitalize()
        if "get_bare" in self.faults:
            return Reply(200, shown)
        return Reply(200, {"total": 0 if "get_total_0" in self.faults else 1, "items": [shown]})

    def index(self, request: Request, key: str) -> Reply:
        """Show a page of ten campaigns, the latest first."""
        rows = [row for row in self.table.all() if "_unlisted" not in row]
        if "oldest_first" not in self.readings:
            rows.reverse()
        if "list_lacks_paused" in self.faults:
            rows = [row for row in rows if row["status"] != "paused"]
        first = (self._page(request) - 1) * 10
        if "list_ignores_page" in self.faults:
            first = 0
        page = rows[first : first + (11 if "list_eleven" in self.faults else 10)]
        if "list_stale_status" in self.faults:
            page = [row | {"status": self._older_status(row)} for row in page]
        total = len(page) if "list_total_of_page" in self.faults else len(rows)
        return Reply(200, {"total": total, "items": [self.show(row) for row in page]})

    def _page(self, request: Request) -> int:
        given = request.query.get("page", "1")
        if not given.isascii() or not given.isdecimal() or len(given) > 9 or int(given) < 1:
            bodies.invalid("page", "must be a positive integer")
        return int(given)

    def _older_status(self, row: Json) -> str:
        return str((self.table.older(row["id"]) or row)["status"])

    # Moving

    def resume(self, request: Request, key: str) -> Reply:
        """Run a paused campaign, or schedule it."""
        row = self.existing(key)
        try:
            given = self._execution(request)
            if row["status"] not in self._resumable():
                self._refuse_resume(row)
        except Refused as refused:
            if "both_refused_applies" in self.faults and refused.about == "both":
                self.store(row | {"status": "running"})
            raise
        if "resume_noop" not in self.faults:
            self._execute(row, given)
        self._spoil_resume(row)
        self.store(row)
        if "resume_200" in self.faults:
            return Reply(200, {"total": 1, "items": [self.show(row)]})
        return Reply(204)

    def _execution(self, request: Request) -> Json:
        if not request.raw and "empty_body_refused" not in self.faults:
            return {}
        return self._one_of_two(bodies.checked(bodies.parse(request.raw), self._options()))

    def _one_of_two(self, given: Json) -> Json:
        both = given.keys() >= {"run_immediately", "scheduled_time"}
        if both and "both_accepted" not in self.faults:
            bodies.invalid("both", "cannot be passed together")
        return given

    def _resumable(self) -> set[str]:
        states = {"paused"}
        if "resume_any" in self.faults:
            states = set(_FIXTURES)
        if "resume_canceled" in self.faults:
            states |= {"canceled"}
        if "resume_running" in self.faults:
            states |= {"running"}
        return states

    def _refuse_resume(self, row: Json) -> None:
        if "resume_refused_applies" in self.faults:
            self.store(row | {"status": "running"})
        if "resume_409" in self.faults:
            raise Refused(409, "The campaign is not paused.")
        raise Refused(500 if "resume_refused_500" in self.faults else 400, "Not paused.")

    def _execute(self, row: Json, given: Json) -> None:
        if "scheduled_time" in given:
            row["status"] = "scheduled"
            if "scheduled_time_ignored" not in self.faults:
                row["next_run_time"] = given["scheduled_time"]
        else:
            row["status"] = "running"
            row["run_counter"] += "run_counted" in self.readings
            if "next_run_cleared" in self.readings:
                row["next_run_time"] = None
        if "resume_always_running" in self.faults:
            row["status"] = "running"
        if "resume_always_scheduled" in self.faults:
            row["status"] = "scheduled"

    def _spoil_resume(self, row: Json) -> None:
        if "resume_resets_counter" in self.faults:
            row["run_counter"] = 0
        if "resume_empties_description" in self.faults:
            row["description"] = ""
        if "resume_moves_create_time" in self.faults:
            row["create_time"] = self._now()
        if "resume_sibling" in self.faults:
            for other in self.table.all():
                if other["status"] in ("manual", "draft"):
                    self.store(other | {"status": "running"})

    def pause(self, request: Request, key: str) -> Reply:
        """Pause a running or scheduled campaign."""
        row = self.existing(key)
        if "pause_without_reason" not in self.faults:
            reason(request)
        if row["status"] not in self._pausable():
            raise Refused(400, "Not running.")
        if "pause_noop" not in self.faults:
            row["status"] = "paused"
        if "pause_renames" in self.faults:
            row["name"] += " (paused)"
        self.store(row)
        return Reply(200, self.show(row)) if "pause_200" in self.faults else Reply(204)

    def _pausable(self) -> set[str]:
        states = {"running", "scheduled"}
        if "pause_draft" in self.faults:
            states |= {"draft"}
        if "pause_sent" in self.faults:
            states |= {"sent"}
        if "pause_twice" in self.faults:
            states |= {"paused"}
        if "pause_scheduled_refused" in self.faults:
            states -= {"scheduled"}
        return states

    # Creating

    def create(self, request: Request, key: str) -> Reply:
        """Create a campaign, which runs at once, later, or by hand."""
        body = bodies.parse(request.raw)
        if "create_nameless" not in self.faults:
            bodies.require(body, "name")
        given = self._one_of_two(bodies.checked(body, self._texts() | self._options()))
        row = self._campaign(str(1000241 + len(self.table.rows)), given, self._now())
        row["status"] = self._first_status(given)
        row["next_run_time"] = given.get("scheduled_time")
        self._spoil_new(row)
        self.table.save(row["id"], row)
        status = 200 if "create_200" in self.faults else 201
        return Reply(status, {"total": 1, "items": [self.show(row)]})

    def _texts(self) -> dict[str, Check]:
        return {
            "name": lambda value: bodies.text("name", value),
            "description": lambda value: bodies.text("description", value),
            "labels": labels,
            "metadata": lambda value: bodies.record("metadata", value),
            "ab_test": lambda value: bodies.record("ab_test", value),
            "status": lambda value: bodies.choice("status", value, ("draft",)),
        }

    def _options(self) -> dict[str, Check]:
        return {"run_immediately": self._flag, "scheduled_time": self._moment}

    def _flag(self, value: Any) -> int:
        if "run_immediately_true" in self.faults and value is True:
            return 1
        most = 2 if "run_immediately_2" in self.faults else 1
        return bodies.whole("run_immediately", value, 0, most)

    def _moment(self, value: Any) -> str:
        if "scheduled_time_refused" in self.faults:
            bodies.invalid("scheduled_time", "cannot be passed")
        if "iso_time_accepted" in self.faults and isinstance(value, str):
            value = value.replace("T", " ").removesuffix("Z")
        try:
            datetime.strptime(bodies.matching("time", value, _TIME), _FORMAT)
        except (ValueError, Refused):
            if "bad_time_500" in self.faults:
                raise Refused(500, "Internal server error") from None
            bodies.invalid("scheduled_time", "is no time")
        return str(value)

    def _first_status(self, given: Json) -> str:
        if "status" in given and "create_ignores_draft" not in self.faults:
            return "draft"
        if "scheduled_time" in given:
            return "scheduled"
        if given.get("run_immediately") and "create_never_runs" not in self.faults:
            return "running"
        return "running" if "create_running" in self.faults else "manual"

    def _spoil_new(self, row: Json) -> None:
        if "create_forgets_description" in self.faults:
            row["description"] = ""
        if "create_forgets_labels" in self.faults:
            row.pop("labels", None)
        if "create_forgets_time" in self.faults:
            row["next_run_time"] = None
        if "create_not_listed" in self.faults:
            row["_unlisted"] = True

    # Shared

    def _campaign(self, key: str, given: Json, now: str) -> Json:
        return {
            "id": key,
            "name": given.get("name", ""),
            "description": given.get("description", ""),
            "status": "manual",
            **{name: given[name] for name in ("labels", "metadata") if name in given},
            "next_run_time": None,
            "run_counter": 0,
            "create_time": now,
            "update_time": now,
        }

    def existing(self, key: str) -> Json:
        """Find a record."""
        row = self.table.find(key)
        if row:
            return row
        if "unknown_500" in self.faults:
            raise Refused(500, "Internal server error")
        status = 400 if "unknown_id_400" in self.readings else 404
        raise Refused(status, "The campaign does not exist.")

    def _now(self) -> str:
        return self.clock.now().strftime(_FORMAT)

    def store(self, row: Json) -> None:
        """Write a record."""
        if "no_update_time" not in self.readings:
            row["update_time"] = self._now()
        self.table.save(row["id"], row)

    def show(self, row: Json) -> Json:
        """Give a record as clients see it."""
        shown = {name: value for name, value in row.items() if not name.startswith("_")}
        if "extra_fields" in self.readings:
            shown |= {"sender": "Ocamba", "tags": []}
        if "get_id_number" in self.faults:
            shown["id"] = int(row["id"])
        if "get_iso_times" in self.faults:
            shown |= {name: row[name].replace(" ", "T") + "Z" for name in _MOMENTS}
        return shown


_MOMENTS = ("create_time", "update_time")
SERVER = Ocamba
