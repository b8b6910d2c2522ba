"""Changes for machines. The shape is part of the public interface (docs/reference)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from troth.contracts.contract import Contract
from troth.contracts.diff import Change
from troth.contracts.model import Json, Pointer
from troth.contracts.promises.facts import BREAKS, MAYBE, SAFE

NAME = "json"
COMMAND = "diff"


def render(old: Contract, new: Contract, changes: Sequence[Change]) -> str:
    """JSON: ``old new summary changes[{kind breaking says why operations states old new}]``."""
    summary = {level: sum(c.breaking == level for c in changes) for level in (BREAKS, MAYBE, SAFE)}
    found = [_change(old, new, change) for change in changes]
    whole = {"old": old.document.name, "new": new.document.name, "summary": summary, "changes": found}
    return json.dumps(whole, indent=2, ensure_ascii=False)


def _change(old: Contract, new: Contract, change: Change) -> dict[str, Json]:
    return {
        "kind": change.kind,
        "breaking": change.breaking,
        "says": change.sentence,
        "why": change.why,
        "operations": list(change.operations),
        "states": list(change.states),
        "old": _place(old, change.old),
        "new": _place(new, change.new),
    }


def _place(contract: Contract, pointer: Pointer | None) -> Json:
    if pointer is None:
        return None
    at = contract.document.locate(pointer)
    return {"pointer": pointer, "file": at.file, "line": at.line, "column": at.column}
