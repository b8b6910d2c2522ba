"""``file``: bytes that a thing has at a path of its own: ``PUT /users/{id}/avatar``, then ``GET`` of it.

``{does: store}`` keeps the body of the call, or the first file of a form, ``{does: show}`` answers with it,
in the type in which it came, and ``{does: remove}`` takes it away: what was taken away is missing. ``in`` is
the name under which it is kept where a thing has several. The file of a form also says what the record shows
of it: its `filename`, `size` and `contentType`, by such names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from troth.contracts.contract import Contract
from troth.contracts.document.list_dialects import letters
from troth.contracts.document.typing import types_of
from troth.contracts.frozen import replace
from troth.contracts.model import Filed, Finding, Json, Node, Operation, Pointer, Record, Refusal, SentFile
from troth.contracts.promises.facts import Compatibility, Fact, of_what_it_does
from troth.contracts.promises.promise import Sentence
from troth.contracts.words._binding import Binding
from troth.contracts.words._findings import uses
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._step import Step
from troth.contracts.words._word import Site, Word

_SAYS = {
    "store": "Keeps the bytes that are sent{0}.",
    "show": "Answers with the bytes that were sent{0}.",
    "remove": "Takes away the bytes that were sent{0}.",
}

_TELLS: Mapping[str, tuple[str, ...]] = {
    "name": ("filename", "originalname", "originalfilename", "name"),
    "size": ("size", "bytes", "filesize", "length", "contentlength", "sizebytes", "sizeinbytes"),
    "type": ("contenttype", "mimetype", "mediatype", "mime", "filetype"),
}
"""What properties are called that tell of a file, the surest first."""

_KINDS = {"name": "string", "size": "integer", "type": "string"}


@dataclass(frozen=True)
class File:
    """The word's value: what is done with the bytes, and the hidden variable that keeps them."""

    does: str
    kept: str
    pointer: Pointer


class FileWord(Word):
    """Keeps bytes beside a record, and gives them back."""

    name = "file"
    schema = {
        "type": "object",
        "required": ["does"],
        "additionalProperties": False,
        "properties": {"does": {"enum": [*_SAYS]}, "in": {"type": "string"}},
    }
    refuses_at = RefusalStage.FILE
    applies_at = ApplyStage.FILE

    def parse(self, value: Node, site: Site) -> File:
        return File(value["does"], f"file {value.get('in', '')}".strip(), site.pointer)

    def errors(self, contract: Contract) -> Iterator[Finding]:
        """C03: nothing that has the bytes."""
        for operation, file in uses(contract, self.name):
            if operation.resource is None or operation.verb == "list":
                message = "`file` is for what one record has, which `acts` names"
                yield contract.document.finding("C03", message, file.pointer)

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        file = file_of(operation)
        if file is None:
            return None
        return _Filing(file)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        file = file_of(operation)
        if file is not None:
            yield Sentence(_said(file), file.pointer)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        file = file_of(operation)
        if file is not None:
            yield Fact((), (file.does, file.kept), _said(file), file.pointer)

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        return of_what_it_does(old, new)


def file_of(operation: Operation | None) -> File | None:
    """What an operation does with bytes; None where it does nothing."""
    if operation is None:
        return None
    found: File | None = operation.words.get(FileWord.name)
    return found


def _said(file: File) -> str:
    where = file.kept.removeprefix("file").strip()
    return _SAYS[file.does].format(f" as {where}" if where else "")


@dataclass(frozen=True)
class _Filing(Binding):
    """The word on one operation."""

    file: File

    def refusals(self, step: Step) -> Iterator[Refusal]:
        """The bytes have been taken away."""
        if step.before is None:
            return
        if self.file.does == "store":
            return
        kept = step.before.hidden
        if self.file.kept in kept and kept[self.file.kept] is None:
            yield Refusal("missing", self.file.pointer, detail="there is no file")

    def apply(self, step: Step) -> Step:
        if step.after is None:
            return step
        if self.file.does == "show":
            return self._shown(step, step.after)
        if self.file.does == "remove":
            return self._kept(step, step.after, None)
        sent = next((one for one in step.call.files if one.filename or not one.name), None)
        if sent is None:
            return step
        told = self._kept(step, step.after, {"text": sent.text, "type": sent.media_type})
        return _told(told, sent)

    def _shown(self, step: Step, record: Record) -> Step:
        kept = record.hidden.get(self.file.kept, record.hidden.get("file"))
        if not isinstance(kept, Mapping):
            return step  # nobody has sent it: it is made up
        filed = Filed(str(kept.get("text", "")), str(kept.get("type", "")))
        return replace(step, shows={**step.shows, (): filed})

    def _kept(self, step: Step, record: Record, value: Json) -> Step:
        return replace(step, after=replace(record, hidden={**record.hidden, self.file.kept: value}))


def _told(step: Step, sent: SentFile) -> Step:
    """What a record says of the file that came in a form, where the form does not say it itself."""
    if step.resource is None:
        return step
    if step.after is None:
        return step
    if not sent.filename:
        return step
    values: Mapping[str, Json] = {"name": sent.filename, "size": len(sent.text), "type": sent.media_type}
    known = {letters(name): name for name in step.contract.properties(step.resource)}
    data = dict(step.after.data)
    for what, names in _TELLS.items():
        name = next((known[one] for one in names if one in known), None)
        if name is None:
            continue
        if name in step.body:
            continue
        if _KINDS[what] in types_of(step.contract.field_schema(step.resource, name)):
            data[name] = values[what]
    return replace(step, after=replace(step.after, data=data))
