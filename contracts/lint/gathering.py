"""Which documents a run of lint is about: files, names of what ships, standard input, and all in a folder."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from troth.contracts.document.files import read_file
from troth.contracts.document.source import LIMIT
from troth.contracts.errors import UsageError
from troth.contracts.loading.catalogue import find

_ENDINGS = (".yaml", ".yml", ".json")
_NAMED = re.compile(rb"""^\s*\{?\s*["']?openapi["']?[ \t]*:""", re.M)
_IN_JSON = re.compile(rb'"openapi"\s*:')
_PASSED_OVER = ("node_modules", "__pycache__")


def documents(named: Sequence[str]) -> dict[str, Path]:
    """The documents that are meant, each once, by the name that they have in reports. Raises UsageError."""
    found: dict[str, Path] = {}
    for name in named:
        path = find(name)
        if not path.is_dir():
            found[name] = path
            continue
        inside = {str(file): file for file in _below(path)}
        if not inside:
            endings = ", ".join(_ENDINGS)
            raise UsageError(f"{name}: there is no OpenAPI document in this folder (of {endings})")
        found |= inside
    return found


def _below(folder: Path) -> Iterator[Path]:
    """The OpenAPI documents of a folder and the folders below, but for hidden ones, in order."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _PASSED_OVER)
        for name in sorted(files):
            path = Path(place) / name
            if path.suffix in _ENDINGS and not name.startswith(".") and _is_openapi(path):
                yield path


def _is_openapi(path: Path) -> bool:
    """Whether a file says that it is a document, and no part of one."""
    try:
        text = read_file(path, LIMIT)
        if path.suffix != ".json":
            return _NAMED.search(text) is not None
        return _IN_JSON.search(text) is not None and "openapi" in json.loads(text)
    except (OSError, ValueError, TypeError, RecursionError):
        return False
