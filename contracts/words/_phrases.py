"""Turns of phrase that the sentences of words share."""

from __future__ import annotations

from collections.abc import Iterable

from troth.contracts.contract import Contract


def answered(contract: Contract, kind: str, status: int | None = None, message: str | None = None) -> str:
    """How a kind of refusal is answered, in words: ``with 400 and “No.”``."""
    known = contract.errors.kind(kind)
    status, text = status or known.status, message or known.message
    shown = "an error" if status is None else f"{status}XX" if status < 10 else str(status)
    return f"with {shown}" + (f" and “{text}”" if text else "")


def listed(names: Iterable[str], last: str = "or") -> str:
    """``a, b or c``, each in backticks."""
    shown = [f"`{name}`" for name in names]
    return f" {last} ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
