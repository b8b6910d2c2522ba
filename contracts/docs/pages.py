"""The page of an API in Markdown: what it is, its records and their states, and each operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePath

from troth.contracts.contract import Contract
from troth.contracts.contract.fixtures import seed_records
from troth.contracts.contract.scopes import own_id
from troth.contracts.docs import matrices
from troth.contracts.docs.bodies import answers, bodies, shortened
from troth.contracts.docs.graph import Graph, graph
from troth.contracts.docs.markup import anchor, bullets, code, fenced, guess, plain, table
from troth.contracts.docs.shapes import parameters
from troth.contracts.document import join
from troth.contracts.document.pointers import listing
from troth.contracts.document.samples import sample
from troth.contracts.model import ABSENT, Node, Operation, Pointer, Resource, Schema
from troth.contracts.words import WORDS
from troth.contracts.words._resource_facts import due

Figure = Callable[[Graph], str]
"""How a state diagram stands in the page: as Mermaid text, with an image, or drawn in place."""


def markdown(contract: Contract, figure: Figure) -> str:
    """The whole page."""
    anchors = {operation.id: anchor(_heading(operation)) for operation in contract.operations.values()}
    text = "\n".join(part for part in _parts(contract, figure, anchors) if part)
    for name, target in anchors.items():
        text = text.replace(f"(#{{{name}}})", f"(#{target})")
    return text


def _parts(contract: Contract, figure: Figure, anchors: Mapping[str, str]) -> Iterator[str]:
    yield f"# {plain(contract.title) or 'Untitled'}\n"
    yield from _about(contract)
    for resource in contract.resources.values():
        yield from _resource(contract, resource, figure)
    if not contract.operations:
        yield "This document has no operations.\n"
        return
    yield "## Operations\n"
    groups = grouped(contract)
    for name, operations in groups.items():
        if len(groups) > 1:
            yield f"**{plain(name) or 'Others'}**{_about_tag(contract, name)}\n"
        yield _index(contract, operations, anchors)
    for name, operations in groups.items():
        if len(groups) > 1:
            yield f"## {plain(name) or 'Others'}\n"
        for operation in operations:
            yield from _operation(contract, operation)


def grouped(contract: Contract) -> dict[str, list[Operation]]:
    """The operations by their first tag, in the order of the document's own tags; those without one last."""
    known = [tag.get("name") for tag in listing(contract.document.data, "tags") if isinstance(tag, dict)]
    groups: dict[str, list[Operation]] = {str(name): [] for name in known}
    for operation in contract.operations.values():
        tags = listing(contract.document.at(operation.pointer), "tags")
        groups.setdefault(str(tags[0]) if tags else "", []).append(operation)
    groups[""] = groups.pop("", [])
    return {name: operations for name, operations in groups.items() if operations}


def _about_tag(contract: Contract, name: str) -> str:
    """What the document says of a tag, behind its name."""
    for tag in listing(contract.document.data, "tags"):
        if isinstance(tag, dict) and tag.get("name") == name and tag.get("description"):
            return f": {plain(tag['description'])}"
    return ""


def _about(contract: Contract) -> Iterator[str]:
    data = contract.document.data
    info = data.get("info") or {}
    if info.get("description"):
        yield plain(info["description"]) + "\n"
    rows = [("version", code(info.get("version", "")))]
    rows += [("server", code(url)) for url in _servers(data)]
    rows += [("credentials", text) for text in _credentials(data)]
    yield table(["about", "is"], rows)
    if not _has_words(contract):
        yield (
            "This document carries no `x-contract`: it says what requests and answers look like, and nothing"
            " about states, refusals and effects. `troth infer` prints a start for them.\n"
        )
    yield from _errors(contract)
    said = list(_sentences(contract, None))
    if said:
        yield "## Limits\n\n" + bullets(said)


def _servers(data: Schema) -> list[str]:
    servers = data.get("servers") or []
    return [server.get("url", "") for server in servers if isinstance(server, dict)]


def _has_words(contract: Contract) -> bool:
    return bool(contract.words) or any(operation.words for operation in contract.operations.values())


def _credentials(data: Schema) -> Iterator[str]:
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
        status = "—" if error.status is None else matrices.status_text(error.status)
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
    schema: Schema = contract.document.schemas.resolve(resource.schema)
    if schema.get("description"):
        yield f"{plain(schema['description'])}\n"
    yield f"Each one is named by {code(resource.id)}.\n"
    if resource.states:
        yield f"### States of {plain(resource.name)}\n"
        yield figure(graph(contract, resource))
        yield _states(resource)
    moves = matrices.operations(contract, resource)
    if moves:
        yield f"### What may be called when: {plain(resource.name)}\n\n{moves}"
    yield from _fields(contract, resource)
    rows = [[code(name), text] for name, text in matrices.managed(resource).items()]
    if rows:
        yield f"### Who sets what: {plain(resource.name)}\n\n{table(['property', 'is set by'], rows)}"
    rows = [[code(name), code(value)] for name, value in resource.hidden.items()]
    if rows:
        yield f"### Hidden variables of {plain(resource.name)}\n"
        yield "No answer shows them; conditions read them.\n"
        yield table(["variable", "starts as"], rows)
    yield from _fixtures(contract, resource)


def _states(resource: Resource) -> str:
    rows = []
    for state in resource.states:
        marks = []
        if state == resource.initial:
            marks.append("new records start here")
        if state in resource.final:
            marks.append("final: nothing leads on")
        for auto in resource.auto:
            if state in auto.source:
                marks.append(f"goes to {code(auto.to)} by itself {due(auto)}{guess(auto.assumed)}")
        rows.append([code(state), "; ".join(marks)])
    return table([f"state ({code(resource.state)})", "is"], rows)


def _fields(contract: Contract, resource: Resource) -> Iterator[str]:
    """Who may write what: of the operations that change a record, and of those that make one."""
    for operation in contract.operations.values():
        if operation.resource != resource.name:
            continue
        matrix = matrices.fields(contract, operation)
        if matrix:
            yield f"### What {plain(operation.id)} may write\n\n{matrix}"


def _fixtures(contract: Contract, resource: Resource) -> Iterator[str]:
    if not resource.fixtures:
        return
    rows, records = [], seed_records(contract)
    for fixture in resource.fixtures:
        record = records.get(fixture.name)
        if record is None:
            continue  # of what there is only one, the first is it
        state = record.data.get(resource.state, "") if resource.state else ""
        rows.append([code(fixture.name), code(own_id(contract, record)), _code_or_nothing(state)])
    state_head = code(resource.state) if resource.state else "state"
    head = ["fixture", code(resource.id), state_head]
    yield f"### Records to start from: {plain(resource.name)}\n\n{table(head, rows)}"


def _code_or_nothing(value: object) -> str:
    if not value:
        return ""
    return code(value)


def _heading(operation: Operation) -> str:
    return f"{operation.id}: {operation.method} {operation.path}"


def _index(contract: Contract, operations: Iterable[Operation], known: Mapping[str, str]) -> str:
    rows = []
    for operation in operations:
        acts = code(f"{operation.resource}.{operation.verb}") if operation.resource else ""
        summary = str(contract.document.at(operation.pointer).get("summary") or "")
        name = f"[{code(operation.id)}](#{known[operation.id]})"
        rows.append([name, code(f"{operation.method} {operation.path}"), acts, plain(summary)])
    return table(["operation", "call", "acts on", "summary"], rows)


def _operation(contract: Contract, operation: Operation) -> Iterator[str]:
    node = contract.document.at(operation.pointer)
    yield f"### {plain(operation.id)}: {operation.method} {plain(operation.path)}\n"
    for key in ("summary", "description"):
        if node.get(key):
            yield f"{plain(node[key])}\n"
    if operation.assumed:
        yield f"The document does not say it, we guess: {guess(True).strip()}\n"
    if node.get("deprecated") is True:
        yield "**Deprecated.**\n"
    yield bullets(_sentences(contract, operation))
    rows = parameters(contract, operation)
    if rows:
        yield f"Parameters:\n\n{table(['name', 'in', 'is', 'about'], rows)}"
    yield from bodies(contract, operation)
    yield from _example(contract, operation)
    rows = [[code(r.key), plain(_described(contract, r.pointer))] for r in operation.responses]
    yield table(["answer", "is"], rows)
    yield from answers(contract, operation)


def _described(contract: Contract, pointer: Pointer) -> str:
    node = contract.document.at(pointer)
    if not isinstance(node, dict):
        return ""
    return str(node.get("description") or "")


def _example(contract: Contract, operation: Operation) -> Iterator[str]:
    if operation.body_pointer is None:
        return
    body = _written_example(contract, operation.body_pointer)
    if body is ABSENT:  # only made up where none is written; whether it keeps its schema, lint says
        body = sample(contract.document.schemas, operation.body)
    if not body:
        return
    yield f"For example:\n\n{fenced(shortened(body), 'yaml')}"


def _written_example(contract: Contract, schema: Pointer) -> Node:
    """The example beside the schema of a body, the first of several."""
    media = contract.document.at(schema.rpartition("/")[0])
    if "example" in media:
        return media["example"]
    for name in media.get("examples") or {}:
        _, node = contract.document.resolve(join(schema.rpartition("/")[0], "examples", name))
        if isinstance(node, dict):
            return node.get("value", ABSENT)
        return ABSENT
    return ABSENT
