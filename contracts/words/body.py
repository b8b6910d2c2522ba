"""``body``: where a request body has the record, when that is not the body itself (``/article``).

``POST {"article": {"title": …}}`` with ``body: /article`` stores what is inside; what stands beside is for
the schema to check, and is not stored.
"""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract import Contract
from troth.contracts.document import did_you_mean, join, split
from troth.contracts.document.pointers import mapping
from troth.contracts.model import Finding, Node, Operation
from troth.contracts.promises.facts import BREAKS, Compatibility, Fact
from troth.contracts.promises.promise import Sentence
from troth.contracts.words._binding import Binding
from troth.contracts.words._word import Site, Word


class BodyWord(Word):
    """Says where in a body the record is."""

    name = "body"
    schema = {"$ref": "#/$defs/pointer"}

    def parse(self, value: Node, site: Site) -> tuple[str, ...]:
        return split(value)

    def errors(self, contract: Contract) -> Iterator[Finding]:
        """C09: the body has no such place, or nothing of it is stored."""
        for operation in contract.operations.values():
            if self.name not in operation.words:
                continue
            at = f"{operation.word_pointer}/{self.name}"
            if operation.verb not in ("create", "update"):
                message = f"`body` is for what is stored; {operation.id} stores nothing of it"
                yield contract.document.finding("C03", message, at)
                continue
            schemas, schema = contract.document.schemas, operation.body
            for token in operation.inside:
                known = mapping(schemas.whole(schema), "properties")
                if token not in known:
                    message = f"the body of {operation.id} has no {token!r}{did_you_mean(token, known)}"
                    yield contract.document.finding("C09", message, at)
                    break
                schema = known[token]

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        return None

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        if operation is not None and operation.inside:
            at = f"{operation.word_pointer}/{self.name}"
            yield Sentence(f"The record is at `{join('', *operation.inside)}` of the body.", at)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        if operation is not None and operation.inside:
            place = join("", *operation.inside)
            at = f"{operation.word_pointer}/{self.name}"
            yield Fact((), place, f"has the record at `{place}`", at, about="the body")

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        return BREAKS, "the record stands elsewhere in the body"
