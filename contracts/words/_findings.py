"""What is wrong with expressions and states, in findings that words share."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
    for path in sorted(cel.names(text)):
        if path[0] not in names:
            message = f"`{text}`: there is no {path[0]!r} here; valid: {', '.join(names)}"
            yield expression_finding(document, "C08", message, pointer, text, _offset(text, path[0]))
        elif operation and path[0] == "request" and len(path) > 2:
            problem = _request_problem(contract, operation, path[1], path[2])
            if problem:
                at = _offset(text, ".".join(path[:3]))
                yield expression_finding(document, "C08", f"`{text}`: {problem}", pointer, text, at)
    if resource is None:
        return
    known = {
        "self": set(document.schemas.resolve(resource.schema).get("properties", {})),
        "hidden": set(resource.hidden),
        "request": {"path", "query", "headers", "body"},
    }
    known["oldSelf"] = known["self"]
    above = contract.resources.get(resource.parent.resource) if resource.parent else None
    shown = document.schemas.resolve(above.schema).get("properties", {}) if above else {}
    known["parent"] = {*shown, "hidden"} if above else set()
    for path in sorted(cel.names(text)):
        if path[0] in names and len(path) > 1 and path[1] not in known[path[0]]:
            hint = did_you_mean(path[1], known[path[0]])
            message = f"`{text}`: {path[0]} has no property {path[1]!r}{hint}"
            yield expression_finding(
                document, "C08", message, pointer, text, _offset(text, f"{path[0]}.{path[1]}")
            )


def _request_problem(contract: Contract, operation: Operation, part: str, name: str) -> str | None:
    """What is wrong with ``request.<part>.<name>`` in an expression about an operation."""
    if part in ("query", "path"):
        known = [p.name for p in operation.parameters if p.place == part]
        if name not in known:
            return f"{operation.id} has no {part} parameter {name!r}{did_you_mean(name, known)}"
    if part == "body":
        schema = contract.document.schemas.resolve(operation.body or {"properties": {}})
        free = "properties" not in schema or "oneOf" in schema or "anyOf" in schema
        if not free and name not in schema["properties"]:
            hint = did_you_mean(name, schema["properties"])
            return f"the body of {operation.id} has no property {name!r}{hint}"
    return None


def expression_finding(
    document: Document, code: str, message: str, pointer: Pointer, text: str, offset: int
) -> Finding:
    """A finding at a character of an expression, where the file shows it on one line."""
    return Finding(code, message, pointer, document.inside(pointer, text, max(offset, 0)))


def _offset(text: str, name: str) -> int:
    """Where a dotted name stands in an expression, and not the beginning of a longer one; -1: nowhere."""
    found = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", text)
    return found.start() if found else -1


def state_findings(
    contract: Contract, states: tuple[str, ...], pointer: Pointer, resource: Resource | None
) -> Iterator[Finding]:
    """C04: a state that the enum of the state property does not have."""
    if resource is None or resource.state is None:
        message = "a state is named, but the resource declares no state field"
        yield contract.document.finding("C04", message, pointer)
        return
    for state in states if resource.states else ():  # that there are none is said once, at the resource
        if state not in resource.states:
            hint = did_you_mean(state, resource.states)
            message = f"{state!r} is not in the enum of {resource.name}.{resource.state}{hint}"
            yield contract.document.finding("C04", message, pointer)
