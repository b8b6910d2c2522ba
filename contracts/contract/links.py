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
from troth.contracts.model import Envelope, Node, Operation

BODY = "$response.body#"


Link: TypeAlias = Mapping[tuple[str, str], tuple[str, ...]]
"""For ``(path|body, name)`` of a call: where its value stands in the record that it is about."""


@remembered
def linked(contract: Contract, operation: Operation) -> Mapping[str, Link]:
    """The links that lead to an operation, by name."""
    found: dict[str, dict[tuple[str, str], tuple[str, ...]]] = {}
    for reading in contract.operations.values():
        if reading.resource is None or reading.verb not in ("read", "create", "list"):
            continue
        for name, link, envelope in _links(contract, reading):
            if link.get("operationId") != operation.id:
                continue
            paths = found.setdefault(name, {})
            for key, value in _values(link):
                path = _inside(envelope, value)
                if path:
                    paths[key] = path
    return found


def _links(contract: Contract, reading: Operation) -> Iterator[tuple[str, Mapping[str, Node], Envelope]]:
    document = contract.document
    for response in reading.responses:
        if response.envelope is None:
            continue
        _, node = document.resolve(response.pointer)
        for name in node.get("links") or {}:
            _, link = document.resolve(join(response.pointer, "links", name))
            if isinstance(link, Mapping):
                yield name, link, response.envelope


def _values(link: Mapping[str, Node]) -> Iterator[tuple[tuple[str, str], Node]]:
    for name, value in (link.get("parameters") or {}).items():
        yield ("path", name.removeprefix("path.")), value
    body = link.get("requestBody")
    if isinstance(body, Mapping):
        for name, value in body.items():
            yield ("body", name), value


def _inside(envelope: Envelope, value: Node) -> tuple[str, ...]:
    """The place of a runtime expression in the record; empty where it speaks of something else."""
    if not isinstance(value, str):
        return ()
    expression = value.strip("{}")
    if not expression.startswith(BODY):
        return ()
    path = split(expression.removeprefix(BODY))
    for name, beside in envelope.beside.items():
        if path[: len(beside)] == beside:
            return (name, *path[len(beside) :])
    if path[: len(envelope.at)] != envelope.at:
        return ()
    depth = len(envelope.at)
    if envelope.many:
        depth += 1  # the number of the item
    return path[depth:]
