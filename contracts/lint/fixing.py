"""Findings that a machine can mend: edits of the text at known places, so that comments and layout stay.

A file is written beside the old one and then put in its place: it is never half written.
"""

from __future__ import annotations

import difflib
import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from troth.contracts.document import Document
from troth.contracts.document.source import Source
from troth.contracts.lint.nodes import Fix
from troth.contracts.model import Finding

_BOM = "\ufeff"


class Edit(NamedTuple):
    """From where to where a text is replaced, and by what."""

    start: int
    end: int
    new: str


@dataclass(frozen=True)
class Mended:
    """A file with its text as it will be, and the findings that are then gone."""

    source: Source
    text: str
    findings: tuple[Finding, ...]

    def write(self) -> None:
        """Put the new text in the place of the old one."""
        path = self.source.path.resolve()
        text = self.text
        if path.read_bytes().startswith(_BOM.encode()):
            text = _BOM + text
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode())
            Path(name).chmod(path.stat().st_mode & 0o7777)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def diff(self) -> Iterator[str]:
        """The lines of a unified diff, as `patch` takes them."""
        old, new = (text.splitlines(keepends=True) for text in (self.source.text, self.text))
        for line in difflib.unified_diff(old, new, self.source.name, self.source.name):
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def mend(document: Document, fixes: Mapping[Finding, Fix]) -> list[Mended]:
    """Each file of a document in which something can be mended, as it would be; nothing is written."""
    found: defaultdict[Source, dict[Edit, list[Finding]]] = defaultdict(dict)
    for finding, fix in fixes.items():
        source, pointer = document.sources.place(fix.pointer)
        edit = _edit(source, pointer, fix)
        if edit is not None:
            found[source].setdefault(edit, []).append(finding)
    return [_mended(source, edits) for source, edits in found.items()]


def _mended(source: Source, edits: Mapping[Edit, list[Finding]]) -> Mended:
    text, last, gone = source.text, len(source.text), []
    for edit in sorted(edits, reverse=True):
        if edit.end <= last:  # one that overlaps is left to the next run
            text, last = text[: edit.start] + edit.new + text[edit.end :], edit.start
            gone += edits[edit]
    return Mended(source, text, tuple(reversed(gone)))


def _edit(source: Source, pointer: str, fix: Fix) -> Edit | None:
    """The edit that mends a place; None where the text is not what it is expected to be."""
    span = source.span(pointer)
    if span is None:
        return None
    if fix.remove:
        parent, _, index = pointer.rpartition("/")
        before = source.span(f"{parent}/{int(index) - 1}")
        return _removal(source.text, before, span)
    new = _scalar(source.text[slice(*span)], fix.old, fix.new)
    if new is None:
        return None
    return Edit(*span, new)


def _scalar(raw: str, old: bool | str, new: bool | str) -> str | None:
    """A scalar in the quotes that it has."""
    if isinstance(old, bool):
        if raw.lower() != str(old).lower():
            return None
        return str(new).lower()
    if raw not in (old, f"'{old}'", f'"{old}"'):
        return None
    return raw.replace(old, str(new))


def _removal(text: str, before: tuple[int, int] | None, span: tuple[int, int]) -> Edit | None:
    """Without one item of a list: from the comma before it on, or its line."""
    if before is None:
        return None
    if re.fullmatch(r"\s*,\s*", text[before[1] : span[0]]):
        return Edit(before[1], span[1], "")
    if "\n" in text[slice(*span)]:
        return None
    start = text.rfind("\n", 0, span[0]) + 1
    end = text.find("\n", span[1]) + 1 or len(text)
    alone = re.fullmatch(r"[ \t]*-[ \t]+", text[start : span[0]])
    rest = re.fullmatch(r"[ \t\r]*(?:[ \t]#[^\n]*)?\n?", text[span[1] : end])
    if not alone or not rest:
        return None
    return Edit(start, end, "")
