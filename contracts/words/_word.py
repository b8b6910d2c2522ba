"""The interface of a word: what the project may ask it. All it has to know of the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from troth.contracts.contract import Contract
from troth.contracts.document import Document
from troth.contracts.model import (
    Finding,
    Json,
    Node,
    Operation,
    Pointer,
    Resource,
)
from troth.contracts.promises.facts import MAYBE, Compatibility, Fact
from troth.contracts.promises.promise import Promise, Sentence
from troth.contracts.words._binding import Binding
from troth.contracts.words._stages import ApplyStage, RefusalStage


@dataclass(frozen=True)
class Site:
    """Where a word is being read: the document, the place, and what is known of it so far."""

    document: Document
    pointer: Pointer
    resources: Mapping[str, Resource]
    operation: Operation | None = None


class Word(Binding):
    """One word of ``x-contract``: everything the project knows of it. Defaults to nothing to say."""

    name: ClassVar[str] = ""
    """Its key in ``x-contract``; empty for what standard OpenAPI says already."""
    places: ClassVar[tuple[str, ...]] = ("operation",)
    schema: ClassVar[Json] = {}
    refuses_at: ClassVar[RefusalStage | None] = None
    """When ``refusals`` is asked; None: it refuses nothing."""
    applies_at: ClassVar[ApplyStage | None] = None
    """When ``apply`` is asked; None: it changes nothing."""

    def parse(self, value: Node, site: Site) -> Any:
        """The typed value; the shape has been checked by ``schema`` already."""
        return value

    def errors(self, contract: Contract) -> Iterator[Finding]:
        """What makes the document unusable: names that do not exist, expressions that do not compile."""
        yield from ()

    def advice(self, contract: Contract) -> Iterator[Finding]:
        """What an author should know besides; asked by ``troth lint`` only, so it may take its time."""
        yield from ()

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        """What it has to do on one operation, worked out once; None: nothing. Itself where there is nothing
        to work out: then its own methods are asked."""
        return self

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        """What this word promises of an operation, each with the calls that show whether it is kept."""
        yield from ()

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        """What this word says of an operation (None: of the whole API) in plain words, for the docs."""
        yield from ()

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        """What this word makes true of an operation (None: of the API), piece by piece, for the diff."""
        yield from ()

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        """Whether the change of one fact breaks clients; None on a side: it is not there."""
        return MAYBE, "what this does to clients is not told apart"
