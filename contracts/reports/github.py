"""GitHub's workflow commands, as its runner reads them."""

from __future__ import annotations

from collections.abc import Mapping


def command(level: str, said: Mapping[str, str], message: str) -> str:
    """One command: ``::error file=…,line=…::message``."""
    properties = ",".join(f"{name}={_property(value)}" for name, value in said.items())
    return f"::{level} {properties}::{_message(message)}"


def _message(text: str) -> str:
    """Text as a command can carry it: the runner reads lines, and decodes these three."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
