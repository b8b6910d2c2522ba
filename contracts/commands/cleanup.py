"""``troth cleanup``: end what a check made and could not remove."""

from __future__ import annotations

from pathlib import Path

import click

from troth.contracts.check.cleaning import Cleaner
from troth.contracts.check.ledger import FOLDER, SUFFIX, Ledger, is_in_use, read_ledger
from troth.contracts.check.probing import Prober
from troth.contracts.check.results import Cleaned
from troth.contracts.check.targets import Target, find_target
from troth.contracts.commands.options import handlers_option, outside_option
from troth.contracts.contract import Contract
from troth.contracts.errors import UsageError
from troth.contracts.loading.catalogue import load
from troth.contracts.reports.checked import remains


@click.command()
@click.argument("ledgers", nargs=-1, type=click.Path(path_type=Path), metavar="[LEDGER]...")
@outside_option
@handlers_option
@click.option("--token", help="Sent as the document's security says (default: $TROTH_TOKEN).")
@click.option("--config", type=click.Path(path_type=Path), help="Instead of the troth.toml of the run.")
def cleanup(
    ledgers: tuple[Path, ...], outside: bool, run: bool | None, token: str | None, config: Path | None
) -> int:
    """Remove what troth check made, where a run was killed before it could.

    LEDGER is a file that a run left (default: all in .troth/). What is deleted, or led to a final state, is
    struck off; the rest is named.

    \b
    Example:
      troth cleanup --token "$TOKEN"

    \b
    Exit codes:
       0  nothing is left
       1  something is left
       2  could not run: no such ledger, no target
      70  a fault of troth's own: one line on stderr says where the details are
    """
    found = list(ledgers) or sorted(FOLDER.glob(f"*{SUFFIX}"))
    if not found:
        click.echo("nothing to remove: there is no ledger in .troth/")
        return 0
    left = 0
    for path in found:
        if is_in_use(path):
            _tell_running(path, named=path in ledgers)
            continue
        if path not in ledgers and not path.exists():
            continue  # the run has ended meanwhile
        ledger = read_ledger(path)
        contract = load(
            str(ledger.head["spec"]),
            overlays=tuple(Path(name) for name in ledger.head.get("overlays", ())),
            infer=bool(ledger.head.get("infer")),
            run=run,
            outside=outside,
        )
        target = _target(contract, ledger, config, token)
        left += _tell(path, target, _clean(contract, target, ledger))
    return int(left > 0)


def _tell_running(path: Path, *, named: bool) -> None:
    """Raises UsageError for a ledger that was named."""
    text = f"{path}: its run goes on, and removes by itself what it makes"
    if named:
        raise UsageError(text)
    click.echo(text, err=True)


def _target(contract: Contract, ledger: Ledger, config: Path | None, token: str | None) -> Target:
    """The target of a ledger. Raises UsageError where its name means another one now."""
    file = config or Path(str(ledger.head.get("config") or "troth.toml"))
    target = find_target(contract, str(ledger.head["target"]), file, token)
    if target.url != ledger.head.get("url"):
        there = ledger.head.get("url")
        raise UsageError(f"{ledger.path}: its records are at {there}, and {target.name} is {target.url} now")
    return target


def _clean(contract: Contract, target: Target, ledger: Ledger) -> Cleaned:
    prober = Prober(contract, target, ledger=ledger)
    parts = prober.client, prober.pool, prober.observer, prober.provisioner
    return Cleaner(contract, *parts, ledger).clean()


def _tell(path: Path, target: Target, cleaned: Cleaned) -> int:
    """Say what has become of the records of a ledger; how many are left."""
    click.echo(f"{path}: {target.name}: {cleaned.removed} removed, {cleaned.ended} led to a final state")
    for sentence in remains(cleaned):
        click.echo(sentence)
    return len(cleaned.left)
