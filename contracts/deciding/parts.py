"""A part of a record at a path of its own: ``GET /tickets/{id}/tags`` shows the ticket's `tags`."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract import Contract
from troth.contracts.document.list_dialects import letters
from troth.contracts.document.pointers import mapping
from troth.contracts.model import Json, Operation, Outcome, Response

Place = tuple[str, ...]


def part_shown(
    contract: Contract, operation: Operation, response: Response, outcome: Outcome
) -> Iterator[tuple[Place, Json]]:
    """The property of a record that a path is called after, where a body shows it, or is it: only where all
    of it is a guess."""
    record = outcome.before if outcome.after is None else outcome.after
    if record is None:
        return
    if not contract.document.guessed:
        return
    last = letters(operation.path.rpartition("/")[2].partition(".")[0])
    schemas = contract.document.schemas
    known = mapping(schemas.whole(response.schema), "properties")
    for name, value in {**mapping(record.data, "relationships"), **record.data}.items():
        if letters(name) != last:
            continue
        places: list[tuple[Place, Json]] = [
            ((member,), one) for member, one in known.items() if letters(member) == last
        ]
        for place, schema in places or [((), response.schema)]:
            if schemas.fits(schema, value):
                yield place, value
