"""``at-most``: how many records there may be of a resource (``at-most: 3`` where they are created)."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.model import Refusal, Unknown
from troth.contracts.words._stages import RefusalStage
from troth.contracts.words._step import Step
from troth.contracts.words._word import Word


class AtMost(Word):
    """Refuses one more than there may be."""

    name = "at-most"
    schema = {"type": "integer", "minimum": 0}
    refuses_at = RefusalStage.RULES

    def refusals(self, step: Step) -> Iterator[Refusal]:
        most = step.operation.words.get(self.name)
        if most is None or step.resource is None:
            return
        here = len(step.world.of(step.resource.name))
        pointer = f"{step.operation.word_pointer}/{self.name}"
        if here >= most:
            yield Refusal("conflict", pointer, detail=f"there are {here} already, at most {most} may be")
        elif isinstance(step.world.moment, Unknown):  # a tester does not know of all records
            yield Refusal("conflict", pointer, certain=False, preferred=False)
