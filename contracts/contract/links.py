"""OpenAPI Links: which value of an answer a further call takes (OpenAPI 3.1, section 4.8.20).

``links: {first: {operationId: updateNode, parameters: {nodeId: '$response.body#/nodes/0/id'}}}`` at the
response that reads a record says what a check may send as ``nodeId``; ``requestBody`` may be an object of
such values. From a list, the first item is the record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from troth.contracts.contract.contract import Contract, remembered
from troth.contracts.document import join, split
from troth.contracts.model import Envelope, Json, Operation

BODY = "$response.body#"


Link: TypeAlias = Mapping[tuple[str, str], tuple[str, ...]]
"""For ``(path|body, name)`` of a call: where its value stands in the record that it is about."""


@remembered
def linked(contract: Contract, operation: Operation) -> Mapping[str, Link]:
    """The links that lead to an operation, by name."""
    found: dict[str, Link] = {}
    for reading in contract.operations.values():
        if reading.resource is not None and reading.verb in ("read", "create", "list"):
            for name, link, envelope in _links(contract, reading):
                if link.get("operationId") == operation.id:
                    paths = {key: _inside(envelope, value) for key, value in _values(link)}
                    found[name] = {
                        **found.get(name, {}),
                        **{key: path for key, path in paths.items() if path},
                    }
    return found


def _links(contract: Contract, reading: Operation) -> Iterator[tuple[str, Mapping[str, Json], Envelope]]:
    document = contract.document
    for response in reading.responses:
        if response.envelope is None:
            continue
        _, node = document.resolve(response.pointer)
        for name in node.get("links") or {}:
            _, link = document.resolve(join(response.pointer, "links", name))
            if isinstance(link, Mapping):
                yield name, link, response.envelope


def _values(link: Mapping[str, Json]) -> Iterator[tuple[tuple[str, str], Json]]:
    for name, value in (link.get("parameters") or {}).items():
        yield ("path", name.removeprefix("path.")), value
    body = link.get("requestBody")
    for name, value in body.items() if isinstance(body, Mapping) else ():
        yield ("body", name), value


def _inside(envelope: Envelope, value: Json) -> tuple[str, ...]:
    """The place of a runtime expression in the record; empty where it speaks of something else."""
    if not isinstance(value, str) or not value.strip("{}").startswith(BODY):
        return ()
    path = split(value.strip("{}").removeprefix(BODY))
    for name, beside in envelope.beside.items():
        if path[: len(beside)] == beside:
            return (name, *path[len(beside) :])
    depth = len(envelope.at) + envelope.many
    return path[depth:] if path[: len(envelope.at)] == envelope.at else ()
