"""``handlers``: a Python file beside the document, for the few rules that no word can say.

``handlers: handlers.py`` names it; each of its functions is named like an ``operationId``, takes a
``troth.Asked`` and gives a ``troth.Done`` or a ``troth.Refuse``. It takes part in the mock and in the checks
alike. The exception, not the rule.
"""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from troth.contracts.contract import Contract
from troth.contracts.contract.handlers import Asked, Done, Handled, Refuse
from troth.contracts.document import did_you_mean, split
from troth.contracts.errors import ContractError, ContractFault
from troth.contracts.model import (
    Change,
    Delete,
    Finding,
    Json,
    Operation,
    Pointer,
    Put,
    Record,
    Refusal,
    Unknown,
)
from troth.contracts.promises.facts import MAYBE, Compatibility, Fact
from troth.contracts.promises.promise import PlannedCall, Probe, Promise, Sentence
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._starts import accepted_start
from troth.contracts.words._step import Step
from troth.contracts.words._word import Site, Word


@dataclass(frozen=True)
class Handler:
    """A function and its text."""

    source: str
    call: Callable[[Asked], Handled]


@dataclass(frozen=True)
class Handlers:
    """The functions of the file, by operationId."""

    functions: Mapping[str, Handler]
    pointer: Pointer


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

    def parse(self, value: Json, site: Site) -> Handlers:
        located = site.document.locate(site.pointer)
        folder = Path(located.file).resolve().parent
        path = (folder / value).resolve()
        if not path.is_relative_to(folder) or not path.is_file():
            _fail(site, f"there is no file {value!r} beside the document")
        return Handlers(_functions(path, site), site.pointer)

    def errors(self, contract: Contract) -> Iterator[Finding]:
        handlers: Handlers | None = contract.words.get(self.name)
        for name in handlers.functions if handlers else ():
            if name not in contract.operations and handlers:
                hint = did_you_mean(name, contract.operations)
                message = f"{name!r} in the handlers is no operationId{hint}"
                yield contract.document.finding("C03", message, handlers.pointer)

    def refusals(self, step: Step) -> Iterator[Refusal]:
        if not step.valid or step.lost:
            return
        ways = _ways(step)
        for way in ways:
            if isinstance(way, Refuse):
                only = all(isinstance(other, Refuse) for other in ways)
                at = step.contract.words[self.name].pointer
                yield Refusal(way.kind, at, way.status, way.message, certain=only, preferred=way is ways[0])

    def apply(self, step: Step) -> Step:
        ways = [way for way in _ways(step) if isinstance(way, Done)]
        return _done(step.choose(*ways), step) if ways else step

    def promises(self, contract: Contract, operation: Operation) -> Iterator[Promise]:
        handlers: Handlers | None = contract.words.get(self.name)
        if handlers is None or operation.id not in handlers.functions:
            return
        says = f"{operation.id} does what its handler says"
        probe = Probe(
            (PlannedCall(operation.id), PlannedCall(operation.id, again=True)), accepted_start(operation)
        )
        yield Promise(f"{operation.id}/handlers", operation.id, says, handlers.pointer, (probe, probe))

    def sentences(self, contract: Contract, operation: Operation | None) -> Iterator[Sentence]:
        function = _of(contract, operation)
        if function is not None:
            says = " ".join((function.call.__doc__ or "does what no word can say").split()).rstrip(".")
            yield Sentence(f"By its handler: {says}.", contract.words[self.name].pointer)

    def facts(self, contract: Contract, operation: Operation | None) -> Iterator[Fact]:
        function = _of(contract, operation)
        if function is not None:
            at = contract.words[self.name].pointer
            yield Fact((), function.source, "is in Python", at, about="the handler")

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        return MAYBE, "what Python code means cannot be compared"


def _of(contract: Contract, operation: Operation | None) -> Handler | None:
    """The handler of an operation."""
    handlers: Handlers | None = contract.words.get("handlers")
    return handlers.functions.get(operation.id) if handlers and operation else None


def _functions(path: Path, site: Site) -> Mapping[str, Handler]:
    spec = importlib.util.spec_from_file_location(f"troth_handlers_{abs(hash(path))}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # noqa: BLE001 (whatever an author's file raises, it is reported with its place)
        _fail(site, f"{path.name} cannot be loaded: {type(error).__name__}: {error}")
    return {
        name: Handler(inspect.getsource(value), value)
        for name, value in vars(module).items()
        if inspect.isfunction(value)
        and getattr(value, "__module__", "") == module.__name__
        and name[0] != "_"
    }


def _fail(site: Site, message: str) -> None:
    raise ContractError([site.document.finding("C03", message, site.pointer)])


def _ways(step: Step) -> list[Done | Refuse]:
    """Everything that the handler of the operation allows; nothing where it has none."""
    function = _of(step.contract, step.operation)
    if function is None:
        return []
    try:
        found = function.call(_asked(step))
    except Exception as error:  # noqa: BLE001 (an author's function, not ours)
        if not step.valid:
            return []  # it was asked about a body that breaks its schema
        problem = f"the handler fails: {type(error).__name__}: {error}"
        raise ContractFault(step.operation.id, problem) from None
    given = list(found) if isinstance(found, (list, tuple)) else [found]
    ways = [way for way in given if isinstance(way, (Done, Refuse))]
    if not ways or len(ways) < len(given):
        raise ContractFault(step.operation.id, f"the handler must give Done or Refuse, it gave {found!r}")
    return ways


def _asked(step: Step) -> Asked:
    call, resource, above = step.call, step.resource, step.parent
    known: Any = None
    if resource is not None and above is not None:
        known = step.world.children(resource.name, above.id)
    elif resource is not None and not isinstance(step.world.moment, Unknown):
        known = step.world.of(resource.name)  # a tester never knows that there are no others
    body: Json = {}
    if step.operation.body:
        body = step.request["body"]
    return Asked(
        call.path,
        call.query,
        call.headers,
        body,
        step.before.data if step.before else None,
        step.before.hidden if step.before else {},
        above.data if above else None,
        above.hidden if above else {},
        None if known is None else [record.data for record in known],
        step.world.now,
    )


def _done(done: Done, step: Step) -> Step:
    """Everything that the handler says, done."""
    cite = step.contract.words["handlers"].pointer
    if step.operation.verb == "create":
        step = replace(step, after=None, touched={})
    if step.after is not None:
        step = step.put(cite, **done.set)
        assert step.after is not None
        step = replace(step, after=replace(step.after, hidden={**step.after.hidden, **done.hidden}))
    if step.parent is not None:
        step = replace(step, parent=replace(step.parent, hidden={**step.parent.hidden, **done.parent_hidden}))
    step = _subject(done, step)
    paths = {split(at): value for at, value in done.answers.items()}
    changes: list[Change] = [Put(_new(data, step)) for data in done.create]
    changes += _others(done, step)
    return replace(
        step,
        changes=(*step.changes, *changes),
        shows={**step.shows, **{path: v for path, v in paths.items() if not isinstance(v, Unknown)}},
        answers={**step.answers, **dict.fromkeys(paths, cite)},
    )


def _new(data: Mapping[str, Json], step: Step) -> Record:
    """A new record, with what the server sets on creation."""
    resource = step.resource
    assert resource is not None
    made = {resource.id: step.world.fresh(step.contract.field_schema(resource, resource.id), None)}
    if resource.state and resource.initial:
        made[resource.state] = resource.initial
    for name in resource.managed:
        if name not in data and not name.startswith("/"):
            made.setdefault(name, step.world.fresh(step.contract.field_schema(resource, name), None))
    parent = step.parent.id if step.parent else None
    whole = {**made, **{name: value for name, value in data.items() if not isinstance(value, Unknown)}}
    since = step.world.now
    return Record(
        resource.name, str(whole[resource.id]), whole, step.world.initial(resource), 0, parent, since
    )


def _subject(done: Done, step: Step) -> Step:
    """The one record that is changed is what the call is about, although its path does not name it."""
    if step.operation.names_record or step.resource is None or len(done.update) != 1:
        return step
    id, fields = next(iter(done.update.items()))
    record = step.world.get(step.resource.name, id)
    if record is None:
        return step
    step = replace(step, before=record, after=record)
    return step.put(step.contract.words["handlers"].pointer, **{**fields, **_stamps(record, step)})


def _stamps(record: Record, step: Step) -> dict[str, Json]:
    """What the server sets on every write."""
    managed = step.resource.managed if step.resource else {}
    return {
        name: step.world.fresh(step.contract.field_schema(step.resource, name), record.data.get(name))
        for name, when in managed.items()
        if when == "write" and step.resource
    }


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
