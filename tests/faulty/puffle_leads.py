"""The leads of a Puffle campaign: list, import in batches, change, remove."""

import uuid
from typing import Any

from tests.faulty import bodies
from tests.faulty.bodies import Check, Json, Refused
from tests.faulty.clock import after, iso
from tests.faulty.puffle_data import USER, UUID
from tests.faulty.puffle_desk import Part
from tests.faulty.serving import Operation, Reply, Request, operation

_PROFILE = ("email", "linkedin_url", "first_name", "last_name", "company", "position", "headline")
_STATUSES = ("pending", "sent", "replied", "bounced", "completed")


def lead(campaign: str, given: Json, now: str, status: str = "pending") -> Json:
    """Make a lead from what the client sent."""
    name = " ".join(given[part] for part in ("first_name", "last_name") if given.get(part))
    shown = {field: given.get(field) for field in _PROFILE}
    made = {"id": str(uuid.uuid4()), "campaign_id": campaign, "user_id": USER, "status": status}
    more = {"name": given.get("name", name or None), "custom_fields": given.get("custom_fields")}
    return made | shown | more | {"source": "api", "created_at": now, "updated_at": now}


def person(row: Json, number: int, status: str) -> Json:
    """Make a lead that is there from the start."""
    mail = {"email": f"lead{number}@acme.example"}
    link = {"linkedin_url": f"https://www.linkedin.com/in/lead-{number}"}
    given = {"first_name": f"Lead {number}", "company": "Acme", **(mail if row["type"] == "email" else link)}
    return lead(row["id"], given, row["created_at"], status)


class Leads(Part):
    """Lists of people, told apart by email or LinkedIn URL."""

    def __init__(self, desk: Any) -> None:
        super().__init__(desk)
        self.rows: dict[str, dict[str, Json]] = {}

    def operations(self) -> list[Operation]:
        """List the operations."""
        path = "/api/campaigns/{id}/leads"
        return [
            operation("leads_list", f"GET {path}", self.index),
            operation("leads_add", f"POST {path}", self.add),
            operation("leads_patch", f"PATCH {path}", self.patch),
            operation("leads_delete", f"DELETE {path}", self.delete),
        ]

    def put(self, campaign: str, rows: list[Json]) -> None:
        """Store leads, new ones at the end."""
        self.rows.setdefault(campaign, {}).update({row["id"]: row for row in rows})

    # Listing

    def index(self, request: Request, key: str) -> Reply:
        """Show a page of the leads."""
        row = self.desk.existing(key)
        page, limit = self._number(request, "page", 1), self._number(request, "limit", 100)
        rows = self._shown(key, request.query.get("status"))
        first = (page - 1) * limit
        if "leads_page_repeats" in self.on:
            first = 0
        if "leads_page_overlaps" in self.on and first:
            first -= 1
        found = rows[first : first + limit + ("leads_page_one_more" in self.on)]
        total = len(found) if "leads_total_of_page" in self.on else len(rows)
        if "leads_total_wrong" in self.on:
            total += 1
        if "leads_list_writes" in self.on:
            self.desk.store(row)
        return self.desk.ok({"prospects": found, "total": total, "page": page, "limit": limit})

    def _shown(self, key: str, status: str | None) -> list[Json]:
        rows = list(self.rows.get(key, {}).values())
        if "leads_of_others" in self.on:
            rows = [one for leads in self.rows.values() for one in leads.values()]
        if "leads_newest_first" in self.on:
            rows.reverse()
        if "leads_lack_last" in self.on and len(rows) > 1:
            rows = rows[:-1]
        if status is None or "leads_ignore_status" in self.on:
            return rows
        bodies.choice("status", status, _STATUSES)
        return [one for one in rows if one["status"] == status]

    def _number(self, request: Request, name: str, default: int) -> int:
        given = request.query.get(name, str(default))
        if not given.isascii() or not given.isdecimal() or len(given) > 6:
            bodies.invalid(name, "must be a positive integer")
        return bodies.whole(name, int(given), 1, 1000 if name == "limit" else None)

    # Importing

    def add(self, request: Request, key: str) -> Reply:
        """Store the leads that are new."""
        batch = self._batch(bodies.parse(request.raw))
        row = self.draft(key, "leads_add")
        nameless = [one for one in batch if self._identity(row, one) is None]
        if nameless and "nameless_refused" in self.on:
            raise Refused(400, "Every prospect needs an email or a LinkedIn URL")
        new, twice = self._new(row, batch)
        self._import(key, new)
        if "leads_add_activates" in self.on:
            row["status"] = "active"
        self._count(row)
        if "nameless_count_as_duplicates" in self.on:
            twice += len(nameless)
        return self.desk.ok(self._summary(len(new), twice))

    def _import(self, key: str, new: list[Json]) -> None:
        """Make leads of the new people."""
        if "leads_add_not_stored" not in self.on:
            self.put(key, [lead(key, one, iso(self.desk.clock.now())) for one in new])
        if "leads_add_elsewhere" in self.on:
            others = [other for other in self.rows if other != key]
            self.put(others[0], [lead(others[0], one, iso(self.desk.clock.now())) for one in new])

    def _summary(self, imported: int, duplicates: int) -> Json:
        """Say how many were new and how many were not."""
        if "leads_counts_swapped" in self.on:
            imported, duplicates = duplicates, imported
        if "leads_duplicates_imported" in self.on:
            imported, duplicates = imported + duplicates, 0
        if "leads_duplicates_hidden" in self.on:
            duplicates = 0
        return {"imported": imported, "duplicates": duplicates}

    def _batch(self, body: Json) -> list[Json]:
        bodies.require(body, "prospects")
        most = 1001 if "leads_1001" in self.on else 1000
        if "leads_1000_refused" in self.on:
            most = 999
        given = bodies.array("prospects", body["prospects"], most)
        if not given and "leads_none" not in self.on:
            bodies.invalid("prospects", "must not be empty")
        return [self._profile(entry) for entry in given]

    def _profile(self, entry: Any) -> Json:
        checks: dict[str, Check] = {field: _text(field) for field in _PROFILE}
        checks["custom_fields"] = lambda value: bodies.record("custom_fields", value)
        return bodies.checked(bodies.record("prospect", entry), checks)

    def _identity(self, row: Json, one: Json) -> str | None:
        """What tells a lead of a campaign from the others."""
        if row["type"] == "email":
            email = str(one.get("email") or "").strip()
            return (email if "leads_case_sensitive" in self.on else email.lower()) or None
        url = str(one.get("linkedin_url") or "")
        if "leads_query_kept" not in self.on:
            url = url.partition("?")[0]
        return (url if "leads_slash_kept" in self.on else url.rstrip("/")) or None

    def _new(self, row: Json, batch: list[Json]) -> tuple[list[Json], int]:
        known = {self._identity(row, one) for one in self.rows.get(row["id"], {}).values()}
        if "leads_existing_stored" in self.on:
            known = set()
        new: list[Json] = []
        twice = 0
        for one in batch:
            identity = self._identity(row, one)
            if identity is None:
                continue
            if identity in known:
                twice += 1
                new += [one] if "leads_batch_stored" in self.on else []
                continue
            known.add(identity)
            new.append(self._normal(row, one, identity))
        if "leads_last_lost" in self.on and len(new) > 1:
            new.pop()
        return new, twice

    def _normal(self, row: Json, one: Json, identity: str) -> Json:
        if "leads_add_drops_names" in self.on:
            one = {field: value for field, value in one.items() if field != "first_name"}
        if "identity_normalised" not in self.on:
            return one
        return one | {"email" if row["type"] == "email" else "linkedin_url": identity}

    def _count(self, row: Json) -> None:
        """Recompute what the campaign knows of its leads."""
        rows = self.rows.get(row["id"], {}).values()
        row["_left"] = sum(one["status"] == "pending" for one in rows)
        if "draft_has_stats" in self.on:
            row["stats"] = {"total": len(rows), "sent": 0, "replied": 0}
        if "leads_touch_campaign" in self.on:
            self.desk.store(row)
        else:
            self.desk.table.save(row["id"], row)

    # Changing and removing

    def patch(self, request: Request, key: str) -> Reply:
        """Change the profile of one lead."""
        body = bodies.parse(request.raw)
        bodies.require(body, "prospect_id", "updates")
        id = bodies.matching("prospect_id", body["prospect_id"], UUID)
        change = self._profile(body["updates"])
        change.pop("custom_fields", None)
        row = self.draft(key, "leads_patch")
        leads = self.rows.get(key, {})
        if id not in leads:
            status = 400 if "unknown_lead_400" in self.on else 404
            raise Refused(500 if "unknown_lead_500" in self.on else status, "Prospect not found")
        if "lead_unique" in self.on:
            self._refuse_taken(row, leads, id, change)
        if "leads_patch_other" in self.on:
            id = next(reversed(leads))
        old = leads[id]
        new = self._patched(old, change, body["updates"])
        new["updated_at"] = after(old["updated_at"], self.desk.clock.now())
        if "leads_patch_not_stored" not in self.on:
            leads[id] = new
        if "leads_patch_all" in self.on:
            leads.update({other: one | change for other, one in leads.items()})
        return self.desk.ok({"prospect": old if "leads_patch_answers_old" in self.on else new})

    def _refuse_taken(self, row: Json, leads: dict[str, Json], id: str, change: Json) -> None:
        taken = {self._identity(row, one) for other, one in leads.items() if other != id}
        if self._identity(row, change) in taken - {None}:
            raise Refused(409, "Another prospect has this email or LinkedIn URL")

    def _patched(self, old: Json, change: Json, sent: Json) -> Json:
        new = old | change
        if "name_follows" in self.on and change.keys() & {"first_name", "last_name"}:
            new["name"] = " ".join(new[part] for part in ("first_name", "last_name") if new[part])
        if "leads_patch_status" in self.on and sent.get("status") in _STATUSES:
            new["status"] = sent["status"]
        if "leads_patch_sends" in self.on:
            new["status"] = "sent"
        if "leads_patch_clears" in self.on:
            new |= {field: None for field in ("company", "headline") if field not in change}
        if "leads_patch_ignores_headline" in self.on:
            new["headline"] = old["headline"]
        if "leads_patch_new_id" in self.on:
            new["id"] = str(uuid.uuid4())
        return new

    def delete(self, request: Request, key: str) -> Reply:
        """Remove the leads that are named, or all."""
        body = bodies.parse(request.raw)
        every = body.get("all")
        if every is not None and every is not True:
            bodies.invalid("all", "must be true")
        named = self._ids(body, bool(every))
        self.draft(key, "leads_delete")
        leads = self.rows.setdefault(key, {})
        gone = list(leads) if every else [id for id in dict.fromkeys(named) if id in leads]
        self._remove(leads, gone, bool(every))
        row = self.desk.existing(key)
        self._count(row)
        told: int | str = "all" if every else len(gone)
        if "leads_deleted_wrong" in self.on and not every:
            told = len(gone) + 1
        if "leads_deleted_counts_all" in self.on and every:
            told = len(gone)
        return self.desk.ok({"deleted": told})

    def _ids(self, body: Json, every: bool) -> list[str]:
        if "prospect_ids" not in body:
            if not every and "leads_delete_nobody" not in self.on:
                bodies.invalid("prospect_ids", "or all is required")
            return []
        most = 501 if "leads_501" in self.on else 500
        given = bodies.array("prospect_ids", body["prospect_ids"], most)
        if not given and "leads_delete_none" not in self.on:
            bodies.invalid("prospect_ids", "must not be empty")
        return [bodies.matching("prospect_ids", id, UUID) for id in given]

    def _remove(self, leads: dict[str, Json], gone: list[str], every: bool) -> None:
        if "leads_delete_not_stored" in self.on:
            return
        for id in gone:
            leads.pop(id, None)
        if "leads_delete_one_more" in self.on and leads and not every:
            leads.popitem()
        if "leads_delete_keeps_last" in self.on and len(gone) > 1 and every:
            leads[gone[-1]] = lead("", {}, iso(self.desk.clock.now())) | {"id": gone[-1]}
        if "leads_delete_all_campaigns" in self.on and every:
            for other in self.rows.values():
                other.clear()


def _text(about: str) -> Check:
    return lambda value: bodies.text(about, value)
