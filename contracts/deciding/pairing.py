"""Examples of a request and of its answer that bear one name belong together: a usual convention."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from troth.contracts.contract import Contract, remembered
from troth.contracts.document import join
from troth.contracts.document.pointers import mapping
from troth.contracts.frozen import replace
from troth.contracts.model import Call, Json, Operation, Response


def paired(contract: Contract, operation: Operation, response: Response, call: Call) -> Response:
    """A response whose first example is the one that belongs to what was sent."""
    if len(response.examples) < 2:
        return response
    for name in _named(contract, operation, call):
        if name in response.examples:
            return _with_first(contract, response, name)
    return response


def _named(contract: Contract, operation: Operation, call: Call) -> Iterator[str]:
    """The names of the examples that were sent."""
    sent = {"path": call.path, "query": call.query, "header": call.headers, "cookie": call.cookies}
    for place, name, values in _examples(contract, operation):
        if name in sent.get(place, {}):
            yield from values.get(_text(sent[place][name]), ())
    for name, body in operation.examples.items():
        if call.body == body:
            yield name


@remembered
def _examples(contract: Contract, operation: Operation) -> list[tuple[str, str, Mapping[str, list[str]]]]:
    """By parameter, the names of its examples by their value."""
    found: list[tuple[str, str, Mapping[str, list[str]]]] = []
    for parameter in operation.parameters:
        values: dict[str, list[str]] = {}
        for name in mapping(contract.document.at(parameter.pointer), "examples"):
            _, example = contract.document.resolve(join(parameter.pointer, "examples", name))
            if isinstance(example, dict):
                values.setdefault(_text(example.get("value", example.get("dataValue"))), []).append(name)
        if values:
            found.append((parameter.place, parameter.name, values))
    return found


@remembered
def _with_first(_contract: Contract, response: Response, name: str) -> Response:
    examples = {name: response.examples[name], **response.examples}
    return replace(response, examples=examples)


def _text(value: Json) -> str:
    return json.dumps(value, sort_keys=True, default=str)
