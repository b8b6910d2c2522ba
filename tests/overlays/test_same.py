"""A vendor's document with an overlay is the same contract as one document that says it all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.overlays.documents import written
from troth import Call, Contract, Record, decide, load
from troth.contracts.check.plan import promises
from troth.contracts.contract.fixtures import seed_records
from troth.contracts.document import read_document
from troth.contracts.document.carriers import KEY
from troth.contracts.document.samples import sample
from troth.contracts.document.source import Source
from troth.contracts.loading.catalogue import bundled_names, find
from troth.contracts.model import ABSENT, Operation, Resource


def parted(value: Any, at: str, actions: list[Any]) -> Any:
    """What is not ``x-contract``; what is, as actions."""
    if isinstance(value, list):
        return [parted(item, f"{at}[{i}]", actions) for i, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if KEY in value:
        actions.append({"target": at, "update": {KEY: value[KEY]}})
    return {k: parted(item, f"{at}[{k!r}]", actions) for k, item in value.items() if k != KEY}


@pytest.fixture(params=bundled_names())
def both(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Contract, Contract]:
    inline = load(request.param)
    actions: list[Any] = []
    vendor = parted(Source(find(request.param), "").data, "$", actions)
    (tmp_path / "vendor.yaml").write_text(yaml.safe_dump(vendor, sort_keys=False, allow_unicode=True))
    overlay = {"overlay": "1.1.0", "info": {"title": "", "version": ""}, "actions": actions}
    (tmp_path / "behaviour.yaml").write_text(yaml.safe_dump(overlay, sort_keys=False, allow_unicode=True))
    for handlers in find(request.param).parent.glob("*.py"):  # named beside the file that names them
        (tmp_path / handlers.name).write_text(handlers.read_text())
    assert KEY not in (tmp_path / "vendor.yaml").read_text()
    return inline, load(str(tmp_path / "vendor.yaml"), overlays=[tmp_path / "behaviour.yaml"], run=True)


class Still:
    """A world in which nothing moves: the fixtures."""

    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    moment: Any = now

    def __init__(self, contract: Contract) -> None:
        self.records = seed_records(contract)

    def get(self, resource: str, id: str) -> Record | None:
        return next((r for r in self.of(resource) if r.id == id), None)

    def of(self, resource: str) -> list[Record]:
        return [record for record in self.records.values() if record.resource == resource]

    def children(self, resource: str, parent: str) -> list[Record]:
        return [record for record in self.of(resource) if record.parent == parent]

    def kept(self, _key: str) -> None:
        return None

    def tag(self, record: Record) -> str:
        return f'"{record.id}"'

    def initial(self, resource: Resource) -> Any:
        return resource.hidden

    def hits(self, _key: str) -> tuple[datetime, ...]:
        return ()

    def fresh(self, _schema: Any, old: Any) -> Any:
        return f"after {old}"


def calls(contract: Contract, operation: Operation) -> Iterator[Call]:
    """One on each record and on none, with a body that fits, one that does not and without."""
    ids = [record.id for record in Still(contract).records.values()] if operation.item_parameter else []
    bodies: list[Any] = [ABSENT, {"status": 1}, sample(contract.document.schemas, operation.body)]
    for id in [*ids, "nobody"]:
        for body in bodies if operation.body else bodies[:1]:
            path = operation.item(id) if operation.item_parameter else {}
            yield Call(operation.id, path, body=body)


def plain(value: Any) -> Any:
    """Compared as data: two unknowns are alike."""
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return repr(value)


def test_the_same_contract(both: tuple[Contract, Contract]) -> None:
    inline, overlaid = both
    assert overlaid.document.data == inline.document.data
    assert [(p.id, p.says) for p in promises(overlaid)] == [(p.id, p.says) for p in promises(inline)]


def test_the_same_outcomes(both: tuple[Contract, Contract]) -> None:
    inline, overlaid = both
    asked = [call for operation in inline.operations.values() for call in calls(inline, operation)]
    assert len(asked) > len(inline.operations)
    for call in asked:
        outcomes, expected = (plain(list(decide(c, call, Still(c)))) for c in (overlaid, inline))
        assert outcomes == expected
        assert expected


def test_twice_is_once(tmp_path: Path) -> None:
    vendor, overlay = written(tmp_path)
    once = read_document(vendor, None, [overlay])
    assert read_document(vendor, None, [overlay, overlay]).data == once.data
    assert read_document(overlay, None, [overlay]).data == once.data
