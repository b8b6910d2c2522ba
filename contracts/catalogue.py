"""Documents by name or by path: those that ship with troth, and any file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import specs as bundled
from contracts.contract import Contract
from contracts.document import read_document
from contracts.document.hints import did_you_mean
from contracts.errors import UsageError
from contracts.inference import with_words
from contracts.loading import build, require_sound

FILE = "openapi.yaml"
"""The document in each folder of ``specs/``."""


def bundled_names() -> list[str]:
    """The names of the documents that ship with troth."""
    root = Path(str(bundled.__file__)).parent
    return sorted(folder.parent.name for folder in root.glob(f"*/{FILE}"))


def find(spec: str) -> Path:
    """The file of a spec, by bundled name or by path. Raises UsageError where there is none."""
    if spec in bundled_names():
        return _near(Path(str(bundled.__file__)).parent / spec / FILE)
    path = Path(spec)
    if not path.exists() and path.parent == Path() and not path.suffix:
        hint = did_you_mean(spec, bundled_names())
        raise UsageError(f"there is no bundled spec and no file named {spec!r}{hint}")
    return path


def open_spec(spec: str, *, infer: bool = False, seed: int = 0, overlays: Sequence[Path] = ()) -> Contract:
    """Load a contract by bundled name or by path; it bears that name, or that of its folder or file.

    ``infer``: a document without words gets those that its paths and schemas suggest, with records that
    follow from ``seed``.
    ``overlays`` are applied in order.
    """
    path = find(spec)
    name = path.parent.name if path.stem == "openapi" and path.parent.name else path.stem
    document = read_document(path, str(path), overlays)
    if not infer:
        return build(document, name)
    require_sound(document)
    return build(with_words(document, seed), name)


def _near(path: Path) -> Path:
    """A path as a reader would write it: relative where that is shorter."""
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else Path(relative)
