"""The nodes of a Puffle draft, one at a time: add, move, remove, change."""

import uuid
from typing import Any

from tests.faulty import bodies
from tests.faulty.bodies import Check, Json, Refused
from tests.faulty.puffle_bodies import NODE_TYPES
from tests.faulty.puffle_data import DELAYS, UUID, node
from tests.faulty.puffle_desk import Part
from tests.faulty.serving import Operation, Reply, Request, operation

_EDITABLE = {
    "subject": {"email"},
    "body": {"connection_request", "message", "email"},
    "include_message": {"connection_request"},
    "is_reply": {"email"},
    "delay_days": {"delay"},
    "delay_hours": {"delay"},
    "delay_minutes": {"delay"},
    "ai_node": {"ai"},
}


def _text(about: str) -> Check:
    return lambda value: bodies.text(about, value)


def _truth(about: str) -> Check:
    return lambda value: bodies.truth(about, value)


_FIELDS: dict[str, Check] = {
    "subject": _text("subject"),
    "body": _text("body"),
    "include_message": _truth("include_message"),
    "is_reply": _truth("is_reply"),
    **{amount: lambda value: bodies.whole("delay amount", value, 0) for amount in DELAYS},
}


class Nodes(Part):
    """Changes of single nodes; positions stay contiguous from 0."""

    def operations(self) -> list[Operation]:
        """List the operations."""
        path = "/api/campaigns/{id}/sequence/nodes"
        return [
            operation("node_add", f"POST {path}", self.add),
            operation("node_move", f"PATCH {path}", self.move),
            operation("node_delete", f"DELETE {path}", self.remove),
            operation("node_put", f"PUT {path}/{{node}}", self.put),
        ]

    # Adding

    def add(self, request: Request, key: str) -> Reply:
        """Put a new node where it is asked for, or right before the end."""
        given = self._new(bodies.parse(request.raw))
        row = self.draft(key, "node_add")
        made = node(row["id"], given | {"id": str(uuid.uuid4())})
        if "node_add_loses_body" in self.on and "body" in made:
            made["body"] = ""
        if "node_add_wrong_type" in self.on and made["type"] == "message":
            made["type"] = "email"
        if "node_add_reuses_id" in self.on:
            made["id"] = row["_nodes"][0]["id"]
        before = list(row["_nodes"])
        row["_nodes"] = self._with(before, made, given.get("position"))
        return self._stored("node_add", row, before)

    def _new(self, body: Json) -> Json:
        if "node_add_typeless" not in self.on:
            bodies.require(body, "type")
        known: dict[str, Check] = {
            "type": lambda value: bodies.choice("type", value, NODE_TYPES),
            "position": lambda value: bodies.whole("position", value, 0),
        }
        return {"type": "message"} | bodies.checked(body, known | _FIELDS)

    def _with(self, nodes: list[Json], made: Json, position: Any) -> list[Json]:
        if position is None or "node_add_ignores_position" in self.on:
            ends = [place for place, one in enumerate(nodes) if one["type"] == "end"]
            place = ends[-1] if ends else len(nodes)
            if "node_add_after_end" in self.on:
                place = len(nodes)
            if "node_add_first" in self.on:
                place = 0
        else:
            place = min(position, len(nodes))
        found = [*nodes[:place], made, *nodes[place:]]
        if "node_add_replaces" in self.on:
            found = [*nodes[:place], made, *nodes[place + 1 :]]
        if "node_add_same_position" in self.on:
            return [one | {"position": place} if one is made else one for one in found]
        return self._numbered(found, "node_add_from_one")

    def _numbered(self, nodes: list[Json], fault: str) -> list[Json]:
        first = 1 if fault in self.on else 0
        return [one | {"position": place} for place, one in enumerate(nodes, first)]

    def _stored(self, name: str, row: Json, before: list[Json]) -> Reply:
        if f"{name}_renames" in self.on:
            row["name"] += " (changed)"
        if f"{name}_not_stored" in self.on:
            self.desk.store(row | {"_nodes": before})
        else:
            self.desk.store(row)
        shown = before if f"{name}_answers_old" in self.on else row["_nodes"]
        return self.desk.ok({"sequence_nodes": shown})

    # Moving and removing

    def move(self, request: Request, key: str) -> Reply:
        """Move a node; those between make room."""
        body = bodies.parse(request.raw)
        bodies.require(body, "nodeId", "toPosition")
        id = bodies.matching("nodeId", body["nodeId"], UUID)
        to = bodies.whole(
            "toPosition", body["toPosition"], None if "node_move_negative" in self.on else 0, 1000
        )
        row = self.draft(key, "node_move")
        before = list(row["_nodes"])
        moved = self._named(row, id)
        row["_nodes"] = self._moved(before, moved, max(to, 0))
        return self._stored("node_move", row, before)

    def _moved(self, nodes: list[Json], moved: Json, to: int) -> list[Json]:
        rest = [one for one in nodes if one["id"] != moved["id"]]
        place = min(to, len(rest))
        if "node_move_off_by_one" in self.on:
            place = max(place - 1, 0)
        found = [*rest[:place], moved, *rest[place:]]
        if "node_move_swaps" in self.on and nodes:
            found, old = list(nodes), next(i for i, one in enumerate(nodes) if one["id"] == moved["id"])
            place = min(to, len(nodes) - 1)
            found[old], found[place] = found[place], found[old]
        if "node_move_keeps_positions" in self.on:
            return found
        if "node_move_appends" in self.on:
            found = [*rest, moved]
        return self._numbered(found, "node_move_from_one")

    def remove(self, request: Request, key: str) -> Reply:
        """Remove the node that the body names."""
        body = bodies.parse(request.raw)
        bodies.require(body, "nodeId")
        id = bodies.matching("nodeId", body["nodeId"], UUID)
        row = self.draft(key, "node_delete")
        before = list(row["_nodes"])
        named = before.index(self._named(row, id))
        if "node_delete_wrong" in self.on:
            named = len(before) - 1 - named
        if "node_delete_rest" in self.on:
            row["_nodes"] = before[:named]
        else:
            row["_nodes"] = [*before[:named], *before[named + 1 :]]
        if "node_delete_noop" in self.on:
            row["_nodes"] = before
        if "node_delete_gap" not in self.on:
            row["_nodes"] = self._numbered(row["_nodes"], "node_delete_from_one")
        return self._stored("node_delete", row, before)

    def _named(self, row: Json, id: str) -> Json:
        found = next((one for one in row["_nodes"] if one["id"] == id), None)
        if found is None:
            status = 400 if "unknown_node_400" in self.on else 404
            raise Refused(500 if "unknown_node_500" in self.on else status, "Node not found")
        return dict(found)

    # Changing

    def put(self, request: Request, key: str) -> Reply:
        """Change the fields that are sent and that the node's type has."""
        row = self.draft(key, "node_put")
        id = request.path.rpartition("/")[2]
        if not UUID.fullmatch(id):
            raise Refused(404 if "bad_id_404" in self.on else 400, "Invalid node id")
        old = self._named(row, id)
        change = self._change(old, bodies.parse(request.raw))
        new = self._changed(old, change, bodies.parse(request.raw))
        if "node_put_checks_delay" in self.on and new["type"] == "delay":
            self._refuse_delay(new)
        name = "node_put_first_node"
        goal = row["_nodes"][0]["id"] if name in self.on else id
        row["_nodes"] = [{**new, "id": goal} if one["id"] == goal else one for one in row["_nodes"]]
        if "node_put_not_stored" not in self.on:
            self.desk.store(row)
        if "node_put_answers_old" in self.on:
            new = old
        return self.desk.ok({"node": new})

    def _change(self, old: Json, body: Json) -> Json:
        change = bodies.checked(body, _FIELDS | {"ai_node": lambda value: bodies.record("ai_node", value)})
        foreign = [field for field in change if old["type"] not in _EDITABLE[field]]
        if foreign and "foreign_node_field_rejected" in self.on:
            raise Refused(400, f"{foreign[0]} does not belong to {old['type']} nodes")
        if "node_put_writes_foreign" in self.on:
            foreign = []
        return {field: value for field, value in change.items() if field not in foreign}

    def _changed(self, old: Json, change: Json, body: Json) -> Json:
        new = old | change
        if "node_put_replaces" in self.on:
            new = self._replaced(old, change)
        elif "ai_node" in change and "ai_node_merged" in self.on:
            new["ai_node"] = (old.get("ai_node") or {}) | change["ai_node"]
        if "node_put_type" in self.on and body.get("type") in NODE_TYPES:
            new["type"] = body["type"]
        if "node_put_position" in self.on:
            new["position"] = old["position"] + 1
        if "node_put_ignores_hours" in self.on and "delay_hours" in old:
            new["delay_hours"] = old["delay_hours"]
        self._distort(new, old, change)
        return new

    def _replaced(self, old: Json, change: Json) -> Json:
        """Change a node as if what is not sent were emptied."""
        lost = {field: "" if isinstance(old[field], str) else 0 for field in _EDITABLE if field in old}
        return old | lost | change

    def _distort(self, new: Json, old: Json, change: Json) -> None:
        """Store something else than what was sent."""
        if "node_put_inverts_reply" in self.on and "is_reply" in change:
            new["is_reply"] = not change["is_reply"]
        if "node_put_appends_body" in self.on and "body" in change:
            new["body"] = f"{old.get('body', '')}{change['body']}"

    def _refuse_delay(self, delay: Json) -> None:
        days, hours, minutes = (int(delay.get(amount, 0)) for amount in DELAYS)
        if not 1 <= days * 1440 + hours * 60 + minutes <= 43200:
            raise Refused(400, "Delay must total 1 minute to 30 days")
