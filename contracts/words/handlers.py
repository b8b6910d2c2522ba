"""``handlers``: a Python file beside the document, for the few rules that no word can say.

``handlers: handlers.py`` names it; each of its functions is named like an ``operationId``, takes a
``troth.Asked`` and gives a ``troth.Done`` or a ``troth.Refuse``. It takes part in the mock and in the checks
alike; both run it only with ``--allow-handlers``: it is code of the document's author. The record that a
create's ``Done(create=[…])`` makes is what the call answers; ``effects`` come after it. The exception, not
the rule.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from troth.contracts.contract import Contract
from troth.contracts.contract.handlers import Asked, Done, Handled, Refuse
from troth.contracts.document import did_you_mean, split
from troth.contracts.document.files import read_file
from troth.contracts.errors import ContractError, ContractFault
from troth.contracts.frozen import replace
from troth.contracts.model import (
    Change,
    Delete,
    Finding,
    Json,
    Node,
    Operation,
    Pointer,
    Put,
    Record,
    Refusal,
    Resource,
    Unknown,
)
from troth.contracts.promises.denial import Denial
from troth.contracts.promises.facts import MAYBE, Compatibility, Fact
from troth.contracts.promises.promise import PlannedCall, Probe, Promise, Sentence
from troth.contracts.words._binding import Binding
from troth.contracts.words._given_ids import fresh_id
from troth.contracts.words._managed import first_values
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._starts import accepted_start
from troth.contracts.words._step import Step
from troth.contracts.words._word import Site, Word

LONGEST = 1_000_000
"""Bytes of a file with handlers."""

_ALLOW = "--allow-handlers lets it run (in Python: `troth.load(…, run=True)`)"


@dataclass(frozen=True)
class Handler:
    """A function: its text, what it says of itself, and how it is called; None: nobody runs it here."""

    source: str
    says: str
    call: Callable[[Asked], Handled] | None = None


@dataclass(frozen=True)
class Handlers:
    """The functions of the file, by operationId."""

    functions: Mapping[str, Handler]
    pointer: Pointer
    file: Path = Path("handlers.py")


class HandlersWord(Word):
    """Asks the handler of an operation."""

    name = "handlers"
    places = ("document",)
    schema = {
        "type": "string",
        "pattern": r"^[\w-][\w./-]*\.py$",
        "description": "a Python file beside the document, such as handlers.py",
    }
    refuses_at = RefusalStage.HANDLER
    applies_at = ApplyStage.HANDLER

    def parse(self, value: Node, site: Site) -> Handlers:
        located = site.document.locate(site.pointer)
        folder = Path(located.file).resolve().parent
        path = (folder / value).resolve()
        if not path.is_relative_to(folder) or not path.is_file():
            _fail(site, f"there is no file {value!r} beside the document")
        functions = _written(path, site)
        below = site.document.runs_below
        if below is None:
            return Handlers(functions, site.pointer, path)
        if not any(path.is_relative_to(place) for place in below):
            _fail(site, f"{value} is Python code of this document's author; {_ALLOW}")
        return Handlers(_run(path, site, functions), site.pointer, path)

    def errors(self, contract: Contract) -> Iterator[Finding]:
        handlers = handlers_of(contract)
        if handlers is None:
            return
        for name in handlers.functions:
            if name not in contract.operations:
                hint = did_you_mean(name, contract.operations)
                message = f"{name!r} in the handlers is no operationId{hint}"
                yield contract.document.finding("C03", message, handlers.pointer)

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        if _of(contract, operation) is None:
            return None
        return self

    def refusals(self, step: Step) -> Iterator[Refusal]:
        if not step.valid or step.lost:
            return
        ways = _ways(step)
        only = all(isinstance(way, Refuse) for way in ways)
        for way in ways:
            if isinstance(way, Refuse):
                at, first, detail = _pointer(step), way is ways[0], None
                if way.kind == "missing" and step.resource is not None:
                    detail = f"there is no such {step.resource.name}"
                yield Refusal(
                    way.kind, at, way.status, way.message, certain=only, preferred=first, detail=detail
                )

    def apply(self, step: Step) -> Step:
        ways = [way for way in _ways(step) if isinstance(way, Done)]
        if not ways:
            return step
        return _done(step.choose(*ways), step)

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        handlers = handlers_of(contract)
        if handlers is None or operation.id not in handlers.functions:
            return
        says = f"{operation.id} does what its handler says"
        twice = (PlannedCall(operation.id), PlannedCall(operation.id, again=True))
        probe = Probe(twice, accepted_start(operation))
        others = {name: one for name, one in handlers.functions.items() if name != operation.id}
        denials = (Denial("it has none", words={self.name: replace(handlers, functions=others)}),)
        id, at = f"{operation.id}/handlers", handlers.pointer
        yield Promise(id, operation.id, says, at, (probe, probe), denials=denials)

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        function = _of(contract, operation)
        if function is not None:
            says = " ".join((function.says or "does what no word can say").split()).rstrip(".")
            yield Sentence(f"By its handler: {says}.", contract.words[self.name].pointer)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        function = _of(contract, operation)
        if function is not None:
            at = contract.words[self.name].pointer
            yield Fact((), function.source, "is in Python", at, about="the handler")

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        return MAYBE, "what Python code means cannot be compared"


def handlers_of(contract: Contract) -> Handlers | None:
    """The handlers of a document, where it has any."""
    found: Handlers | None = contract.words.get("handlers")
    return found


def _of(contract: Contract, operation: Operation | None) -> Handler | None:
    """The handler of an operation."""
    handlers = handlers_of(contract)
    if handlers is None or operation is None:
        return None
    return handlers.functions.get(operation.id)


def _pointer(step: Step) -> Pointer:
    """Where the document names its handlers."""
    handlers = handlers_of(step.contract)
    assert handlers is not None
    return handlers.pointer


def _written(path: Path, site: Site) -> Mapping[str, Handler]:
    """The functions of a file as they are written: a document may come from a stranger, so nothing is run."""
    try:
        text = read_file(path, LONGEST).decode("utf-8-sig")
        tree = ast.parse(text)
    except (OSError, SyntaxError, ValueError, RecursionError) as error:
        _fail(site, f"{path.name} cannot be read as Python: {error}")
    found: dict[str, Handler] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            source = ast.get_source_segment(text, node) or ""
            found[node.name] = Handler(source, ast.get_docstring(node) or "")
    return found


def _run(path: Path, site: Site, written: Mapping[str, Handler]) -> Mapping[str, Handler]:
    """The functions of a file, ready to be called."""
    spec = importlib.util.spec_from_file_location(f"troth_handlers_{abs(hash(path))}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever an author's file raises is reported with its place
        _fail(site, f"{path.name} cannot be loaded: {type(error).__name__}: {error}")
    return {name: replace(one, call=getattr(module, name)) for name, one in written.items()}


def _fail(site: Site, message: str) -> None:
    raise ContractError([site.document.finding("C03", message, site.pointer)])


def _ways(step: Step) -> list[Done | Refuse]:
    """Everything that the handler of the operation allows; nothing where it has none."""
    function = _of(step.contract, step.operation)
    if function is None or function.call is None:
        return []
    try:
        found = function.call(_asked(step))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - an author's function, not ours
        if not step.valid:
            return []  # it was asked about a body that breaks its schema
        problem = f"the handler fails: {type(error).__name__}: {error}"
        raise ContractFault(step.operation.id, problem) from None
    given = [found]
    if isinstance(found, (list, tuple)):
        given = list(found)
    ways = [way for way in given if isinstance(way, (Done, Refuse))]
    if not ways or len(ways) < len(given):
        raise ContractFault(step.operation.id, f"the handler must give Done or Refuse, it gave {found!r}")
    return ways


def _asked(step: Step) -> Asked:
    call, record, parent = step.call, step.before, step.parent
    body: Json = {}
    if step.operation.body:
        body = step.request["body"]
    return Asked(
        path=call.path,
        query=call.query,
        headers=call.headers,
        body=body,
        record=_data(record),
        hidden=_hidden(record),
        parent=_data(parent),
        parent_hidden=_hidden(parent),
        known=_known(step),
        now=step.world.now,
    )


def _data(record: Record | None) -> Mapping[str, Json] | None:
    if record is None:
        return None
    return record.data


def _hidden(record: Record | None) -> Mapping[str, Json]:
    if record is None:
        return {}
    return record.hidden


def _known(step: Step) -> Sequence[Mapping[str, Json]] | None:
    """All records of the resource, of the same parent; None where they are not all known."""
    if step.resource is None:
        return None
    records: Sequence[Record] | None = None
    if step.parent is not None:
        records = step.world.children(step.resource.name, step.parent.id)
    elif not isinstance(step.world.moment, Unknown):  # a tester never knows that there are no others
        records = step.world.of(step.resource.name)
    if records is None:
        return None
    return [record.data for record in records]


def _done(done: Done, step: Step) -> Step:
    """Everything that the handler says, done."""
    cite = _pointer(step)
    made = [_new(data, step) for data in done.create]
    if step.operation.verb == "create":
        step = replace(step, after=None, touched={})
        if len(made) == 1 and _shows_one(step.operation):
            step = replace(step, after=made.pop())
    if step.after is not None:
        step = step.put(cite, **done.set)
        assert step.after is not None
        step = replace(step, after=replace(step.after, hidden={**step.after.hidden, **done.hidden}))
    if step.parent is not None:
        step = replace(step, parent=replace(step.parent, hidden={**step.parent.hidden, **done.parent_hidden}))
    step = _subject(done, step)
    answers = {split(at): value for at, value in done.answers.items()}
    shows = {path: value for path, value in answers.items() if not isinstance(value, Unknown)}
    changes: list[Change] = [Put(record) for record in made]
    changes += _others(done, step)
    return replace(
        step,
        changes=(*step.changes, *changes),
        shows={**step.shows, **shows},
        answers={**step.answers, **dict.fromkeys(answers, cite)},
    )


def _shows_one(operation: Operation) -> bool:
    """Whether the answer shows the record that the call makes."""
    response = operation.success
    if response is None or response.envelope is None:
        return False
    return response.envelope.resource == operation.resource and not response.envelope.many


def _new(data: Mapping[str, Json], step: Step) -> Record:
    """A new record, with what the server sets on creation."""
    resource, world = step.resource, step.world
    assert resource is not None
    made = {resource.id: fresh_id(step, resource)}
    made |= first_values(step.contract, resource, {**data, **made}, world.fresh)
    for name, value in data.items():
        if not isinstance(value, Unknown):
            made[name] = value
    parent = None
    if step.parent is not None:
        parent = step.parent.id
    id = str(made[resource.id])
    return Record(resource.name, id, made, world.initial(resource), 0, parent, world.now)


def _fresh(step: Step, resource: Resource, name: str, old: Json = None) -> Json:
    """A new value of a property that the server sets."""
    return step.world.fresh(step.contract.field_schema(resource, name), old)


def _subject(done: Done, step: Step) -> Step:
    """The one record that is changed is what the call is about, although its path does not name it."""
    if step.operation.names_record or step.resource is None or len(done.update) != 1:
        return step
    id, fields = next(iter(done.update.items()))
    record = step.world.get(step.resource.name, id)
    if record is None:
        return step
    step = replace(step, before=record, after=record)
    return step.put(_pointer(step), **{**fields, **_stamps(record, step)})


def _stamps(record: Record, step: Step) -> dict[str, Json]:
    """What the server sets on every write."""
    resource = step.resource
    if resource is None:
        return {}
    names = [name for name, when in resource.managed.items() if when == "write"]
    return {name: _fresh(step, resource, name, record.data.get(name)) for name in names}


def _others(done: Done, step: Step) -> Iterator[Change]:
    """Changes of records that the call's path does not name."""
    resource = step.resource
    assert resource is not None
    for id in (*done.update, *done.delete):
        record = step.world.get(resource.name, id)
        if record is None or record == step.before:
            continue
        if id in done.delete:
            yield Delete(record)
            continue
        data = {**record.data, **done.update[id], **_stamps(record, step)}
        yield Put(replace(record, data=data))
