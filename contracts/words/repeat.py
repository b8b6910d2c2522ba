"""``repeat``: what the second identical call does: ``same``, ``refused`` or ``again``.

It follows from ``transition``; it is kept because documents state it, and because lint holds the two
against each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from contracts.contract import Contract
from contracts.model import Finding, Json, Operation, Pointer, Transition
from contracts.promises import BREAKS, MAYBE, SAFE, Fact, Judgement, Probe, Promise, Sentence, Shot
from contracts.words._word import Site, Word, accepting, uses


class Repeat(NamedTuple):
    """The word's value and where it stands."""

    kind: str
    pointer: Pointer


class RepeatWord(Word):
    """Promises; what happens is decided by the other words."""

    name = "repeat"
    schema = {"enum": ["same", "refused", "again"]}

    def parse(self, value: Json, site: Site) -> Repeat:
        return Repeat(value, site.pointer)

    def advice(self, contract: Contract) -> Iterator[Finding]:
        """C13: ``repeat`` and ``transition`` contradict each other."""
        for operation, repeat in uses(contract, self.name):
            transition = operation.words.get("transition")
            if not isinstance(transition, Transition) or transition.states is None:
                continue
            back = [state for state, _ in transition.targets if state in transition.states]
            if repeat.kind == "refused" and len(back) == len(transition.targets):
                message = f"`repeat: refused`, but {operation.id} may be called again in {', '.join(back)}"
                yield contract.document.finding("C13", message, repeat.pointer)
            if repeat.kind == "same" and not back:
                moved = ", ".join(state for state, _ in transition.targets)
                message = f"`repeat: same`, but in {moved} {operation.id} is refused by `transition`"
                yield contract.document.finding("C13", message, repeat.pointer)

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        repeat, given = operation.words.get(self.name), accepting(operation)
        if repeat is None:
            return
        says = {
            "same": f"{operation.id} called twice answers the same and changes nothing more",
            "refused": f"{operation.id} called twice is refused the second time and changes nothing more",
            "again": f"{operation.id} called twice acts twice",
        }[repeat.kind]
        probe = Probe((Shot(operation.id), Shot(operation.id, again=True)), given)
        id = f"{operation.id}/repeat/{repeat.kind}"
        yield Promise(id, operation.id, says, repeat.pointer, (probe,))

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        repeat = operation.words.get(self.name) if operation else None
        says = {
            "same": "Called twice it answers the same and changes nothing more.",
            "refused": "Called twice it is refused the second time and changes nothing more.",
            "again": "Called twice it acts twice.",
        }
        if repeat is not None and repeat.kind in says:
            yield Sentence(says[repeat.kind], repeat.pointer)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        repeat = operation.words.get(self.name) if operation else None
        if repeat is not None:
            says = f"is `{repeat.kind}`"
            yield Fact((), repeat.kind, says, repeat.pointer, about="the second identical call")

    def judge(self, old: Fact | None, new: Fact | None) -> Judgement:
        if new is None:
            return MAYBE, "what a second call does is not said now"
        if old is None:
            return SAFE, "what a second call does is said now"
        if old.value == "refused":
            return SAFE, "calls that were refused work"
        if new.value == "refused":
            return BREAKS, "clients that call again are refused"
        if new.value == "again":
            return BREAKS, "clients that call again act twice"
        return MAYBE, "a client may count on acting twice"
