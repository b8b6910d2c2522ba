"""What changes or ends a campaign of the Ocamba server: JSON Merge Patch and cancel."""

from collections.abc import Mapping
from typing import Any, Protocol

from tests.faulty import bodies
from tests.faulty.bodies import Check, Json, Refused
from tests.faulty.serving import Reply, Request, Table

_CLOSED = {"running", "canceled", "sent", "needs_decision"}
_OPENED = {f"patch_{state}": state for state in _CLOSED}
_REFUSED = {"patch_paused_refused": "paused", "patch_draft_refused": "draft"}
_METADATA = {"patch_replaces_metadata", "patch_shallow", "patch_null_in_metadata_kept"}
_CANCELABLE = {"running", "scheduled", "paused"}
_ALSO_CANCELABLE = {
    "cancel_draft": "draft",
    "cancel_manual": "manual",
    "cancel_sent": "sent",
    "cancel_twice": "canceled",
}
_NOT_CANCELABLE = {"cancel_paused_refused": "paused", "cancel_scheduled_refused": "scheduled"}


class Desk(Protocol):
    """What the changes need of the server."""

    faults: frozenset[str]
    readings: frozenset[str]
    table: Table

    def existing(self, key: str) -> Json:
        """Find a record."""

    def store(self, row: Json) -> None:
        """Write a record."""

    def show(self, row: Json) -> Json:
        """Give a record as clients see it."""


def labels(value: Any) -> list[str]:
    """Accept labels."""
    return [bodies.text("labels", one) for one in bodies.array("labels", value)]


def reason(request: Request) -> None:
    """Refuse a body without a reason."""
    body = bodies.parse(request.raw)
    bodies.require(body, "reason")
    bodies.text("reason", body["reason"])


class Changes:
    """Updating and canceling."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    @property
    def faults(self) -> frozenset[str]:
        """The faults that are on."""
        return self.desk.faults

    def patch(self, request: Request, key: str) -> Reply:
        """Merge a patch into a campaign that is open."""
        row = self.desk.existing(key)
        change = bodies.checked(bodies.parse(request.raw), self._fields())
        if row["status"] in self._closed():
            if "patch_refused_applies" in self.faults:
                self.desk.store(row | {"name": change.get("name", "Changed")})
            raise Refused(409 if "patch_409" in self.faults else 400, "Closed.")
        changed = self._merged(row, change)
        self._spoil_patch(changed, row, change)
        if "patch_not_stored" not in self.faults:
            self.desk.store(changed)
        return Reply(200, {"items": [self.desk.show(changed)]}) if "patch_200" in self.faults else Reply(204)

    def _fields(self) -> dict[str, Check]:
        checks: dict[str, Check] = {
            "description": lambda value: bodies.text("description", value),
            "labels": labels,
            "metadata": lambda value: bodies.record("metadata", value),
        }
        loose = "patch_name_number" in self.faults
        name: Check = lambda value: value if loose else bodies.text("name", value)  # noqa: E731
        return {field: _nullable(check) for field, check in checks.items()} | {"name": name}

    def _closed(self) -> set[str]:
        opened = {state for fault, state in _OPENED.items() if fault in self.faults}
        refused = {state for fault, state in _REFUSED.items() if fault in self.faults}
        return (_CLOSED - opened) | refused

    def _merged(self, row: Json, change: Json) -> Json:
        if "patch_null_ignored" in self.faults:
            change = {field: value for field, value in change.items() if value is not None}
        inner, given = dict(change), change.get("metadata")
        if isinstance(given, Mapping) and self.faults & _METADATA:
            inner["metadata"] = self._wrongly(row.get("metadata") or {}, given)
            row = {**row, "metadata": None}
        merged: dict[str, Any] = merge(row, inner)
        if "removed_as_null" in self.desk.readings:
            merged |= {field: None for field, value in change.items() if value is None}
        return merged

    def _wrongly(self, old: Json, given: Mapping[str, Any]) -> Json:
        if "patch_replaces_metadata" in self.faults:
            return dict(given)
        known = {name: value for name, value in given.items() if value is not None}
        if "patch_null_in_metadata_kept" in self.faults:
            return {**merge(old, known)}
        return {name: value for name, value in {**old, **given}.items() if value is not None}

    def _spoil_patch(self, row: Json, old: Json, change: Json) -> None:
        if "patch_appends_labels" in self.faults and change.get("labels"):
            row["labels"] = [*(old.get("labels") or []), *change["labels"]]
        if "patch_clears_absent" in self.faults and "description" not in change:
            row["description"] = ""
        if "patch_ignores_name" in self.faults:
            row["name"] = old["name"]
        if "patch_pauses" in self.faults and row["status"] == "scheduled":
            row["status"] = "paused"
        if "patch_sibling" in self.faults and "name" in change:
            for other in self.desk.table.all():
                self.desk.store(other | {"name": change["name"]})

    def cancel(self, request: Request, key: str) -> Reply:
        """End a campaign for good."""
        row = self.desk.existing(key)
        if "cancel_reason_number" in self.faults:
            bodies.require(bodies.parse(request.raw), "reason")
        elif "cancel_without_reason" not in self.faults:
            reason(request)
        if row["status"] not in self._cancelable():
            raise Refused(409 if "cancel_409" in self.faults else 400, "Not running.")
        row["status"] = self._ended(row["status"])
        if "cancel_clears_plan" in self.desk.readings:
            row["next_run_time"] = None
        if "cancel_renames" in self.faults:
            row["name"] += " (canceled)"
        if "cancel_all" in self.faults:
            for other in self.desk.table.all():
                if other["status"] in _CANCELABLE:
                    self.desk.store(other | {"status": "canceled"})
        if "cancel_not_stored" not in self.faults:
            self.desk.store(row)
        return Reply(200, self.desk.show(row)) if "cancel_200" in self.faults else Reply(204)

    def _ended(self, status: str) -> str:
        if "cancel_noop" in self.faults:
            return status
        if "cancel_to_paused" in self.faults:
            return "paused"
        return "cancelled" if "cancel_british" in self.faults else "canceled"

    def _cancelable(self) -> set[str]:
        more = {state for fault, state in _ALSO_CANCELABLE.items() if fault in self.faults}
        less = {state for fault, state in _NOT_CANCELABLE.items() if fault in self.faults}
        return (_CANCELABLE | more) - less


def merge(old: Any, patch: Any) -> Any:
    """RFC 7396: null removes, objects merge, everything else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(old) if isinstance(old, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def _nullable(check: Check) -> Check:
    return lambda value: None if value is None else check(value)
