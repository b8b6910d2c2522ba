"""Puffle's campaign API as a backend developer would write it, with switchable faults."""

import uuid
from collections import Counter
from copy import deepcopy
from typing import Any

from tests.faulty import bodies
from tests.faulty.bodies import Json, Refused
from tests.faulty.clock import after, iso
from tests.faulty.puffle_bodies import Bodies
from tests.faulty.puffle_data import FIXTURES, UUID, campaign, first_nodes, fixture, sender, statuses
from tests.faulty.puffle_faults import FAULTS, READINGS
from tests.faulty.puffle_launch import Launch
from tests.faulty.puffle_leads import Leads, person
from tests.faulty.puffle_nodes import Nodes
from tests.faulty.puffle_patch import DRAFT_ONLY, EMAIL_ONLY, LINKEDIN_ONLY, SCALARS, Patch
from tests.faulty.serving import Backend, Operation, Reply, Request, operation

__all__ = ["FAULTS", "READINGS", "SERVER", "Puffle"]

_FIELDS = {*SCALARS, *EMAIL_ONLY, *LINKEDIN_ONLY, *DRAFT_ONLY}
_LINKEDIN_CREATE = {"skip_other_campaigns", "operating_hours"}
_EMAIL_CREATE = {"daily_limit", "stop_on_reply", "open_tracking", "signature"}


class Puffle(Backend):
    """Campaigns from draft over launch to completed, with their nodes and leads."""

    token = "pk_live_troth_0123456789"

    def __init__(self, *settings: Any) -> None:
        super().__init__(*settings)
        self.bodies = Bodies(self.faults, self.readings)
        self.writer = Patch(self.faults, self.readings)
        self.launching, self.nodes, self.leads = Launch(self), Nodes(self), Leads(self)
        for place, (name, (status, left)) in enumerate(FIXTURES.items()):
            row = fixture(place, name)
            people = enumerate(statuses(status, left))
            self.leads.put(row["id"], [person(row, number, one) for number, one in people])
            self.table.rows[row["id"]] = row
            self.fixtures[name] = row["id"]

    def operations(self) -> list[Operation]:
        """List the operations."""
        return [
            operation("list", "GET /api/campaigns", self.index),
            operation("create", "POST /api/campaigns", self.create),
            operation("get", "GET /api/campaigns/{id}", self.get),
            operation("patch", "PATCH /api/campaigns/{id}", self.patch),
            operation("pause", "POST /api/campaigns/{id}/pause", self.pause),
            operation("resume", "POST /api/campaigns/{id}/resume", self.resume),
            *self.launching.operations(),
            *self.nodes.operations(),
            *self.leads.operations(),
        ]

    def answer(self, request: Request) -> Reply:
        """Let what was launched become active, then answer one call."""
        self.launching.settle()
        return super().answer(request)

    def refusal(self, refused: Refused) -> Reply:
        """Answer {error: text}."""
        status = refused.status
        if "invalid_422" in self.readings and refused.about not in ("", "delay"):
            status = 422
        if "error_without_text" in self.faults:
            return Reply(status, {})
        if "error_as_message" in self.readings:
            return Reply(status, {"message": refused.message})
        return Reply(status, {"error": refused.message})

    # Reading

    def get(self, request: Request, key: str) -> Reply:
        """Show one campaign with its sequence and the counts of its prospects."""
        row = self.existing(key, "get")
        if "get_writes" in self.faults:
            self.store(row)
        if "get_stale" in self.faults:
            row = self.table.older(key) or row
        if "pause_lost" in self.faults and row["status"] == "paused" and self._was(key) == "active":
            self.table.revert(key)
            row = self.existing(key)
        shown = self._show(row)
        if "get_drops_senders" in self.faults:
            del shown["sender_accounts"]
        body = {"campaign": shown, "sequence_nodes": row["_nodes"]} | self._counts(row)
        if "get_no_sequence" in self.faults:
            del body["sequence_nodes"]
        return self.ok(body)

    def index(self, request: Request, key: str) -> Reply:
        """Show all campaigns, active and paused first."""
        rows = [row for row in self.table.all() if not row.get("_unlisted")]
        if "list_lacks_paused" in self.faults:
            rows = [row for row in rows if row["status"] != "paused"]
        rows.sort(key=lambda row: (row["status"] in ("active", "paused")) is ("list_order" in self.faults))
        name = "data" if "list_wrong_key" in self.faults else "campaigns"
        return self.ok({name: [self._entry(row) for row in rows]})

    def _entry(self, row: Json) -> Json:
        older = self.table.older(row["id"]) or row
        count = len(row["_nodes"])
        if "node_count_wrong" in self.faults:
            count -= 1
        if "list_stale_status" in self.faults:
            row["status"] = older["status"]
        if "list_shows_old_names" in self.faults:
            row["name"] = older["name"]
        return self._show(row) | {"node_count": count}

    def _counts(self, row: Json) -> Json:
        found = Counter(one["status"] for one in self.leads.rows.get(row["id"], {}).values())
        if not found:
            return {"prospects_by_status": {}, "prospects_by_node": {}}
        place = row["_nodes"][0]["id"] if row["_nodes"] else "__none__"
        return {"prospects_by_status": found, "prospects_by_node": {place: found["pending"]}}

    # Moving

    def pause(self, request: Request, key: str) -> Reply:
        """Move an active campaign to paused."""
        if "pause_unknown_200" in self.faults and key not in self.table.rows:
            return Reply(200, {"campaign": None})
        row = self.existing(key)
        if row["status"] not in self._pausable():
            self._refuse_pause(row)
        if "pause_noop" in self.faults:
            return self._campaign(row)
        row["status"] = "paused"
        if "pause_linkedin_draft" in self.faults and row["type"] == "linkedin":
            row["status"] = "draft"
        self._spoil_pause(row)
        if "pause_keeps_updated_at" in self.faults:
            self.table.save(key, row)
        elif "pause_not_stored" not in self.faults:
            self.store(row)
        if "pause_capital" in self.faults:
            row["status"] = row["status"].capitalize()
        return Reply(200, self._show(row)) if "pause_bare" in self.faults else self._campaign(row)

    def _pausable(self) -> set[str]:
        states = {"active"}
        if "pause_idempotent" in self.faults:
            states |= {"paused"}
        if "pause_draft" in self.faults:
            states |= {"draft"}
        if "pause_completed" in self.faults:
            states |= {"completed"}
        return states

    def _refuse_pause(self, row: Json) -> None:
        if "repeat_bumps" in self.faults:
            self.store(row)
        status = 500 if "pause_refused_500" in self.faults else 400
        if "pause_wrong_text" in self.faults:
            raise Refused(status, "Campaign is not active")
        raise Refused(status, "Only active campaigns can be paused")

    def _spoil_pause(self, row: Json) -> None:
        if "pause_moves_created_at" in self.faults:
            row["created_at"] = iso(self.clock.now())
        if "pause_renames" in self.faults:
            row["name"] += " (paused)"
        if "pause_drops_sender" in self.faults:
            row["sender_accounts"] = row["sender_accounts"][:-1]
        if "pause_sibling" in self.faults:
            for other in self.table.all():
                if other["status"] == "active" and other["id"] != row["id"]:
                    self.store(other | {"status": "paused"})

    def resume(self, request: Request, key: str) -> Reply:
        """Move a paused campaign to active, or to completed when nobody is left."""
        row = self.existing(key)
        before = deepcopy(row)
        if row["status"] not in self._resumable(row):
            return self._refuse_resume(row)
        row |= {"status": "active", "_pause_reason": None}
        if "resume_keeps_paused" in self.faults:
            row["status"] = "paused"
        if self._drained(row):
            row["status"] = "completed"
        self._spoil_resume(row)
        self._store_resumed(row)
        shown = self._show(before if "resume_stale_body" in self.faults else row)
        return self.ok({"data" if "resume_data_envelope" in self.faults else "campaign": shown})

    def _resumable(self, row: Json) -> set[str]:
        if "resume_linkedin_refused" in self.faults and row["type"] == "linkedin":
            return set()
        if "resume_any" in self.faults:
            return {"draft", "active", "paused", "completed"}
        states = {"paused"}
        if "resume_completed" in self.faults:
            states |= {"completed"}
        if "resume_active" in self.faults:
            states |= {"active"}
        return states

    def _refuse_resume(self, row: Json) -> Reply:
        if "resume_refused_applies" in self.faults:
            self.store(row | {"status": "active"})
        message = "Only paused campaigns can be resumed"
        if "resume_wrong_text" in self.faults:
            message = "Only active campaigns can be paused"
        if "resume_refused_200" in self.faults:
            return Reply(200, {"error": message})
        raise Refused(409 if "resume_409" in self.faults else 400, message)

    def _drained(self, row: Json) -> bool:
        if "no_autocomplete" in self.faults:
            return False
        return row["_left"] == 0 or "always_completes" in self.faults

    def _spoil_resume(self, row: Json) -> None:
        if "resume_resets_limit" in self.faults:
            row["daily_limit"] = 30
        if "resume_empties_nodes" in self.faults:
            row["_nodes"] = [one | {"body": ""} for one in row["_nodes"]]

    def _store_resumed(self, row: Json) -> None:
        if "resume_keeps_updated_at" in self.faults:
            self.table.save(row["id"], row)
        elif "autocomplete_not_stored" in self.faults and row["status"] == "completed":
            self.store(row | {"status": "active"})
        else:
            self.store(row)

    # Updating

    def patch(self, request: Request, key: str) -> Reply:
        """Update some fields; what the state or the channel locks is ignored."""
        if self.readings & {"not_found_first", "ignored_not_validated"}:
            self.existing(key)
        try:
            row, change = self._accepted(request, key)
        except Refused as refused:
            self._spoil_refused(request, key, refused)
            if "invalid_200" in self.faults and refused.status == 400:
                return Reply(200, {"error": refused.message})
            raise
        before = deepcopy(row)
        self.writer.apply(row, change)
        self._mutate_identity(row, bodies.parse(request.raw))
        self._store_patched(before, row, change, bodies.parse(request.raw))
        nodes = before["_nodes"] if "patch_stale_sequence" in self.faults else row["_nodes"]
        body = {"campaign": self._show(row), "sequence_nodes": nodes}
        if "patch_no_sequence" in self.faults:
            del body["sequence_nodes"]
        return self.ok(body)

    def _accepted(self, request: Request, key: str) -> tuple[Json, Json]:
        self._check_id(key)
        body = bodies.parse(request.raw)
        if "ignored_not_validated" in self.readings:
            row = self.existing(key)
            body = {f: value for f, value in body.items() if not self.writer.ignored(row, f)}
        change = self.bodies.patch(body)
        row = self.existing(key)
        if "patch_from_cache" in self.faults:
            row = self.table.older(key) or row
        self.writer.refuse(row, change)
        self._refuse_name_in_use(row, change)
        return row, {f: value for f, value in change.items() if not self.writer.ignored(row, f)}

    def _refuse_name_in_use(self, row: Json, change: Json) -> None:
        if "other_type_sender_refused" in self.readings:
            self._refuse_other_type(row["type"], change.get("sender_account_ids", []))
        taken = {other["name"] for other in self.table.all() if other["id"] != row["id"]}
        if "patch_name_unique" in self.readings and change.get("name") in taken:
            raise Refused(409, "A campaign with this name already exists")

    def _spoil_refused(self, request: Request, key: str, refused: Refused) -> None:
        row = self.table.find(key)
        if not row or refused.status != 400 or refused.about == "body":
            return
        body = bodies.parse(request.raw)
        if "patch_refused_bumps" in self.faults:
            self.store(row)
        if f"{refused.about}_partial" in self._partial() and isinstance(body.get("name"), str):
            self.store(row | {"name": body["name"]})
        if "delay_partial_sequence" in self.faults and refused.about == "delay":
            self.writer.apply(row, {"sequence_nodes": body["sequence_nodes"]})
            self.store(row)

    def _partial(self) -> set[str]:
        names = self.faults & {"delay_partial", "daily_limit_partial"}
        return {*names, *({"account_limits_partial"} if "limits_partial" in self.faults else ())}

    def _mutate_identity(self, row: Json, body: Json) -> None:
        if "type_mutable" in self.faults and body.get("type") in ("email", "linkedin"):
            row["type"] = body["type"]
        if "status_mutable" in self.faults and body.get("status") in ("draft", "active", "paused"):
            row["status"] = body["status"]
        if "patch_new_id" in self.faults and "name" in body:
            del self.table.rows[row["id"]]
            row["id"] = str(uuid.uuid4())

    def _store_patched(self, before: Json, row: Json, change: Json, body: Json) -> None:
        stored = dict(row)
        if "hours_not_stored" in self.faults:
            stored["operating_hours"] = before["operating_hours"]
        if "sequence_not_stored" in self.faults:
            stored["_nodes"] = before["_nodes"]
        if "patch_not_stored" in self.faults:
            stored = before
        if "patch_all_campaigns" in self.faults:
            for other in self.table.all():
                self.store(other | {f: change[f] for f in SCALARS if f in change})
        if self._bumps(before, row, change, body):
            self.store(stored)
            row["updated_at"] = stored["updated_at"]
        else:
            self.table.save(row["id"], stored)

    def _bumps(self, before: Json, row: Json, change: Json, body: Json) -> bool:
        if "patch_keeps_updated_at" in self.faults:
            return False
        if "unchanged_bumps_nothing" in self.readings and before == row:
            return False
        only_ignored = bool(body.keys() & _FIELDS) and not change
        return not (only_ignored and "ignored_bumps_nothing" in self.readings)

    # Creating

    def create(self, request: Request, key: str) -> Reply:
        """Create a draft with the two nodes of its channel."""
        body = self.bodies.create(self._relevant(bodies.parse(request.raw)))
        key = self.fixtures["draft_email"] if "create_reuses_id" in self.faults else str(uuid.uuid4())
        row = self._new(key, body)
        if "create_other_sender" not in self.faults:
            self._refuse_other_type(body["type"], body.get("sender_account_ids", []))
        self._refuse_duplicate(row)
        if "create_not_stored" not in self.faults:
            self.table.save(key, row)
        shown = self._show(row) | {"sequence_nodes": row["_nodes"]}
        answer: Json = {"campaign": shown}
        if "create_nodes_outside" in self.faults:
            answer["sequence_nodes"] = shown.pop("sequence_nodes")
        return self.ok(answer, 200 if "create_200" in self.faults else 201)

    def _relevant(self, body: Json) -> Json:
        if "ignored_not_validated" not in self.readings:
            return body
        foreign = _LINKEDIN_CREATE if body.get("type") == "email" else _EMAIL_CREATE
        return {f: value for f, value in body.items() if f not in foreign}

    def _new(self, key: str, body: Json) -> Json:
        kind = body["type"]
        row = campaign(key, kind, body.get("name", ""), iso(self.clock.now()))
        foreign = _LINKEDIN_CREATE if kind == "email" else _EMAIL_CREATE
        if "create_foreign_fields" in self.faults:
            foreign = set()
        row |= {f: body[f] for f in SCALARS if f in body and f not in foreign}
        known = self._accounts()
        ids = dict.fromkeys(body.get("sender_account_ids", []))
        row["sender_accounts"] = [known.get(one) or sender(one, kind) for one in ids]
        row["_nodes"] = first_nodes(key, kind)
        self._spoil_new(row)
        return row

    def _spoil_new(self, row: Json) -> None:
        if "create_active" in self.faults:
            row["status"] = "active"
        if "create_no_nodes" in self.faults:
            row["_nodes"] = []
        if "create_swapped_nodes" in self.faults:
            row["_nodes"].reverse()
        if "create_same_node" in self.faults:
            row["_nodes"] = first_nodes(row["id"], "email")
        if "position_from_one" in self.faults:
            row["_nodes"] = [one | {"position": one["position"] + 1} for one in row["_nodes"]]
        if "create_stats" in self.faults:
            row["stats"] = {"total": 0}
        if "create_forgets_limit" in self.faults:
            row["daily_limit"] = 30
        if "create_forgets_signature" in self.faults:
            row["signature"] = None
        if "create_not_listed" in self.faults:
            row["_unlisted"] = True

    def _accounts(self) -> dict[str, Json]:
        return {one["id"]: one for row in self.table.all() for one in row["sender_accounts"]}

    def _refuse_other_type(self, kind: str, ids: Any) -> None:
        known = self._accounts()
        if any(key in known and known[key]["type"] != kind for key in ids):
            raise Refused(400, f"Sender accounts must be {kind} accounts")

    def _refuse_duplicate(self, row: Json) -> None:
        taken = {other["name"] for other in self.table.all()}
        if row["name"] not in taken or "duplicate_name" in self.faults:
            return
        if "duplicate_name_stored" in self.faults:
            self.table.save(row["id"], row)
        status = 400 if "duplicate_name_400" in self.faults else 409
        raise Refused(status, "A campaign with this name already exists")

    # Shared

    def _check_id(self, key: str) -> None:
        if not UUID.fullmatch(key):
            raise Refused(404 if "bad_id_404" in self.readings else 400, "Invalid campaign id")

    def existing(self, key: str, name: str = "") -> Json:
        """Find a campaign."""
        self._check_id(key)
        row = self.table.find(key)
        if row:
            return row
        if "get_unknown_500" in self.faults and name == "get":
            raise Refused(500, "Internal server error")
        raise Refused(400 if "unknown_id_400" in self.readings else 404, "Campaign not found")

    def store(self, row: Json) -> None:
        """Write a campaign."""
        now = self.clock.now()
        row["updated_at"] = after(row["updated_at"], now)
        if "equal_instants" in self.readings:
            row["updated_at"] = iso(now)
        self.table.save(row["id"], row)

    def _was(self, key: str) -> str:
        older = self.table.older(key)
        return str(older["status"]) if older else ""

    def _show(self, row: Json) -> Json:
        shown = {name: value for name, value in row.items() if not name.startswith("_")}
        if "whole_second_timestamps" in self.readings:
            shown |= {name: row[name][:19] + "Z" for name in ("created_at", "updated_at")}
        if "sender_order" in self.readings:
            shown["sender_accounts"] = sorted(row["sender_accounts"], key=lambda one: one["id"])
        if "extra_fields" in self.readings:
            shown |= {"workspace_id": None, "tags": ["a"]}
        if "limit_as_text" in self.faults:
            shown["daily_limit"] = str(row["daily_limit"])
        return shown

    def _campaign(self, row: Json) -> Reply:
        return self.ok({"campaign": self._show(row)})

    def ok(self, body: Json, status: int = 200) -> Reply:
        """Answer a success."""
        if "extra_fields" in self.readings:
            body = {**body, "request_id": str(uuid.uuid4())}
        return Reply(status, body)


SERVER = Puffle
