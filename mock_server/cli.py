"""``troth mock``: serve contracts, and say at once what can be tried."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from time import sleep
from typing import Any
from urllib.parse import quote
from webbrowser import open_new_tab

import click
from rich.console import Console
from rich.markup import escape
from uvicorn.config import STARTUP_FAILURE

from troth.contracts.commands.left_out import tell_left_out
from troth.contracts.commands.options import (
    handlers_option,
    outside_option,
    overlay_option,
    require_one,
    specs_that_fit,
)
from troth.contracts.contract import Contract
from troth.contracts.contract.credentials import credentials_of
from troth.contracts.contract.scenarios import DEFAULT
from troth.contracts.contract.scopes import in_paths, own_id
from troth.contracts.contract.targets import Item
from troth.contracts.contract.word_values import writes_of
from troth.contracts.document.samples import sample
from troth.contracts.errors import TrothError, UsageError
from troth.contracts.loading.catalogue import bundled_names, load
from troth.contracts.model import Json, Operation, Parameter, Record, Resource
from troth.contracts.overtime import after
from troth.contracts.reports.columns import columns
from troth.mock_server.api import Api
from troth.mock_server.app import Mock
from troth.mock_server.serving import serve, serve_by_many
from troth.mock_server.sessions import Kept
from troth.mock_server.stores import AGAIN, StoreAway
from troth.mock_server.watching import watch as watch_files

LONG = 3.0
"""Seconds without a word."""

MOST_OPERATIONS, MOST_RECORDS, MOST_NAMES = 300, 50, 8
"""How many are shown when it starts."""


def _milliseconds(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> tuple[float, float] | None:
    """One number of milliseconds, or the least and the most of them."""
    if value is None:
        return None
    found = re.fullmatch(r"(\d{1,6})(?:\.\.(\d{1,6}))?", value)
    if found is None:
        text = f"{value!r} is neither milliseconds (300) nor a range of them (200..800)"
        raise click.BadParameter(text, ctx, param)
    first, last = int(found[1]), int(found[2] or found[1])
    if last < first:
        raise click.BadParameter(f"{value!r} ends before it begins: {last}..{first}", ctx, param)
    return first, last


@click.command()
@click.argument("specs", shell_complete=specs_that_fit, nargs=-1, metavar="SPEC...")
@overlay_option
@outside_option
@handlers_option
@click.option(
    "-p",
    "--port",
    default=4010,
    type=click.IntRange(0, 65_535),
    show_default=True,
    help="0 takes any free port.",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--token", help="The only credential that is accepted (default: any that is not empty).")
@click.option("--control-token", help="Lets other machines use /__mock/, with X-Mock-Token.")
@click.option("--seed", default=0, show_default=True, help="Same seed, same data.")
@click.option("--limits/--no-limits", default=True, help="Answer 429 where a quota is exceeded.")
@click.option("--scenario", metavar="NAME", default=DEFAULT, show_default=True, help="What it begins with.")
@click.option(
    "--delay",
    metavar="MS|MS..MS",
    callback=_milliseconds,
    help="Before every answer: 300, or any from 200..800.",
)
@click.option("--watch", is_flag=True, help="Take over changes of the documents while it runs.")
@click.option("--store", metavar="FILE|URL", help="Keep records there: a file, or postgresql://…")
@click.option("--workers", metavar="N", type=click.IntRange(1, 64), help="Processes that share the --store.")
@click.option("--access-log", metavar="FILE", help="Add a line of JSON for each call; - prints it.")
@click.option("--open", "opens", is_flag=True, help="Open its page in the browser.")
@click.option("--cors/--no-cors", default=True, help="Let browsers of any origin call the API.")
def mock(
    specs: tuple[str, ...],
    overlays: tuple[Path, ...],
    outside: bool,
    run: bool | None,
    port: int,
    host: str,
    token: str | None,
    control_token: str | None,
    seed: int,
    limits: bool,
    scenario: str,
    delay: tuple[float, float] | None,
    watch: bool,
    store: str | None,
    workers: int | None,
    access_log: str | None,
    opens: bool,
    cors: bool,
) -> None:
    """Serve SPECs, statefully: bundled names (puffle), OpenAPI files (./my.yaml) or URLs.

    \b
    Example:
      troth mock openapi.yaml --overlay behaviour.yaml --port 8080
      troth mock puffle --store mock.db

    \b
    Exit codes:
       0  served until it was stopped
       2  could not run: bad usage, a document that cannot be read or is not sound, a port that is taken
      70  a fault of troth's own: one line on stderr says where the details are
    """
    if not specs:
        raise UsageError(f"name at least one spec; bundled: {', '.join(bundled_names())}")
    require_one(specs, overlays)

    _fit(store, workers, watch=watch)
    if opens and control_token is not None:
        raise UsageError("--open and --control-token do not go together: a page cannot send X-Mock-Token")
    read = Reading(specs, overlays, seed, run, outside)
    options: dict[str, Any] = {
        "token": token,
        "control_token": control_token,
        "cors": cors,
        "seed": seed,
        "limits": limits,
        "scenario": scenario,
        "delay": delay,
        "store": store,
        "access_log": access_log,
    }
    with _told_when_long():
        contracts = read()
        _tell_what_is_left_out(contracts)
        application = Mock(contracts, **options)
    for problem in application.sessions.problems:
        click.echo(problem, err=True)

    def ready(root: str) -> None:
        _welcome(application, root, token)
        if opens:
            open_new_tab(f"{root}/__mock/")

    if workers is not None and workers > 1:
        make = Made(read, options)
        serve_by_many(make, workers, host, port, usual=application.usual_methods, ready=ready)
        return
    beside = None
    if watch:
        tell = partial(click.echo, err=True)
        beside = partial(watch_files, application, read, overlays, tell, _tell_what_is_left_out)
    serve(application, host, port, ready=ready, beside=beside)


def _tell_what_is_left_out(contracts: Sequence[Contract]) -> None:
    tell_left_out(*(contract.document for contract in contracts))


@contextmanager
def _told_when_long() -> Iterator[None]:
    """Say on a terminal that documents are being read, where that takes long."""
    if not sys.stderr.isatty():
        yield
        return
    with after(LONG, partial(click.echo, "reading the documents …", err=True)):
        yield


@dataclass(frozen=True)
class Reading:
    """How the documents are read: here, and in every other process."""

    specs: tuple[str, ...]
    overlays: tuple[Path, ...]
    seed: int
    run: bool | None
    outside: bool

    def __call__(self) -> list[Contract]:
        """The contracts, read again."""
        more: dict[str, Any] = {"overlays": self.overlays, "run": self.run, "outside": self.outside}
        return [load(spec, infer=True, seed=self.seed, **more) for spec in self.specs]


@dataclass(frozen=True)
class Made:
    """How the mock is made in each of several processes."""

    read: Reading
    options: Mapping[str, Any]

    def __call__(self) -> Mock:
        """One of them, as soon as its store can be used; where it can never be made, the others end, too."""
        while True:
            try:
                return Mock(self.read(), **self.options)
            except StoreAway:
                sleep(AGAIN)
            except TrothError as error:
                click.echo(f"{error}", err=True)
                raise SystemExit(STARTUP_FAILURE) from None


def _fit(store: str | None, workers: int | None, *, watch: bool) -> None:
    """Raises UsageError for options that do not go together."""
    if workers is None or workers == 1:
        return
    if store is None:
        text = "several processes need a store that they share: --store FILE or --store postgresql://…"
        raise UsageError(f"--workers {workers}: {text}")
    if watch:
        raise UsageError("--watch and --workers do not go together")


def _welcome(mock: Mock, root: str, token: str | None) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for api in mock.apis:
        kept = mock.session.kept[api.contract.name]
        name, rest = escape(api.contract.name), escape(f" {api.contract.title}  {root}{api.prefix}")
        console.print(f"\n[bold]{name}[/]{rest}")
        console.print(columns(_operations(api, kept, root), "  "), markup=False)
        _rest(console, len(api.contract.operations) - MOST_OPERATIONS, "operations")
        _tell_stateless(console, api.contract)
        if kept.fixtures:
            console.print("\n" + columns(_records(api, kept), "  "), markup=False)
            _rest(console, len(kept.fixtures) - MOST_RECORDS, f"records: {root}/__mock/state")
    first = mock.apis[0]
    if first.contract.operations:
        console.print(
            "\n[bold]Try[/]  " + escape(_curl(first, mock.session.kept[first.contract.name], root, token))
        )
    else:
        console.print("\nThere is no operation in its document: every path is answered 404.")
    console.print(f"[dim]Clock, journal, state, reset: {escape(root)}/__mock/  ·  Ctrl+C stops[/]")


def _rest(console: Console, left: int, what: str) -> None:
    """Say how many are not shown."""
    if left > 0:
        console.print(f"  … and {left:,} more {what}", markup=False)


def _tell_stateless(console: Console, contract: Contract) -> None:
    """Say which operations answer with what the document shows, whatever was called before."""
    names = [o.id for o in contract.operations.values() if o.resource is None]
    if not contract.resources or not names:
        return
    shown = ", ".join(names[:MOST_NAMES])
    if len(names) > MOST_NAMES:
        shown += f" and {len(names) - MOST_NAMES:,} more"
    console.print(f"  Without state, for they act on no resource: {shown}", markup=False)


def _operations(api: Api, kept: Kept, root: str) -> list[tuple[str, ...]]:
    operations = islice(api.contract.operations.values(), MOST_OPERATIONS)
    return [(o.method, o.id, f"{root}{api.mount}{o.bases[0]}{_filled(api, kept, o)}") for o in operations]


def _records(api: Api, kept: Kept) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("record", "state", "id")]
    for name, id_ in islice(kept.fixtures.items(), MOST_RECORDS):
        for resource in api.contract.resources.values():
            record = kept.store.get(resource.name, id_)
            if record is not None:
                rows.append((name, str(_state(record, resource)), id_))
                break
    return rows


def _state(record: Record, resource: Resource) -> Json:
    """What stands in the record's state; an empty text where it has none."""
    if resource.state is None:
        return ""
    return record.data.get(resource.state, "")


def _filled(api: Api, kept: Kept, operation: Operation) -> str:
    """The operation's path with the id of a record on which it works."""
    path, ids = operation.path, _ids(api, kept, operation)
    for parameter in operation.parameters:
        if parameter.place != "path":
            continue
        value = ids.get(parameter.name) or _inside(api, kept, operation, parameter)
        if not value:
            value = _example(api, parameter)
        path = path.replace("{" + parameter.name + "}", quote(value, safe=":@"))
    return path


def _ids(api: Api, kept: Kept, operation: Operation) -> dict[str, str]:
    """The path parameters that name a record, and the record that it belongs to."""
    found: dict[str, str] = {}
    record = next(_working(api, kept, operation), None)
    item = operation.item_parameter
    acts_on_record = operation.names_record or operation.own
    if record is not None:
        found |= in_paths(api.contract, record)
        if item is not None and acts_on_record:
            found[item] = own_id(api.contract, record)
    above = operation.parent
    if above is not None and above.by not in found:
        found[above.by] = _first_id(kept, above.resource)
    return found


def _first_id(kept: Kept, resource: str) -> str:
    """The id of the first fixture of a resource."""
    for id_ in kept.fixtures.values():
        if kept.store.get(resource, id_):
            return id_
    return "1"


def _inside(api: Api, kept: Kept, operation: Operation, parameter: Parameter) -> str:
    """What a parameter names inside of the record: the key of an item; empty where it names none."""
    record = next(_working(api, kept, operation), None)
    for write in writes_of(operation).values():
        target = write.target
        if record is None or not isinstance(target, Item) or target.parameter != parameter.name:
            continue
        items = record.data.get(target.list)
        if not isinstance(items, list):
            continue
        for item in items:
            if isinstance(item, Mapping) and target.key in item:
                return str(item[target.key])
    return ""


def _example(api: Api, parameter: Parameter) -> str:
    """A value that the parameter's schema allows."""
    if not parameter.schema_pointer:
        return "1"
    return str(sample(api.contract.document.schemas, parameter.schema) or "1")


def _working(api: Api, kept: Kept, operation: Operation) -> Iterator[Record]:
    """Records that the operation does not refuse for their state."""
    resource = api.contract.resource_of(operation)
    if resource is None:
        return
    transition = operation.words.get("transition")
    for id_ in kept.fixtures.values():
        record = kept.store.get(resource.name, id_)
        if record is None:
            continue
        if transition is None or transition.states is None or _state(record, resource) in transition.states:
            yield record


def _curl(api: Api, kept: Kept, root: str, token: str | None) -> str:
    """A command that works as it is."""
    operation = _first_to_try(api)
    url = f"{root}{api.mount}{operation.bases[0]}{_filled(api, kept, operation)}"
    options: list[str] = []
    secret = token or "any-token"
    for credential in credentials_of(api.contract, operation):
        if credential.place == "query":
            separator = "&" if "?" in url else "?"
            url += f"{separator}{credential.name}={secret}"
        options += [word.strip('"') for word in credential.curl(secret)]
    return shlex.join(["curl", "-i", "-X", operation.method, url, *options])


def _first_to_try(api: Api) -> Operation:
    """An action without a body, best one that shows how it moves the record; else any operation."""
    operations = list(api.contract.operations.values())
    actions = [o for o in operations if o.verb == "action" and not o.body_required]
    for operation in actions:
        if "transition" in operation.words and operation.success and operation.success.envelope:
            return operation
    return [*actions, *operations][0]
