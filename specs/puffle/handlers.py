"""What no word can say of Puffle: leads are added, changed and removed by a body that names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from troth import ANY, Asked, Done, Handled, Refuse

_SENDABLE = ("connection_request", "message", "email", "ai")
_CONTENT = {"email": ("subject", "body"), "message": ("body",)}
_PROFILE = ("email", "linkedin_url", "first_name", "last_name", "company", "position", "headline")


def _identity(lead: Mapping[str, Any], channel: Any) -> str | None:
    """What tells a lead from the others on a channel: docs.puffle.ai, "Add leads to campaign"."""
    if channel == "email":
        return (lead.get("email") or "").strip().lower() or None
    return (lead.get("linkedin_url") or "").partition("?")[0].rstrip("/") or None


def _full_name(lead: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The name that follows from the first and the last one, where one of them is given."""
    parts = [lead.get(part) for part in ("first_name", "last_name")]
    if not {"first_name", "last_name"} & given.keys():
        return {}
    if not all(part is None or isinstance(part, str) for part in parts):
        return {}
    return {"name": " ".join(part for part in parts if part) or None}


def _named(lead: Mapping[str, Any]) -> dict[str, Any]:
    """A new lead with its name."""
    return {"name": None, **lead, **_full_name(lead, lead)}


def _counted(asked: Asked, by: int) -> dict[str, Any]:
    left = asked.parent_hidden.get("left")
    return {"left": left + by if isinstance(left, int) else ANY}


def _is_empty(node: Mapping[str, Any]) -> bool:
    """Whether a node lacks what it is to send."""
    return not all(node.get(name) for name in _CONTENT.get(str(node.get("type")), ()))


def _lacking(campaign: Mapping[str, Any], nodes: list[Any], left: Any) -> list[str]:
    """What a draft lacks for a launch; the texts are not documented."""
    found = []
    if not campaign.get("sender_accounts"):
        found.append("No sender accounts")
    if left == 0:
        found.append("No prospects")
    if not any(node.get("type") in _SENDABLE for node in nodes):
        found.append("No sendable nodes")
    empty = [str(place) for place, node in enumerate(nodes) if _is_empty(node)]
    if empty:
        found.append(f"Nodes without content at positions {', '.join(empty)}")
    return found


def validateCampaign(asked: Asked) -> Handled:  # noqa: N802
    """Of what is no draft nothing else is said; what is said of a draft is open."""
    campaign = asked.record or {}
    status = campaign.get("status")
    if status != "draft":
        return Done({"/errors": [f"Campaign is {status} — must be draft to launch"]})
    any_text, nodes = Done({"/errors": ANY}), campaign.get("sequence_nodes")
    if not isinstance(nodes, list) or not all(isinstance(node, Mapping) for node in nodes):
        return any_text
    return [Done({"/errors": _lacking(campaign, nodes, asked.hidden.get("left"))}), any_text]


def addLeads(asked: Asked) -> Handled:  # noqa: N802
    """New ones are stored; those whose identity is there already, or twice in the batch, are not."""
    channel, leads = (asked.parent or {}).get("type"), asked.body["prospects"]
    if asked.known is None:
        return Done({"/imported": ANY, "/duplicates": ANY}, parent_hidden={"left": ANY})
    taken = {_identity(lead, channel) for lead in asked.known}
    new: dict[str, Mapping[str, Any]] = {}
    for lead in leads:
        identity = _identity(lead, channel)
        if identity is not None and identity not in taken:
            new.setdefault(identity, lead)
    nameless = sum(_identity(lead, channel) is None for lead in leads)
    done = Done(
        {"/imported": len(new), "/duplicates": ANY if nameless else len(leads) - len(new)},
        parent_hidden=_counted(asked, len(new)),
        create=[{**_named(lead), "campaign_id": (asked.parent or {}).get("id")} for lead in new.values()],
    )
    # Open: whether the identity is stored as it came or normalised.
    key = "email" if channel == "email" else "linkedin_url"
    normal = [{**lead, key: identity} for lead, identity in zip(done.create, new, strict=True)]
    ways: list[Done | Refuse] = [done, replace(done, create=normal)]
    if not nameless:
        return ways
    # Open: whether the whole batch is refused for a lead without an identity, or that is left out.
    said = Refuse(f"Every lead of this campaign needs a value for {key}", 400)
    return [said, *ways, Refuse(status=400)]


def updateLead(asked: Asked) -> Handled:  # noqa: N802
    """The profile fields of one lead."""
    id = asked.body["prospect_id"]
    if asked.known is not None and all(lead["id"] != id for lead in asked.known):
        return Refuse(kind="missing")
    sent = asked.body["updates"]
    changed = {name: sent[name] for name in _PROFILE if name in sent}
    answers = {f"/prospect/{name}": value for name, value in changed.items()}
    lead = next((known for known in asked.known or () if known["id"] == id), {})
    return Done(answers, update={id: {**changed, **_full_name({**lead, **changed}, changed)}})


def removeLeads(asked: Asked) -> Handled:  # noqa: N802
    """Those that are named, or all."""
    if asked.known is None:
        return Done({"/deleted": ANY}, parent_hidden={"left": ANY})
    there = [lead["id"] for lead in asked.known]
    if asked.body.get("all"):
        return Done({"/deleted": "all"}, parent_hidden=_counted(asked, -len(there)), delete=there)
    gone = [id for id in dict.fromkeys(asked.body["prospect_ids"]) if id in there]
    return Done({"/deleted": len(gone)}, parent_hidden=_counted(asked, -len(gone)), delete=gone)
