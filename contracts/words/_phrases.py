"""Turns of phrase that the sentences of words share."""

from __future__ import annotations

from collections.abc import Iterable

from troth.contracts.contract import Contract


def answered(contract: Contract, kind: str, status: int | None = None, message: str | None = None) -> str:
    """How a kind of refusal is answered, in words: ``with 400 and “No.”``."""
    known = contract.errors.kind(kind)
    how = f"with {_status(status or known.status)}"
    text = message or known.message
    if text:
        how += f" and “{text}”"
    return how


def _status(status: int | None) -> str:
    """A status for readers; 4 and 5 are any of their class."""
    if status is None:
        return "an error"
    if status < 10:
        return f"{status}XX"
    return str(status)


def listed(names: Iterable[str], last: str = "or") -> str:
    """``a, b or c``, each in backticks."""
    shown = [f"`{name}`" for name in names]
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {last} {shown[-1]}"


def when(condition: str | None) -> str:
    """On which condition, where there is one: `` when `self.open` ``, to be put after a sentence."""
    if not condition:
        return ""
    return f" when `{condition}`"
