"""GitHub's workflow commands, as its runner reads them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def command(level: str, said: Mapping[str, str], message: str) -> str:
    """One command: ``::error file=…,line=…::message``."""
    if "file" in said:
        said = {**said, "file": _in_repository(said["file"])}
    properties = ",".join(f"{name}={_property(value)}" for name, value in said.items())
    return f"::{level} {properties}::{_message(message)}"


def _in_repository(file: str) -> str:
    """A file as the runner looks for it: from the repository on, in whatever folder of it this runs."""
    root = os.environ.get("GITHUB_WORKSPACE")
    if root is None:
        return file
    path = Path(os.path.abspath(file))
    if not path.is_relative_to(root):
        return file
    return path.relative_to(root).as_posix()


def _message(text: str) -> str:
    """Text as a command can carry it: the runner reads lines, and decodes these three."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
