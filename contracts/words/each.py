"""``each``: what is done to each item of a list in a body: ``{at: /things/*, acts: Thing.create}``.

``at`` leads to an item, with ``*`` for the list (``/*`` where the body is one; ``/requests/*/thing``). With
each is done what the operation that acts so does with a body of its own; an item names what it is about by
its id, or is that id, and what is not there is left out. All of it is done, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract import Contract
from troth.contracts.contract.word_values import Each
from troth.contracts.document import did_you_mean, join, split
from troth.contracts.model import Finding, Node, Operation
from troth.contracts.promises.facts import Compatibility, Fact, of_what_it_does
from troth.contracts.promises.promise import Sentence
from troth.contracts.words._binding import Binding
from troth.contracts.words._findings import uses
from troth.contracts.words._word import Site, Word

VERBS = ("create", "read", "update", "delete")


class EachWord(Word):
    """Says what is done to many things at once."""

    name = "each"
    schema = {
        "type": "object",
        "required": ["at", "acts"],
        "additionalProperties": False,
        "properties": {
            "at": {"type": "string", "pattern": r"^(/[^/]+)*/\*(/[^/*]+)*$"},
            "acts": {"type": "string", "pattern": rf"^[A-Za-z_][\w.-]*\.({'|'.join(VERBS)})$"},
        },
    }

    def parse(self, value: Node, site: Site) -> Each:
        resource, _, verb = value["acts"].rpartition(".")
        return Each(split(value["at"]), resource, verb, site.pointer)

    def errors(self, contract: Contract) -> Iterator[Finding]:
        """C03: no such resource, no operation that does so with one, or what is said otherwise, too."""
        for operation, each in uses(contract, self.name):
            at = join(each.pointer, "acts")
            if "acts" in operation.words:
                message = "`acts` says what is done to one thing, `each` to many: one of them is too much"
                yield contract.document.finding("C03", message, at)
            elif each.resource not in contract.resources:
                hint = did_you_mean(each.resource, contract.resources)
                message = f"{each.resource!r} is not declared under `resources`{hint}"
                yield contract.document.finding("C03", message, at)
            elif contract.acting(each.resource, each.verb) is None:
                message = f"no operation acts as `{each.resource}.{each.verb}` on one"
                yield contract.document.finding("C03", message, at)

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        return None

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        for each in _each(operation):
            says = f"Does to each `{join('', *each.at)}` of its body what `{each.resource}.{each.verb}` is."
            yield Sentence(says, each.pointer)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        for each in _each(operation):
            says = f"acts as `{each.resource}.{each.verb}` on each `{join('', *each.at)}`"
            yield Fact((), (each.at, each.resource, each.verb), says, each.pointer)

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        return of_what_it_does(old, new)


def _each(operation: Operation | None) -> Iterator[Each]:
    """What is said of an operation, if anything is."""
    if operation is not None and EachWord.name in operation.words:
        yield operation.words[EachWord.name]
