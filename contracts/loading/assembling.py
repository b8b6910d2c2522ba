"""From a document that has been read to a Contract, or every finding at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from troth.contracts.contract import Contract
from troth.contracts.contract.linked import links_of
from troth.contracts.contract.word_values import each_of
from troth.contracts.document import Document
from troth.contracts.document.carriers import KEY
from troth.contracts.document.envelopes import with_envelopes
from troth.contracts.document.openapi import read_operations
from troth.contracts.document.pointers import mapping
from troth.contracts.document.servers import base_paths
from troth.contracts.errors import ContractError
from troth.contracts.loading.shape import shape_findings
from troth.contracts.model import Errors, Finding, Operation, Resource
from troth.contracts.words import WORDS
from troth.contracts.words._word import Site, Word


@cache
def _by_name() -> Mapping[str, Word]:
    return {word.name: word for word in WORDS if word.name}


def require_sound(document: Document) -> None:
    """Raises ContractError where the document's frame or the shape of its words is wrong."""
    _require(document, shape_findings(document))


def build(document: Document, name: str | None = None) -> Contract:
    """The contract of a document that has been read."""
    require_sound(document)
    contract = assemble(document, name or Path(document.name).stem)
    _require(document, [finding for word in WORDS for finding in word.errors(contract)])
    return contract


def _require(document: Document, findings: list[Finding]) -> None:
    wrong = [finding for finding in findings if finding.severity == "error"]
    if wrong:
        raise ContractError([*document.faults, *wrong])  # what is left out may be the cause of the rest


def assemble(document: Document, name: str) -> Contract:
    """The contract of a document whose words have the right shape."""
    words = {}
    for key, value in document.data.get(KEY, {}).items():
        words[key] = _by_name()[key].parse(value, Site(document, f"/{KEY}/{key}", {}))
    resources: Mapping[str, Resource] = words.get("resources", {})
    operations = {o.id: _with_words(document, o, resources) for o in read_operations(document)}
    together = _together(operations)
    operations = {id: _placed(operation, together, resources) for id, operation in operations.items()}
    if document.guessed:
        operations = {id: _below(operation, together, resources) for id, operation in operations.items()}
    return Contract(
        name,
        str(mapping(document.data, "info").get("title", name)),
        document,
        base_paths(document.data)[0],
        words.get("errors", Errors()),
        resources,
        operations,
        words,
    )


def _with_words(document: Document, bare: Operation, resources: Mapping[str, Resource]) -> Operation:
    value = document.at(bare.pointer).get(KEY, {})
    words: dict[str, Any] = {}
    operation = bare
    for key in sorted(value, key=lambda k: k != "acts"):
        if key == "assumed":
            operation = replace(operation, assumed=value[key])
            continue
        site = Site(document, f"{bare.pointer}/{KEY}/{key}", resources, operation)
        words[key] = _by_name()[key].parse(value[key], site)
        if key == "acts":
            resource_name, verb = words[key]
            operation = replace(operation, resource=resource_name, verb=verb)
        if key == "body":
            operation = replace(operation, inside=words[key])
    operation = replace(operation, words=words)
    resource, each, shows = _resource_of(operation, resources), each_of(operation), operation
    if each is not None:
        resource, shows = resources.get(each.resource), replace(operation, verb="list")
    if resource is None:
        return operation
    shown = replace(operation, responses=with_envelopes(document, shows, resource))
    links = links_of(operation)
    other = None if links is None else resources.get(links.of)
    if other is None:
        return shown
    many = replace(operation, responses=with_envelopes(document, replace(operation, verb="list"), other))
    either = [shown, many]
    if links is not None and links.does == "list":
        either = [many, shown]
    return next((one for one in either if getattr(one.success, "envelope", None) is not None), shown)


def _resource_of(operation: Operation, resources: Mapping[str, Resource]) -> Resource | None:
    if operation.resource is None:
        return None
    return resources.get(operation.resource)


def _together(operations: Mapping[str, Operation]) -> dict[str | None, list[Operation]]:
    """The operations that are about the same resource."""
    found: dict[str | None, list[Operation]] = {}
    for operation in operations.values():
        found.setdefault(operation.resource, []).append(operation)
    return found


def _placed(
    operation: Operation,
    together: Mapping[str | None, Sequence[Operation]],
    resources: Mapping[str, Resource],
) -> Operation:
    """Which path parameters name the record and its parent."""
    own = _own(operation, together[operation.resource])
    if own is not None:
        operation = replace(operation, own=own)
    resource = _resource_of(operation, resources)
    if resource is None or resource.parent is None:
        return operation
    if ("path", resource.parent.by) not in {(p.place, p.name) for p in operation.parameters}:
        return operation
    if _ends_with(operation, resource.parent.by):
        return operation  # `/parts/{id}` names a part, although `/things/{id}/parts` does not
    return replace(operation, parent=resource.parent)


def _below(
    operation: Operation,
    together: Mapping[str | None, Sequence[Operation]],
    resources: Mapping[str, Resource],
) -> Operation:
    """An operation with the parent that its path calls by another name than the paths of others do
    (`/teams/{id}/members` beside `/teams/{team_id}/members/{member_id}`)."""
    resource = _resource_of(operation, resources)
    if resource is None or resource.parent is None:
        return operation
    by = "{" + resource.parent.by + "}"
    if by in operation.path:
        return operation
    for other in together[operation.resource]:
        before, named, _ = other.path.partition(by)
        if not named:
            continue
        match = re.match(re.escape(before) + r"\{([^{}]+)\}", operation.path)
        if match is not None:
            return replace(operation, parent=replace(resource.parent, by=match[1]))
    return operation


def _ends_with(operation: Operation, name: str) -> bool:
    """Whether a parameter names one record, as the last part of a path does."""
    if operation.verb not in ("read", "update", "delete"):
        return False
    return operation.path.rstrip("/").endswith("/{" + name + "}")


def _own(operation: Operation, others: Sequence[Operation]) -> str | None:
    """The record is named where reading it names it: ``/things/{id}`` in ``/things/{id}/parts/{part}``."""
    if operation.resource is None or operation.verb == "list":
        return None
    for other in others:
        if other.verb == "read":
            return _own_below(operation.path.split("/"), other.path.split("/"))
    return None


def _own_below(path: list[str], home: list[str]) -> str | None:
    """The last parameter of a path as a longer one below it calls it."""
    if len(path) <= len(home):
        return None
    name = None
    for theirs, ours in zip(home, path, strict=False):
        if theirs.startswith("{") and ours.startswith("{"):
            name = ours.strip("{}")
        elif theirs != ours:
            return None
    return name or None
