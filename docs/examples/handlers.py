"""What no word can say of the shop: counts of the same article are added up."""

from __future__ import annotations

from troth import Asked, Done, Handled, Refuse


def addLine(asked: Asked) -> Handled:  # noqa: N802
    """An article that is in the order already is counted up; nobody gets more than nine of it."""
    sku, lines = asked.body["sku"], (asked.record or {}).get("lines") or []
    count = asked.body["count"] + sum(line.get("count", 1) for line in lines if line["sku"] == sku)
    if count > 9:
        return Refuse(f"Nine of {sku} are the most", status=422)
    others = [line for line in lines if line["sku"] != sku]
    return Done(set={"lines": [*others, {"sku": sku, "count": count}]})
