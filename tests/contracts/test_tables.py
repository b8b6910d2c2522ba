"""Every word against its table (``tests/tables/<word>.yaml``): cases in plain data, written by hand.

A table has a smallest ``document``, the ``records`` of its world, and

* ``cases``: a call, a world and the **full set** of outcomes that the contract allows, the preferred one
  first. ``after`` lists the fields that differ from the record before (all of a new one); a field that is
  not listed has not changed. ``by``, ``touched``, ``detail``, ``departs`` are compared where a case has them.
* ``promises``: the ids that the word gives to an operation, in order; where an entry is a mapping also what
  it ``says``, ``needs``, whether it is ``assumed``, and its ``probes``.
* ``findings``: small patches to the document and what the loader (``errors``) or the lint (``advice``)
  then says: the code, the text of the file at the place it points to, and a part of the message.

A ``patch`` maps JSON Pointers of the document to new values; ``<gone>`` removes. A pointer that does not
begin with ``/`` begins with an operationId. ``<unknown>`` is a value that the world does not know. Nothing
here shares code with the words.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from troth import Call, Contract, ContractError, ContractFault, Outcome, Record, decide, load
from troth.contracts.deciding.known_world import KnownWorld
from troth.contracts.model import ABSENT, MALFORMED, Bag, Delete, Hit, Keep, Put, Unknown
from troth.contracts.promises.bounds import MISSING
from troth.contracts.promises.calls import plain_call
from troth.contracts.promises.promise import Another, Probe, Promise, Seen, Stored, Strange, Tag
from troth.contracts.words import WORDS

TABLES = {
    path.stem: yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
    for path in sorted((Path(__file__).parent.parent / "tables").glob("*.yaml"))
}
NOW = "2026-03-01T12:00:00+00:00"


def entries(section: str) -> list[Any]:
    return list(read_entries(section))


def read_entries(section: str) -> Iterator[Any]:
    for stem, table in TABLES.items():
        for entry in table.get(section) or ():
            name = entry.get("name") or f"{entry['operation']}{'+' if 'patch' in entry else ''}"
            yield pytest.param(stem, table, entry, id=f"{stem}: {name}")


def patched(document: Any, patch: Mapping[str, Any] | None) -> Any:
    document = copy.deepcopy(document)
    for pointer, value in (patch or {}).items():
        *way, last = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/"))
        node = document if way[:1] == [""] else operations(document)[way[0]]
        way = way[1:]
        for part in way:
            node = node[int(part) if isinstance(node, list) else part]
        if value == "<gone>":
            del node[last]
        else:
            node[last] = value
    return document


def operations(document: Any) -> dict[str, Any]:
    items = (item for item in document["paths"].values())
    return {node["operationId"]: node for item in items for node in item.values() if "operationId" in node}


def short(contract: Contract, pointer: str) -> str:
    """A pointer into an operation begins with its id."""
    for operation in contract.operations.values():
        if pointer.startswith(f"{operation.pointer}/"):
            return operation.id + pointer.removeprefix(operation.pointer)
    return pointer


def written(table: Any, patch: Mapping[str, Any] | None, folder: Path) -> Path:
    path, document = folder / "api.yaml", table["document"]
    for name, text in table.get("files", {}).items():
        (folder / name).write_text(text)
    path.write_text(
        yaml.dump(patched(document, patch), Dumper=yaml.CSafeDumper, sort_keys=False, width=10_000)
    )
    return path


def loaded(table: Any, entry: Any, folder: Path) -> Contract:
    return load(written(table, entry.get("patch"), folder), run=True)


def word_of(stem: str) -> list[Any]:
    return [word for word in WORDS if type(word).__module__ == f"troth.contracts.words.{stem}"]


# The world


def known(value: Any) -> Any:
    """A value of a table, its unknown parts included."""
    if value == "<unknown>":
        return Unknown()
    if isinstance(value, dict):
        return {key: known(item) for key, item in value.items()}
    return [known(item) for item in value] if isinstance(value, list) else value


class TableWorld:
    """The records of a table with a case's changes; fresh values tell what they replace."""

    def __init__(self, table: Any, entry: Any) -> None:
        self.now = datetime.fromisoformat(NOW)
        given, records = entry.get("world") or {}, copy.deepcopy(table.get("records") or {})
        for id, data in (given.get("records") or {}).items():
            resource = next((r for r in records if id in records[r]), next(iter(records), ""))
            if data == "<gone>":
                del records[resource][id]
            else:
                old = records[resource].get(id, {})
                hidden = {**old.get("hidden", {}), **data.get("hidden", {})}
                records[resource][id] = {**old, **data, **({"hidden": hidden} if hidden else {})}
        self.records = {
            (resource, id): Record(
                resource, id, known({k: v for k, v in data.items() if k not in ("hidden", "parent")}),
                known(data.get("hidden", {})), 3, data.get("parent"),
                since=self.since(given, id),
            )
            for resource, some in records.items() for id, data in some.items()
        }  # fmt: skip
        self.ago: Any = given.get("hits", {})
        self.moment: Any = Unknown() if given.get("now") == "unknown" else self.now
        self.tags: dict[str, str] = given.get("tags", {})
        self.keys: dict[str, Keep] = {}
        self.passed: int = given.get("passed", 0)
        self.whole: bool = given.get("children") != "unknown"
        self.forgetful: bool = given.get("fresh") == "unknown"

    def since(self, given: Any, id: str) -> datetime | None:
        """``since``: per record, how many seconds ago it came into its state."""
        ago = given.get("since", {}).get(id)
        return None if ago is None else self.now - timedelta(seconds=ago)

    def get(self, resource: str, id: str) -> Record | None:
        return self.records.get((resource, id))

    def of(self, resource: str) -> list[Record]:
        return [record for (name, _), record in self.records.items() if name == resource]

    def children(self, resource: str, parent: str) -> list[Record] | None:
        if not self.whole:
            return None
        return [record for record in self.of(resource) if record.parent == parent]

    def hits(self, key: str) -> list[datetime] | None:
        if self.ago == "<unknown>":
            return None
        return [self.now - timedelta(seconds=seconds) for seconds in self.ago.get(key, ())]

    def take(self, outcome: Outcome) -> None:
        """The world after a call that was made ``passed`` seconds ago."""
        for change in outcome.changes:
            if isinstance(change, Put):
                record = change.record
                self.records[record.resource, record.id] = replace(record, version=record.version + 1)
            elif isinstance(change, Keep):
                until = change.until and change.until - timedelta(seconds=self.passed)
                self.keys[change.key] = replace(change, until=until)

    def kept(self, key: str) -> Keep | None:
        return self.keys.get(key)

    def tag(self, record: Record) -> str | None:
        return self.tags.get(record.id)

    def initial(self, resource: Any) -> dict[str, Any]:
        return dict(resource.hidden)

    def fresh(self, schema: Any, old: Any) -> Any:
        if self.forgetful:
            return Unknown()
        return "new" if old is None else f"after {old}"


# Outcomes as plain data


def plain(value: Any) -> Any:
    if isinstance(value, Unknown):
        old = "" if value.old is None else f" after {value.old}"
        return f"<unknown{old}{', touched' if value.touched else ''}>"
    if isinstance(value, Bag):
        return {f"in any order, by {value.key}": [plain(item) for item in value]}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def shape(record: Record | None) -> dict[str, Any]:
    if record is None:
        return {}
    hidden = {f"hidden.{k}": plain(v) for k, v in record.hidden.items()}
    return {**plain(record.data), **hidden, **({"parent": record.parent} if record.parent else {})}


def said(contract: Contract, outcome: Outcome, also: set[str], world: TableWorld) -> dict[str, Any]:
    """An outcome in the words of a table; what has its usual value is left out."""
    told = {name: value for name, value in always_said(outcome, world).items() if not is_usual(value)}
    if outcome.records is not None:
        told["records"] = [record.id for record in outcome.records]
    more = said_on_demand(contract, outcome)
    return told | {name: more[name] for name in also}


def is_usual(value: Any) -> bool:
    """Whether a table leaves a value out."""
    return value in (None, "", False, {}, [])


def always_said(outcome: Outcome, world: TableWorld) -> dict[str, Any]:
    """What every case compares."""
    return {
        "status": outcome.status,
        "exact": outcome.exact,
        "kind": "" if outcome.kind == "ok" else outcome.kind,
        "message": outcome.message,
        "assumed": outcome.assumed,
        "retry_after": outcome.retry_after,
        "naming": outcome.naming,
        "gone": outcome.before is not None and outcome.after is None,
        "after": different(shape(outcome.before), shape(outcome.after)),
        "emitted": emitted(outcome),
        "hits": [f"{change.key} {change.window}" for change in outcome.changes if isinstance(change, Hit)],
        "shown": outcome.shown and outcome.shown.id,
        "shows": {"/".join(path): plain(value) for path, value in outcome.shows.items()},
        "above": raised(outcome, world),
        "creates": [shape(r) for r in put(outcome) if not r.version and r != outcome.after],
        "deletes": [record.id for record in deleted(outcome) if record != outcome.before],
    }


def said_on_demand(contract: Contract, outcome: Outcome) -> dict[str, Any]:
    """What is compared where a case has it."""
    return {
        "by": short(contract, outcome.cite),
        "touched": {name: short(contract, pointer) for name, pointer in outcome.touched.items()},
        "detail": outcome.detail,
        "tag": outcome.tag,
        "answers": {"/".join(path): short(contract, p) for path, p in outcome.answers.items()},
        "departs": [short(contract, pointer) for pointer in outcome.departs],
    }


def different(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The fields that a record did not have before, or not with this value."""
    return {name: value for name, value in new.items() if name not in old or old[name] != value}


def emitted(outcome: Outcome) -> list[dict[str, Any]]:
    """The effects of an outcome, each without what it does not have."""
    found = []
    for effect in outcome.emitted:
        parts = {"effect": effect.effect, "id": effect.id, "with": effect.payload, "failed": effect.failed}
        found.append({name: part for name, part in parts.items() if part})
    return found


def deleted(outcome: Outcome) -> list[Record]:
    return [change.record for change in outcome.changes if isinstance(change, Delete)]


def put(outcome: Outcome) -> list[Record]:
    return [change.record for change in outcome.changes if isinstance(change, Put)]


def raised(outcome: Outcome, world: TableWorld) -> dict[str, Any]:
    """What changes of another record that was there before: the parent."""
    for record in put(outcome):
        old = world.get(record.resource, record.id)
        if old is not None and (outcome.after is None or record.id != outcome.after.id):
            return {name: value for name, value in shape(record).items() if shape(old).get(name) != value}
    return {}


def consistent(outcome: Outcome) -> bool:
    """A refusal stores nothing; a success stores the record exactly if it is another than before."""
    own = (outcome.before, outcome.after)
    stored = [c for c in outcome.changes if isinstance(c, (Put, Delete)) and c.record in own]
    if outcome.kind != "ok":
        return stored == [] and outcome.after == outcome.before and not outcome.emitted
    if outcome.after is None:
        return stored == ([] if outcome.before is None else [Delete(outcome.before)])
    changed = outcome.before is None or shape(outcome.before) != shape(outcome.after)
    return stored == ([Put(outcome.after)] if changed else [])


def call_of(entry: Any) -> Call:
    given = dict(entry["call"])
    given["failing"] = frozenset(given.get("failing", ()))
    given["body"] = {"<none>": ABSENT, "<malformed>": MALFORMED}.get(
        given["body"] if isinstance(given.get("body"), str) else "", given.get("body", ABSENT)
    )
    return Call(**given)


def asked(expected: list[Any]) -> set[str]:
    """What is compared on demand, and one of the expected outcomes has."""
    on_demand = {"by", "touched", "detail", "departs", "answers", "tag"}
    return on_demand & {key for outcome in expected for key in outcome}


def distinct(values: list[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


@pytest.mark.parametrize(("stem", "table", "entry"), entries("cases"))
def test_outcomes(stem: str, table: Any, entry: Any, tmp_path: Path) -> None:
    contract, world = loaded(table, entry, tmp_path), TableWorld(table, entry)
    if "raises" in entry:
        with pytest.raises(ContractFault) as caught:
            list(decide(contract, call_of(entry), world))
        assert entry["raises"] in str(caught.value)
        return
    for earlier in entry.get("earlier", ()):
        world.take(next(decide(contract, call_of({"call": earlier}), world)))
    outcomes = list(decide(contract, call_of(entry), world))
    for outcome in outcomes:
        assert consistent(outcome), outcome
    expected = entry["expect"]
    also = asked(expected)
    compare(distinct([said(contract, outcome, also, world) for outcome in outcomes]), expected)


def compare(found: list[Any], expected: list[Any]) -> None:
    """The outcomes are those expected, no more and no fewer, and the preferred one comes first."""
    assert found[0] == expected[0], "the preferred outcome"
    missing = [outcome for outcome in expected if outcome not in found]
    surplus = [outcome for outcome in found if outcome not in expected]
    assert (missing, surplus) == ([], []), "missing, surplus"
    assert len(expected) == len(found), "an outcome is written twice"


# Promises


def brief(value: Any) -> Any:
    """A part of a probe as plain data, without what is left at its default."""
    if isinstance(value, Mapping):
        return {key: brief(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [brief(item) for item in value]
    if (
        isinstance(value, (Stored, Seen, Strange, Tag, Another))
        or value is MISSING
        or isinstance(value, Unknown)
    ):
        return standing_in(value)
    if not is_dataclass(value):
        return value
    usual = {f.name: f.default for f in fields(value)}
    shown = {f.name: getattr(value, f.name) for f in fields(value)}
    return {k: brief(v) for k, v in shown.items() if v != usual[k] and v not in ({}, ())}


def standing_in(value: Any) -> str:
    if isinstance(value, Stored):
        what = {(True, False): "another", (False, True): "another's"}.get(
            (value.other, value.elsewhere), "stored"
        )
        return f"<{what} {'/'.join(value.path)}>"
    if isinstance(value, Seen):
        return f"<seen {'/'.join(value.pattern)}>"
    if isinstance(value, Strange):
        return f"<of another {value.member} at {'/'.join(value.pattern)}>"
    if isinstance(value, Another):
        return f"<another {value.resource}>"
    if isinstance(value, Tag):
        return "<another entity tag>" if value.other else "<entity tag>"
    return "<left out>" if value is MISSING else "<unknown>"


def probe(one: Probe) -> dict[str, Any]:
    told: dict[str, Any] = {"given": str(one.given)} if one.given else {}
    if one.walk:
        told["walk"] = True
    if one.quota:
        told["quota"] = list(one.quota)
    return told | {"calls": [brief(planned) for planned in one.calls]}


def promised(contract: Contract, promise: Promise) -> dict[str, Any]:
    return {
        "id": promise.id, "says": promise.says, "needs": promise.needs, "assumed": promise.assumed,
        "by": short(contract, promise.pointer), "probes": [probe(one) for one in promise.probes],
    }  # fmt: skip


@pytest.mark.parametrize(("stem", "table", "entry"), entries("promises"))
def test_promises(stem: str, table: Any, entry: Any, tmp_path: Path) -> None:
    contract = loaded(table, entry, tmp_path)
    operation = contract.operations[entry["operation"]]
    found = [promise for word in word_of(stem) for promise in word.promises(contract, operation)]
    wanted = entry["ids"]
    wanted = [want if isinstance(want, dict) else {"id": want} for want in wanted]
    assert [promise.id for promise in found] == [want["id"] for want in wanted]
    for promise, want in zip(found, wanted, strict=True):
        told = promised(contract, promise)
        assert {key: told[key] for key in want} == want
        assert promise.operation == entry["operation"]


# Denials


@pytest.mark.parametrize("stem", TABLES)
def test_denials(stem: str, tmp_path: Path) -> None:
    """A denied contract is the same document with something else said, and can be asked like any other."""
    contract = load(written(TABLES[stem], None, tmp_path), run=True)
    for operation in contract.operations.values():
        for promise in (promise for word in word_of(stem) for promise in word.promises(contract, operation)):
            for denial in promise.denials:
                denied = denial.of(contract)
                assert denied.document is contract.document
                said = (contract.operations, contract.resources, contract.words)
                assert (denied.operations, denied.resources, denied.words) != said
                call = plain_call(denied, denied.operations[operation.id], "nobody", {}, "nobody")
                outcomes = list(decide(denied, call, KnownWorld([])))
                assert outcomes
                if "names something" in denial.says:
                    assert all(outcome.kind != "missing" for outcome in outcomes)


# Findings


@pytest.mark.parametrize(("stem", "table", "entry"), entries("findings"))
def test_findings(stem: str, table: Any, entry: Any, tmp_path: Path) -> None:
    path = written(table, entry.get("patch"), tmp_path)
    if "errors" in entry:
        with pytest.raises(ContractError) as caught:
            load(path, run=True)
        found, expected = list(caught.value.findings), entry["errors"]
        assert {finding.severity for finding in found} == {"error"}
    else:
        contract = load(path, run=True)
        found, expected = [f for word in word_of(stem) for f in word.advice(contract)], entry["advice"]
    lines = path.read_text().splitlines()
    places = [
        (f.code, lines[f.location.line - 1][f.location.column - 1 :], f.message) for f in found if f.location
    ]
    assert len(places) == len(found) == len(expected), found
    for (code, place, message), want in zip(places, expected, strict=True):
        assert code == want["code"]
        assert place.startswith(want["at"]), place
        assert want["says"] in message, message


def test_every_word_has_a_table() -> None:
    modules = {type(word).__module__.rpartition(".")[2] for word in WORDS}
    assert set(TABLES) == modules


@pytest.mark.parametrize("stem", TABLES)
def test_the_document_of_a_table_is_sound(stem: str, tmp_path: Path) -> None:
    load(written(TABLES[stem], None, tmp_path), run=True)
