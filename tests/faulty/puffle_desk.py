"""What the parts of the Puffle server need of each other."""

from typing import Protocol

from tests.faulty.bodies import Json, Refused
from tests.faulty.clock import Clock
from tests.faulty.serving import Reply, Table


class Desk(Protocol):
    """The server, as its parts see it."""

    clock: Clock
    faults: frozenset[str]
    readings: frozenset[str]
    table: Table

    def existing(self, key: str) -> Json:
        """Find a campaign."""

    def store(self, row: Json) -> None:
        """Write a campaign."""

    def ok(self, body: Json, status: int = 200) -> Reply:
        """Answer a success."""


class Part:
    """One group of operations on the server's campaigns."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.on = desk.faults | desk.readings

    def draft(self, key: str, fault: str) -> Json:
        """Find a campaign that is a draft; other ones are refused."""
        row = self.desk.existing(key)
        opened = {"active": f"{fault}_active", "paused": f"{fault}_paused"}
        if row["status"] != "draft" and opened.get(row["status"]) not in self.on:
            raise Refused(400, "Only draft campaigns can be changed")
        return row
