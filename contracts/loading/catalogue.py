"""Documents by name or by path: those that ship with troth, and any file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from troth import specs as bundled
from troth.contracts.contract import Contract
from troth.contracts.document import Document, read_document
from troth.contracts.document.fetched import fetch, is_url, named
from troth.contracts.document.files import STDIN
from troth.contracts.document.hints import did_you_mean
from troth.contracts.errors import ContractError, UsageError
from troth.contracts.loading.assembling import build, require_sound
from troth.contracts.loading.granted import worded
from troth.contracts.loading.guesses import build_guessed

_BUNDLED = Path(str(bundled.__file__)).resolve().parent
"""In a checkout the folder of the package is a link to the one beside it."""

FILE = "openapi.yaml"
"""The document in each folder of ``specs/``."""


def bundled_names() -> list[str]:
    """The names of the documents that ship with troth."""
    return sorted(folder.parent.name for folder in _BUNDLED.glob(f"*/{FILE}"))


def find(spec: str) -> Path:
    """The file of a spec, by bundled name, path or URL. Raises UsageError where there is none."""
    if is_url(spec):
        return fetch(spec)
    if spec in bundled_names():
        return _near(_BUNDLED / spec / FILE)
    path = Path(spec)
    if spec == STDIN:
        return path
    if not path.exists() and path.parent == Path() and not path.suffix:
        hint = did_you_mean(spec, bundled_names())
        raise UsageError(f"there is no bundled spec and no file named {spec!r}{hint}")
    return path


def load(
    spec: str | Path,
    *,
    name: str | None = None,
    overlays: Sequence[str | Path] = (),
    infer: bool = False,
    seed: int = 0,
    run: bool | None = None,
    outside: bool = False,
    tried: bool = False,
) -> Contract:
    """The contract of a document, by bundled name (``"puffle"``), by path or by URL.

    ``name``: what it is called in reports; otherwise that of the spec, or of its folder or file.
    ``overlays``: OpenAPI Overlay files, applied in order. ``infer``: a document without words gets those that
    its paths and schemas suggest, with records that follow from ``seed``.
    ``run``: whether its ``handlers``, which are Python code, may be run. Where nothing is said, those that
    ship with troth are, and others are an error; with False, their operations do what the words say.
    ``tried``: whether only what a test may try is inferred, and not what a mock takes for granted besides.
    ``outside``: whether files beyond its folder, its repository and the current folder may be referred to.
    Raises ContractError with every finding of severity ``error``, and UsageError where there is no such spec.
    """
    path = find(str(spec))
    called = name or _name(path)
    document = read_document(path, named(path), [Path(overlay) for overlay in overlays], outside=outside)
    document.runs_below = _runs_below(document, run)
    if not infer:
        return build(document, called)
    require_sound(document)
    found = worded(document, seed, tried=tried)
    if found.guessed or found is document:
        return build_guessed(found, called)
    with suppress(ContractError):  # what was guessed of an author's lists does not fit his words
        return build(found, called)
    return build(document, called)


def _runs_below(document: Document, run: bool | None) -> tuple[Path, ...] | None:
    """The folders whose Python files may be run."""
    if run is None:
        return (_BUNDLED,)
    if not run:
        return None
    return tuple(source.path.resolve().parent for source in document.sources.values())


def _name(path: Path) -> str:
    """What a document at this path is called: a folder's name where the file's says nothing."""
    if str(path) == STDIN:
        return "stdin"
    if path.stem == "openapi" and path.parent.name:
        return path.parent.name
    return path.stem


def _near(path: Path) -> Path:
    """A path as a reader would write it: relative where that is shorter."""
    relative = os.path.relpath(path)
    if relative.startswith(".."):
        return path
    return Path(relative)
