"""From a document that has been read to a Contract, or every finding at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from troth.contracts.contract import Contract
from troth.contracts.document import Document
from troth.contracts.document.carriers import KEY
from troth.contracts.document.openapi import read_operations, with_envelopes
from troth.contracts.errors import ContractError
from troth.contracts.loading.shape import shape_findings
from troth.contracts.model import Errors, Finding, Operation, Resource
from troth.contracts.words import WORDS
from troth.contracts.words._word import Site


def require_sound(document: Document) -> None:
    """Raises ContractError where the document's frame or the shape of its words is wrong."""
    _require(shape_findings(document))


def build(document: Document, name: str | None = None) -> Contract:
    """The contract of a document that has been read."""
    require_sound(document)
    contract = assemble(document, name or Path(document.name).stem)
    _require([finding for word in WORDS for finding in word.errors(contract)])
    return contract


def _require(findings: list[Finding]) -> None:
    wrong = [finding for finding in findings if finding.severity == "error"]
    if wrong:
        raise ContractError(wrong)


def assemble(document: Document, name: str) -> Contract:
    """The contract of a document whose words have the right shape."""
    root = document.data.get(KEY, {})
    by_name = {word.name: word for word in WORDS if word.name}
    words = {
        key: by_name[key].parse(value, Site(document, f"/{KEY}/{key}", {})) for key, value in root.items()
    }
    resources: Mapping[str, Resource] = words.get("resources", {})
    operations = {}
    for operation in read_operations(document):
        operations[operation.id] = _with_words(document, operation, resources)
    operations = {id: _placed(operation, operations, resources) for id, operation in operations.items()}
    info = document.data.get("info") or {}
    errors = words.get("errors", Errors())
    return Contract(
        name,
        str(info.get("title", name)),
        document,
        _base_path(document),
        errors,
        resources,
        operations,
        words,
    )


def _with_words(document: Document, bare: Operation, resources: Mapping[str, Resource]) -> Operation:
    value = document.at(bare.pointer).get(KEY, {})
    words: dict[str, Any] = {}
    by_name = {word.name: word for word in WORDS if word.name}
    operation = bare
    for key in sorted(value, key=lambda k: k != "acts"):
        if key == "assumed":
            operation = replace(operation, assumed=value[key])
            continue
        site = Site(document, f"{bare.pointer}/{KEY}/{key}", resources, operation)
        words[key] = by_name[key].parse(value[key], site)
        if key == "acts":
            resource, verb = words[key]
            operation = replace(operation, resource=resource, verb=verb)
    resource = resources.get(operation.resource or "")
    responses = with_envelopes(document, operation, resource) if resource else operation.responses
    return replace(operation, words=words, responses=responses)


def _placed(
    operation: Operation, operations: Mapping[str, Operation], resources: Mapping[str, Resource]
) -> Operation:
    """Which path parameters name the record and its parent."""
    resource = resources.get(operation.resource or "")
    above = resource.parent if resource else None
    if above and any((p.place, p.name) == ("path", above.by) for p in operation.parameters):
        operation = replace(operation, parent=above)
    own = _own(operation, operations)
    return replace(operation, own=own) if own else operation


def _own(operation: Operation, operations: Mapping[str, Operation]) -> str | None:
    """The record is named where reading it names it: ``/things/{id}`` in ``/things/{id}/parts/{part}``."""
    same = (o for o in operations.values() if (o.resource, o.verb) == (operation.resource, "read"))
    reading = next(same, None)
    if reading is None or operation.resource is None or operation.verb == "list":
        return None
    home, path = reading.path.split("/"), operation.path.split("/")
    pairs = list(zip(home, path, strict=False))
    if len(path) <= len(home) or not all(a == b or a[:1] == b[:1] == "{" for a, b in pairs):
        return None
    return next((b.strip("{}") for a, b in reversed(pairs) if a.startswith("{")), None)


def _base_path(document: Document) -> str:
    """The path of the first server, its variables replaced by their defaults."""
    servers = document.data.get("servers")
    server = servers[0] if isinstance(servers, list) and servers else {}
    if not isinstance(server, dict):
        return ""
    url = str(server.get("url", ""))
    for name, variable in (server.get("variables") or {}).items():
        url = url.replace("{" + str(name) + "}", str(variable.get("default", "")))
    path = urlsplit(url).path.strip("/")
    return f"/{path}" if path else ""
