"""What is wrong with expressions and states, in findings that words share."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from troth.contracts.contract import Contract, cel
from troth.contracts.document import Document, did_you_mean
from troth.contracts.model import (
    Finding,
    Operation,
    Pointer,
    Resource,
)


def uses(contract: Contract, name: str) -> Iterator[tuple[Operation, Any]]:
    """The operations that carry a word, with its value."""
    for operation in contract.operations.values():
        if name in operation.words:
            yield operation, operation.words[name]


def expression_findings(
    contract: Contract,
    text: str,
    pointer: Pointer,
    resource: Resource | None,
    *,
    operation: Operation | None = None,
    names: tuple[str, ...] = cel.NAMES,
) -> Iterator[Finding]:
    """C07 and C08: an expression that does not compile, or names what is not there.

    ``operation``: whose request it may speak of; ``names``: what it may speak of at all.
    """
    document = contract.document
    try:
        cel.compile(text)
    except cel.ExpressionError as error:
        message = f"`{text}` does not compile: {error} (at character {error.offset + 1})"
        yield expression_finding(document, "C07", message, pointer, text, error.offset)
        return
    paths = sorted(cel.names(text))
    problems: list[tuple[str, str]] = []
    for path in paths:
        if path[0] not in names:
            problems.append((path[0], f"there is no {path[0]!r} here; valid: {', '.join(names)}"))
        elif operation and path[0] == "request" and len(path) > 2:
            problems += _request_problems(contract, operation, path)
    if resource is not None:
        known = _known(contract, resource)
        for path in paths:
            if path[0] in names and len(path) > 1 and path[1] not in known[path[0]]:
                hint = did_you_mean(path[1], known[path[0]])
                problems.append((f"{path[0]}.{path[1]}", f"{path[0]} has no property {path[1]!r}{hint}"))
    for named, problem in problems:
        message = f"`{text}`: {problem}"
        yield expression_finding(document, "C08", message, pointer, text, _offset(text, named))


def _known(contract: Contract, resource: Resource) -> Mapping[str, set[str]]:
    """The properties of each variable that an expression about a record may name."""
    shown = set(contract.properties(resource))
    return {
        "self": shown,
        "oldSelf": shown,
        "hidden": set(resource.hidden),
        "request": {"path", "query", "headers", "body"},
        "parent": _of_parent(contract, resource),
        "now": set(),
    }


def _of_parent(contract: Contract, resource: Resource) -> set[str]:
    if resource.parent is None or resource.parent.resource not in contract.resources:
        return set()
    above = contract.resources[resource.parent.resource]
    return {*contract.properties(above), "hidden"}


def _request_problems(
    contract: Contract, operation: Operation, path: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """What is wrong with ``request.<part>.<name>`` in an expression about an operation, and its name."""
    _, part, name = path[:3]
    known: Collection[str] | None = None
    what = ""
    if part in ("query", "path"):
        known = [p.name for p in operation.parameters if p.place == part]
        what = f"{operation.id} has no {part} parameter {name!r}"
    elif part == "body":
        known = _named_in_body(contract, operation)
        what = f"the body of {operation.id} has no property {name!r}"
    if known is not None and name not in known:
        yield ".".join(path[:3]), what + did_you_mean(name, known)


def _named_in_body(contract: Contract, operation: Operation) -> Collection[str] | None:
    """The properties that a body may have; None where its schema leaves that open."""
    if not operation.body:
        return ()
    schema = contract.document.schemas.resolve(operation.body)
    if not isinstance(schema, dict):
        return None
    if "oneOf" in schema or "anyOf" in schema:
        return None
    properties: Collection[str] | None = schema.get("properties")
    return properties


def expression_finding(
    document: Document, code: str, message: str, pointer: Pointer, text: str, offset: int
) -> Finding:
    """A finding at a character of an expression, where the file shows it on one line."""
    return Finding(code, message, pointer, document.inside(pointer, text, max(offset, 0)))


def _offset(text: str, name: str) -> int:
    """Where a dotted name stands in an expression, and not the beginning of a longer one; -1: nowhere."""
    found = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", text)
    if found is None:
        return -1
    return found.start()


def state_findings(
    contract: Contract, states: tuple[str, ...], pointer: Pointer, resource: Resource | None
) -> Iterator[Finding]:
    """C04: a state that the enum of the state property does not have."""
    if resource is None or resource.state is None:
        message = "a state is named, but the resource declares no state field"
        yield contract.document.finding("C04", message, pointer)
        return
    if not resource.states:  # that there are none is said once, at the resource
        return
    for state in states:
        if state not in resource.states:
            hint = did_you_mean(state, resource.states)
            message = f"{state!r} is not in the enum of {resource.name}.{resource.state}{hint}"
            yield contract.document.finding("C04", message, pointer)
