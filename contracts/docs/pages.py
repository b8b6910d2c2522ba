"""The page of an API in Markdown: what it is, its records and their states, and each operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from typing import Any

import yaml

from troth.contracts.contract import Contract
from troth.contracts.docs import matrices
from troth.contracts.docs.graph import Graph, graph
from troth.contracts.docs.markup import anchor, bullets, code, fenced, guess, plain, table
from troth.contracts.docs.shapes import parameters, properties
from troth.contracts.document import join
from troth.contracts.document.samples import sample
from troth.contracts.model import ABSENT, Json, Operation, Pointer, Resource
from troth.contracts.words import WORDS
from troth.contracts.words._resource_facts import due

Figure = Callable[[Graph], str]
"""How a state diagram stands in the page: as Mermaid text, with an image, or drawn in place."""

MOST = 40
"""Lines of an example: a longer one tells nobody more."""


def markdown(contract: Contract, figure: Figure) -> str:
    """The whole page."""
    resources = [text for r in contract.resources.values() for text in _resource(contract, r, figure)]
    operations = [text for o in contract.operations.values() for text in _operation(contract, o)]
    known = {o.id: anchor(_heading(o)) for o in contract.operations.values()}
    parts = [
        f"# {plain(contract.title) or 'Untitled'}\n",
        *_about(contract),
        *resources,
        *(
            ["## Operations\n", _index(contract, known)]
            if operations
            else ["This document has no operations.\n"]
        ),
        *operations,
    ]
    text = "\n".join(part for part in parts if part)
    for name, target in known.items():
        text = text.replace(f"(#{{{name}}})", f"(#{target})")
    return text


def _about(contract: Contract) -> Iterator[str]:
    data = contract.document.data
    info = data.get("info") or {}
    if info.get("description"):
        yield plain(info["description"]) + "\n"
    servers = data.get("servers") or []
    rows = [("version", code(info.get("version", "")))]
    rows += [("server", code(s.get("url", ""))) for s in servers if isinstance(s, dict)]
    rows += [("credentials", text) for text in _credentials(data)]
    yield table(["about", "is"], rows)
    if not contract.words and not any(o.words for o in contract.operations.values()):
        yield (
            "This document carries no `x-contract`: it says what requests and answers look like, and nothing"
            " about states, refusals and effects. `troth infer` prints a start for them.\n"
        )
    yield from _errors(contract)
    said = list(_sentences(contract, None))
    yield "## Limits\n\n" + bullets(said) if said else ""


def _credentials(data: Mapping[str, Any]) -> Iterator[str]:
    schemes = (data.get("components") or {}).get("securitySchemes") or {}
    for name, scheme in schemes.items():
        if not isinstance(scheme, dict):
            continue
        parts = [scheme.get("type"), scheme.get("scheme"), scheme.get("in"), scheme.get("name")]
        yield f"{code(name)}: {plain(' '.join(str(part) for part in parts if part))}"


def _errors(contract: Contract) -> Iterator[str]:
    errors = contract.errors
    if not errors.kinds and errors.at is None:
        return
    yield "## Errors\n"
    if errors.at is not None:
        yield f"The text of an error stands at {code(errors.at)} of the body.{guess(errors.assumed)}\n"
    rows = []
    for kind, error in errors.kinds.items():
        status = (
            "—" if error.status is None else f"{error.status}XX" if error.status < 10 else str(error.status)
        )
        text = f"“{plain(error.message)}”" if error.message else ""
        rows.append((f"{_KINDS.get(kind, kind)}{guess(error.assumed)}", status, text))
    yield table(["when", "status", "text"], rows)


_KINDS = {
    "invalid": "the request breaks its schema or a rule (`invalid`)",
    "refused": "the state of the record forbids it (`refused`)",
    "missing": "there is no such record (`missing`)",
    "unauthenticated": "the credential is missing or wrong (`unauthenticated`)",
    "limited": "there were too many calls (`limited`)",
    "conflict": "another record has this value (`conflict`)",
}


def _sentences(contract: Contract, operation: Operation | None) -> Iterator[str]:
    for word in WORDS:
        for said in word.sentences(contract, operation):
            yield f"{plain(said.text)}{guess(said.assumed)} — {_line(contract, said.pointer)}"


def _line(contract: Contract, pointer: Pointer) -> str:
    at = contract.document.locate(pointer)
    return f"line {at.line} of {code(PurePath(at.file).name)}"


def _resource(contract: Contract, resource: Resource, figure: Figure) -> Iterator[str]:
    yield f"## {plain(resource.name)}\n"
    schema = contract.document.schemas.resolve(resource.schema)
    yield f"{plain(schema['description'])}\n" if schema.get("description") else ""
    yield f"Each one is named by {code(resource.id)}.\n"
    if resource.states:
        yield f"### States of {plain(resource.name)}\n"
        yield figure(graph(contract, resource))
        yield _states(resource)
    moves = matrices.operations(contract, resource)
    yield f"### What may be called when: {plain(resource.name)}\n\n{moves}" if moves else ""
    yield from _fields(contract, resource)
    rows = [[code(n), text] for n, text in matrices.managed(resource).items()]
    yield (
        f"### Who sets what: {plain(resource.name)}\n\n{table(['property', 'is set by'], rows)}"
        if rows
        else ""
    )
    rows = [[code(name), code(value)] for name, value in resource.hidden.items()]
    yield (
        f"### Hidden variables of {plain(resource.name)}\n\nNo answer shows them; conditions read them.\n\n"
        + (table(["variable", "starts as"], rows))
        if rows
        else ""
    )
    yield from _fixtures(resource)


def _states(resource: Resource) -> str:
    rows = []
    for state in resource.states:
        marks = ["new records start here"] * (state == resource.initial)
        marks += ["final: nothing leads on"] * (state in resource.final)
        for auto in resource.auto:
            if state in auto.source:
                marks.append(f"goes to {code(auto.to)} by itself {due(auto)}{guess(auto.assumed)}")
        rows.append([code(state), "; ".join(marks)])
    return table([f"state ({code(resource.state)})", "is"], rows)


def _fields(contract: Contract, resource: Resource) -> Iterator[str]:
    """Who may write what: of the operations that change a record, and of those that make one."""
    writing = [o for o in contract.operations.values() if o.resource == resource.name]
    for operation in (o for o in writing if o.verb in ("update", "create")):
        matrix = matrices.fields(contract, operation)
        if matrix:
            yield f"### What {plain(operation.id)} may write\n\n{matrix}"


def _fixtures(resource: Resource) -> Iterator[str]:
    rows = []
    for fixture in resource.fixtures:
        data = {**resource.example, **fixture.data}
        state = data.get(resource.state or "", "")
        rows.append([code(fixture.name), code(data.get(resource.id, "")), code(state) if state else ""])
    head = ["fixture", code(resource.id), code(resource.state) if resource.state else "state"]
    yield f"### Records to start from: {plain(resource.name)}\n\n{table(head, rows)}" if rows else ""


def _heading(operation: Operation) -> str:
    return f"{operation.id}: {operation.method} {operation.path}"


def _index(contract: Contract, known: Mapping[str, str]) -> str:
    rows = []
    for operation in contract.operations.values():
        acts = f"{operation.resource}.{operation.verb}" if operation.resource else ""
        summary = str(contract.document.at(operation.pointer).get("summary") or "")
        name = f"[{code(operation.id)}](#{known[operation.id]})"
        rows.append(
            [name, code(f"{operation.method} {operation.path}"), code(acts) if acts else "", plain(summary)]
        )
    return table(["operation", "call", "acts on", "summary"], rows)


def _operation(contract: Contract, operation: Operation) -> Iterator[str]:
    node = contract.document.at(operation.pointer)
    yield f"### {plain(operation.id)}: {operation.method} {plain(operation.path)}\n"
    for key in ("summary", "description"):
        yield f"{plain(node[key])}\n" if node.get(key) else ""
    yield f"The document does not say it, we guess: {guess(True).strip()}\n" if operation.assumed else ""
    yield "**Deprecated.**\n" if node.get("deprecated") is True else ""
    said = list(_sentences(contract, operation))
    yield bullets(said)
    rows = parameters(contract, operation)
    yield f"Parameters:\n\n{table(['name', 'in', 'is', 'about'], rows)}" if rows else ""
    rows = properties(contract, operation)
    yield f"Body:\n\n{table(['property', 'is', 'about'], rows)}" if rows else ""
    yield from _example(contract, operation)
    rows = [[code(r.key), plain(_described(contract, r.pointer))] for r in operation.responses]
    yield table(["answer", "is"], rows)


def _described(contract: Contract, pointer: Pointer) -> str:
    node = contract.document.at(pointer)
    return str(node.get("description") or "") if isinstance(node, dict) else ""


def _example(contract: Contract, operation: Operation) -> Iterator[str]:
    if operation.body_pointer is None:
        return
    body = _written_example(contract, operation.body_pointer)
    if body is ABSENT:  # only made up where none is written; whether it keeps its schema, lint says
        body = sample(contract.document.schemas, operation.body)
    if not body:
        return
    text = yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=100)
    lines = text.splitlines()
    shown = "\n".join([*lines[:MOST], "# …"] if len(lines) > MOST else lines)
    yield f"For example:\n\n{fenced(shown, 'yaml')}"


def _written_example(contract: Contract, schema: Pointer) -> Json:
    """The example beside the schema of a body, the first of several."""
    media = contract.document.at(schema.rpartition("/")[0])
    if "example" in media:
        return media["example"]
    for name in media.get("examples") or {}:
        _, node = contract.document.resolve(join(schema.rpartition("/")[0], "examples", name))
        return node.get("value", ABSENT) if isinstance(node, dict) else ABSENT
    return ABSENT
