"""``check:`` in a ``troth.yaml``: which contracts are to be held against which targets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from troth.contracts.check.promised import Promises
from troth.contracts.document.hints import did_you_mean
from troth.contracts.document.pointers import join
from troth.contracts.document.source import Source
from troth.contracts.errors import ContractError, UsageError

FILE = "troth.yaml"
_TEXTS = ("spec", "target", "config", "baseline")
_LISTS = ("overlays", "only", "exclude")
_FLAGS = ("infer",)
_KNOWN = (*_TEXTS, *_LISTS, *_FLAGS)


def asked_in(path: Path) -> list[Promises]:
    """What a file asks for; nothing where it has no ``check``. Raises UsageError with the place."""
    try:
        source = Source(path, str(path))
    except ContractError as error:
        raise UsageError(str(error)) from None
    data = source.data
    if not isinstance(data, dict) or "check" not in data:
        return []
    entries: Any = data["check"]
    if isinstance(entries, dict):
        return [_entry(source, "/check", entries)]
    if not isinstance(entries, list):
        raise UsageError(f"{source.locate('/check')}: `check` is a list of {{spec, target}}")
    return [_entry(source, join("/check", index), entry) for index, entry in enumerate(entries)]


def _entry(source: Source, at: str, entry: Any) -> Promises:
    if not isinstance(entry, dict) or not isinstance(entry.get("spec"), str):
        raise UsageError(
            f"{source.locate(at)}: `spec` is missing: the document, or the name of one that ships"
        )
    for key in entry:
        if key not in _KNOWN:
            hint = did_you_mean(str(key), _KNOWN)
            raise UsageError(f"{source.locate(join(at, str(key)))}: there is no {key!r} here{hint}")
    texts: Any = {key: _text(source, join(at, key), entry[key]) for key in _TEXTS if key in entry}
    lists: Any = {key: _texts(source, join(at, key), entry[key]) for key in _LISTS if key in entry}
    flags: Any = {key: _flag(source, join(at, key), entry[key]) for key in _FLAGS if key in entry}
    return Promises(**texts, **lists, **flags)


def _text(source: Source, at: str, value: Any) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{source.locate(at)}: a text is expected, found {value!r}")
    return value


def _flag(source: Source, at: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{source.locate(at)}: true or false is expected, found {value!r}")
    return value


def _texts(source: Source, at: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise UsageError(f"{source.locate(at)}: a list of texts is expected, found {value!r}")
    return tuple(_text(source, join(at, index), item) for index, item in enumerate(value))
