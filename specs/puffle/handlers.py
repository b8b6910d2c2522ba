"""What no word can say of Puffle: leads are added, changed and removed by a body that names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from troth import ANY, Asked, Done, Handled, Refuse

_PROFILE = ("email", "linkedin_url", "first_name", "last_name", "company", "position", "headline")


def _identity(lead: Mapping[str, Any], channel: Any) -> str | None:
    """What tells a lead from the others on a channel: docs.puffle.ai, "Add leads to campaign"."""
    if channel == "email":
        return (lead.get("email") or "").strip().lower() or None
    return (lead.get("linkedin_url") or "").partition("?")[0].rstrip("/") or None


def _counted(asked: Asked, by: int) -> dict[str, Any]:
    left = asked.parent_hidden.get("left")
    return {"left": left + by if isinstance(left, int) else ANY}


def validateCampaign(asked: Asked) -> Handled:  # noqa: N802
    """Of what is no draft nothing else is said; what is said of a draft is open."""
    status = (asked.record or {}).get("status")
    text = f"Campaign is {status} — must be draft to launch"
    return Done({"/errors": ANY if status == "draft" else [text]})


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
        create=[{**lead, "campaign_id": (asked.parent or {}).get("id")} for lead in new.values()],
    )
    # Open: whether the identity is stored as it came or normalised.
    key = "email" if channel == "email" else "linkedin_url"
    normal = [{**lead, key: identity} for lead, identity in zip(done.create, new, strict=True)]
    ways: list[Done | Refuse] = [done, replace(done, create=normal)]
    # Open: whether leads without an identity are left out, or the whole batch is refused.
    return [*ways, Refuse(status=400)] if nameless else ways


def updateLead(asked: Asked) -> Handled:  # noqa: N802
    """The profile fields of one lead."""
    id = asked.body["prospect_id"]
    if asked.known is not None and all(lead["id"] != id for lead in asked.known):
        return Refuse(kind="missing")
    sent = asked.body["updates"]
    changed = {name: sent[name] for name in _PROFILE if name in sent}
    return Done({f"/prospect/{name}": value for name, value in changed.items()}, update={id: changed})


def removeLeads(asked: Asked) -> Handled:  # noqa: N802
    """Those that are named, or all."""
    if asked.known is None:
        return Done({"/deleted": ANY}, parent_hidden={"left": ANY})
    there = [lead["id"] for lead in asked.known]
    if asked.body.get("all"):
        return Done({"/deleted": "all"}, parent_hidden=_counted(asked, -len(there)), delete=there)
    gone = [id for id in dict.fromkeys(asked.body["prospect_ids"]) if id in there]
    return Done({"/deleted": len(gone)}, parent_hidden=_counted(asked, -len(gone)), delete=gone)
