"""Words that were guessed keep no document from being used: those that are wrong are told and left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from troth.contracts.contract import Contract
from troth.contracts.document import Document, split
from troth.contracts.document.carriers import KEY
from troth.contracts.document.pointers import walk
from troth.contracts.errors import ContractError
from troth.contracts.frozen import replace
from troth.contracts.loading.assembling import build
from troth.contracts.model import Finding, Node

_Place = tuple[str, ...]


def build_guessed(document: Document, name: str) -> Contract:
    """The contract of a document, with guessed words as far as they are sound. Raises ContractError where it
    is the document itself that is not."""
    while True:
        try:
            return build(document, name)
        except ContractError as error:
            wrong = _guesses_among(document, error.findings)
            if not wrong:
                raise
            if not document.guessed:
                raise
            document = _without(document, wrong)


def _guesses_among(document: Document, findings: Sequence[Finding]) -> dict[_Place, Finding]:
    """What is found to be wrong with the words of operations and resources, by the place of those."""
    found: dict[_Place, Finding] = {}
    for finding in findings:
        tokens = split(finding.pointer)
        if KEY not in tokens:
            continue
        end = tokens.index(KEY) + 1
        if end == 1:  # /x-contract/resources/Thing
            end = 3
        with suppress(LookupError, TypeError):  # nothing is there to be left out
            walk(document.data, tuple(tokens[:end]))
            found.setdefault(tuple(tokens[:end]), finding)
    return found


def _without(document: Document, wrong: Mapping[_Place, Finding]) -> Document:
    """The document without the words at some places, which are told."""
    data = document.data
    for place in wrong:
        data = _cut(data, place)
    left = Document(document.name, data, document.sources)
    told = [replace(one, message=f"what was guessed is wrong: {one.message}") for one in wrong.values()]
    left.guessed, left.faults = True, (*document.faults, *told)
    return left


def _cut(node: Node, tokens: Sequence[str]) -> Node:
    """A copy without what is at the place; only what lies on the way is copied."""
    first, rest = tokens[0], tokens[1:]
    if not rest:
        return {key: value for key, value in node.items() if key != first}
    return {**node, first: _cut(node[first], rest)}
