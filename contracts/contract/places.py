"""Where an expression stands in its document."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract.contract import Contract
from troth.contracts.document import join
from troth.contracts.model import Node, Operation, Pointer


def place_of(contract: Contract, operation: Operation, expression: str) -> Pointer:
    """Where an expression stands: in the operation if it does, else anywhere in the document."""
    own = contract.document.at(operation.pointer)
    for place in _places(own, operation.pointer, expression):
        return place
    for place in _places(contract.document.data, "", expression):
        return place
    return ""


def _places(node: Node, pointer: Pointer, text: str) -> Iterator[Pointer]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _places(value, join(pointer, key), text)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _places(value, join(pointer, index), text)
    elif node == text:
        yield pointer
