"""Where a body is taken: what rules that hold it against stored values ask of the record, or its parent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.word_values import Rule, rules_of
from troth.contracts.document.samples import sample
from troth.contracts.model import Json, Operation
from troth.contracts.promises.promise import Given, PlannedCall
from troth.contracts.words._starts import as_own, parent_start

_SENT = re.compile(
    r"(?P<has>\bhas\s*\(\s*)?\brequest\s*\.\s*body(?P<path>(?:\s*\.\s*[A-Za-z_]\w*)+)(?!\w*\s*\()(?(has)\s*\))"
)
"""What an expression reads of a body, or whether that is there."""

Conditions = tuple[tuple[str, bool], ...]


def taking(contract: Contract, planned: PlannedCall, given: Given) -> Given:
    """A start from which a planned call is taken, as far as its operation's rules say."""
    operation = contract.operations[planned.operation]
    sent = planned.body if isinstance(planned.body, Mapping) else {}
    if operation.parent is not None and given.resource == operation.parent.resource:
        return _with(given, _conditions(contract, operation, sent, "parent"))
    if given.resource == operation.resource:
        return _with(given, _conditions(contract, operation, sent, "self"))
    return given


def parent_taking(contract: Contract, operation: Operation, asked: Given | None) -> Given:
    """A parent as it is asked for, below which an operation makes records."""
    start = parent_start(operation)
    assert start is not None
    needed = taking(contract, PlannedCall(operation.id), start)
    if asked is None:
        return needed
    return _with(asked, needed.where)


def asked_of_parents(contract: Contract, operation: Operation) -> Conditions:
    """What an operation asks of a parent so that its plainest body is taken below it."""
    return tuple(_conditions(contract, operation, {}, "parent"))


def _with(given: Given, conditions: Iterable[tuple[str, bool]]) -> Given:
    """A start with further conditions, where it does not say something else of them."""
    return replace(given, where=tuple({**dict(conditions), **dict(given.where)}.items()))


def _conditions(
    contract: Contract, operation: Operation, sent: Mapping[str, Json], about: str
) -> Iterator[tuple[str, bool]]:
    rules = [rule for rule in rules_of(operation) if cel.reads(rule.text).keys() == {"request", about}]
    if not rules:
        return
    body = _body(contract, operation, sent)
    for rule in rules:
        text = _said(rule, body)
        if text is not None:
            yield as_own(text), True


def _body(contract: Contract, operation: Operation, sent: Mapping[str, Json]) -> Json:
    """The plainest body with what is known of it, as conditions read it."""
    if operation.body is None:
        return None
    plain = sample(contract.document.schemas, operation.body)
    if not isinstance(plain, Mapping):
        return plain
    known = {name: value for name, value in sent.items() if type(value) is type(plain.get(name))}
    body: Json = contract.document.schemas.typed(operation.body, {**plain, **known})
    return body


def _said(rule: Rule, body: Json) -> str | None:
    """A rule with what it reads of the body filled in; None where it reads something else of the request."""
    text = _SENT.sub(lambda found: _literal(found, body), rule.text)
    if "request" in cel.reads(text):
        return None
    return text


def _literal(found: re.Match[str], body: Json) -> str:
    """The value of a body that an expression names, as it is written there; the name where it has none."""
    value = body
    for part in found["path"].replace(" ", "").strip(".").split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if found["has"]:
        return json.dumps(value is not None)
    return json.dumps(value) if isinstance(value, (bool, int, float, str)) else found[0]
