"""What a check would do, without doing it: its promises, and its plan."""

from __future__ import annotations

import click

from troth.contracts.check.plan import promises
from troth.contracts.check.safety import is_safe
from troth.contracts.check.selection import Selection
from troth.contracts.check.targets import Target
from troth.contracts.contract import Contract
from troth.contracts.errors import UsageError
from troth.contracts.promises.promise import Promise

READINGS = 2
"""So many readings come with each call of a probe, about: what is there before, and what came of it."""


def _wanted(contract: Contract, selection: Selection) -> list[Promise]:
    found = [promise for promise in promises(contract) if selection.wants(promise)]
    if not found:
        raise UsageError(f"no promise of {contract.name} is named like that")
    return found


def list_promises(contract: Contract, selection: Selection) -> int:
    """Print each promise with what it says."""
    for promise in _wanted(contract, selection):
        click.echo(f"{promise.id}  {promise.says}")
    return 0


def show_plan(contract: Contract, target: Target, selection: Selection) -> int:
    """Print what a run would call, about how often, and which records it may use."""
    wanted, calls = _wanted(contract, selection), dict[str, int]()
    for promise in wanted:
        for probe in promise.probes:
            for planned in [] if probe.spare else probe.calls:
                calls[planned.operation] = calls.get(planned.operation, 0) + 1
    click.echo(f"{len(wanted)} promises of {contract.name} against {target.url}")
    for id, count in calls.items():
        operation = contract.operations[id]
        note = ""
        if not is_safe(operation) and not target.may_write:
            note = "  (refusals only: the target is not written to without --allow-writes)"
        click.echo(f"  {operation.method} {operation.path}  {id}: about {count} calls{note}")
    total = sum(calls.values())
    click.echo(f"about {total} calls, {READINGS * total} readings, and two for each record that is made")
    for resource in contract.resources.values():
        click.echo(f"{resource.name}: {_records(contract, target, resource.name)}")
    return 0


def _records(contract: Contract, target: Target, name: str) -> str:
    """Which records of a resource may be used."""
    fixtures = {fixture.name for fixture in contract.resources[name].fixtures}
    given = [*target.listed.get(name, ()), *(id for key, id in target.named.items() if key in fixtures)]
    parts = []
    if given:
        parts.append(f"may be changed: {', '.join(given)}")
    if contract.acting(name, "create") is not None and target.may_write:
        removed = "removed at the end"
        if contract.acting(name, "delete") is None:
            removed = "led to a final state at the end, where one can be reached"
        parts.append(f"made as needed, {removed}")
    return "; ".join(parts) or "only read"
