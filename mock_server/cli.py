"""``troth mock``: serve contracts, and say at once what can be tried."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console

from troth.contracts.commands.options import overlay_option, require_one
from troth.contracts.contract.credentials import credentials_of
from troth.contracts.errors import UsageError
from troth.contracts.loading.catalogue import bundled_names, load
from troth.contracts.model import Operation, Parameter
from troth.contracts.reports.columns import columns
from troth.mock_server.app import Mock
from troth.mock_server.handler import Api
from troth.mock_server.serving import listen, root_url, serve


@click.command()
@click.argument("specs", nargs=-1, metavar="SPEC...")
@overlay_option
@click.option("--port", default=4010, show_default=True, help="0 takes any free port.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--token", help="The only credential that is accepted (default: any that is not empty).")
@click.option("--control-token", help="Lets other machines use /__mock/, with X-Mock-Token.")
@click.option("--seed", default=0, show_default=True, help="Same seed, same data.")
@click.option("--limits/--no-limits", default=True, help="Answer 429 where a quota is exceeded.")
@click.option("--cors/--no-cors", default=True, help="Let browsers of any origin call the API.")
def mock(
    specs: tuple[str, ...],
    overlays: tuple[Path, ...],
    port: int,
    host: str,
    token: str | None,
    control_token: str | None,
    seed: int,
    limits: bool,
    cors: bool,
) -> None:
    """Serve SPECs, statefully: bundled names (puffle) or OpenAPI files (./my.yaml).

    \b
    Example:
      troth mock openapi.yaml --overlay behaviour.yaml --port 8080

    \b
    Exit codes:
       0  served until it was stopped
       2  could not run: bad usage, a document that cannot be read or is not sound, a port that is taken
      70  a fault of troth's own: one line on stderr says where the details are
    """
    if not specs:
        raise UsageError(f"name at least one spec; bundled: {', '.join(bundled_names())}")
    require_one(specs, overlays)
    contracts = [load(spec, infer=True, seed=seed, overlays=overlays) for spec in specs]
    names = [contract.name for contract in contracts]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two specs are named {name!r}; rename the file or folder of one")
    application = Mock(
        contracts, token=token, control_token=control_token, cors=cors, seed=seed, limits=limits
    )
    listener = listen(host, port)
    root = root_url(host, listener)
    serve(application, listener, lambda: _welcome(application, root, token))


def _welcome(mock: Mock, root: str, token: str | None) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for api in mock.apis:
        console.print(f"\n[bold]{api.contract.name}[/] {api.contract.title}  {root}{api.prefix}")
        console.print(columns(_operations(api, root), "  "), markup=False)
        if api.fixtures:
            console.print("\n" + columns(_records(api), "  "), markup=False)
    first = mock.apis[0]
    console.print("\n[bold]Try[/]  " + curl(first, root, token), markup=True)
    console.print(f"[dim]Clock, journal, state, reset: {root}/__mock/  ·  Ctrl+C stops[/]")


def _operations(api: Api, root: str) -> list[tuple[str, ...]]:
    return [
        (o.method, o.id, f"{root}{api.prefix}{_filled(api, o)}") for o in api.contract.operations.values()
    ]


def _records(api: Api) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("record", "state", "id")]
    for name, id_ in api.fixtures.items():
        record = next(r for key in api.contract.resources if (r := api.store.get(key, id_)))
        state = record.data.get(api.contract.resources[record.resource].state or "", "")
        rows.append((name, str(state), id_))
    return rows


def _filled(api: Api, operation: Operation) -> str:
    """The operation's path with the id of a record on which it works."""
    path, known = operation.path, _names(api, operation)
    for parameter in operation.parameters:
        if parameter.place == "path":
            path = path.replace("{" + parameter.name + "}", known.get(parameter.name) or _plain(parameter))
    return path


def _names(api: Api, operation: Operation) -> dict[str, str]:
    """The path parameters that name a record, and the record that it belongs to."""
    above = operation.parent
    id = next(_working(api, operation), None)
    found = {operation.item_parameter or "": id} if id and (operation.names_record or operation.own) else {}
    record = api.store.get(operation.resource or "", id) if id else None
    if above is not None:
        parents = (i for i in api.fixtures.values() if api.store.get(above.resource, i))
        found[above.by] = (record and record.parent) or next(parents, "1")
    return found


def _plain(parameter: Parameter) -> str:
    """A value that the parameter's schema allows, as far as it says one."""
    example = parameter.schema.get("example", next(iter(parameter.schema.get("examples") or ()), "1"))
    return str(example)


def _working(api: Api, operation: Operation) -> Iterator[str]:
    """Ids of records that the operation does not refuse for their state."""
    resource = api.contract.resource_of(operation)
    transition = operation.words.get("transition")
    for id_ in api.fixtures.values():
        record = api.store.get(resource.name, id_) if resource else None
        if resource is None or record is None:
            continue
        state = record.data.get(resource.state or "")
        if transition is None or transition.states is None or state in transition.states:
            yield id_


def curl(api: Api, root: str, token: str | None) -> str:
    """A command that works as it is: the first action without a body, else the first operation."""
    operations = list(api.contract.operations.values())
    acting = [o for o in operations if o.verb == "action" and not o.body_required]
    moving = (o for o in acting if "transition" in o.words and o.success and o.success.envelope)
    operation = next(moving, next(iter(acting), operations[0]))
    url, options = f"{root}{api.prefix}{_filled(api, operation)}", []
    for credential in credentials_of(api.contract, operation):
        if credential.place == "query":
            url += f"{'&' if '?' in url else '?'}{credential.name}={token or 'any-token'}"
        options += [word.strip('"') for word in credential.curl(token or "any-token")]
    return shlex.join(["curl", "-i", "-X", operation.method, url, *options])
