"""The order of a decision, written down once: each word says at which stage it speaks."""

from __future__ import annotations

from enum import Enum


class RefusalStage(Enum):
    """What a call may be refused for, in the order in which the mock looks."""

    CREDENTIALS = "credentials"
    QUOTA = "quota"
    KEY = "key"
    PARENT = "parent"
    EXISTENCE = "existence"
    PRECONDITION = "precondition"
    SHAPE = "parameters and body"
    RULES = "rules"
    UNIQUENESS = "uniqueness"
    STATE = "state"
    LINKS = "links"
    PARTS = "parts"
    FILE = "file"
    FIELDS = "fields"
    OPEN = "what nobody says"
    HANDLER = "handler"
    EFFECTS = "effects"


class ApplyStage(Enum):
    """What an accepted call does, in this order."""

    RECORD = "record"
    PARENT = "parent"
    ORDER = "order"
    QUERY = "query"
    PAGE = "page"
    FIELDS = "fields"
    STATE = "state"
    AUTOMATIC = "automatic"
    HANDLER = "handler"
    LINKS = "links"
    PARTS = "parts"
    FILE = "file"
    NESTED = "nested"
    EFFECTS = "effects"
    AFTERWARDS = "automatic, once more"
    MANAGED = "managed"
    ANSWERS = "answers"


def place(stage: RefusalStage | ApplyStage | None) -> tuple[bool, int]:
    """What words are sorted by: where a stage stands in its order; those without one come last."""
    if stage is None:
        return True, 0
    return False, list(type(stage)).index(stage)
