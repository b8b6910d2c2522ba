"""The command ``troth``: sub-commands are found through the entry-point group ``troth.commands``."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, version

import click

from troth.contracts.document.hints import did_you_mean
from troth.contracts.errors import TrothError
from troth.contracts.extensions import added


class _Commands(click.Group):
    """Loads a sub-command only when it is called: the mock must not wait for the testers."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_entries())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = _entries().get(cmd_name)
        if entry is None:
            hint = did_you_mean(cmd_name, _entries())
            raise click.UsageError(f"there is no command {cmd_name!r}{hint}")
        try:
            command = entry.load()
        except ModuleNotFoundError as missing:
            return _not_installed(cmd_name, str(missing.name))
        assert isinstance(command, click.Command)
        return command


def _entries() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in added("troth.commands")}


def _not_installed(name: str, module: str) -> click.Command:
    hint = f"not installed; in the checkout of troth: pip install '.[{name}]'"
    text = f"`troth {name}` needs {module}, which is {hint}"

    @click.command(name, help=f"({hint})")
    def command() -> None:
        raise click.ClickException(text)

    command.params, command.ignore_unknown_options, command.allow_extra_args = [], True, True
    return command


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("troth"), prog_name="troth")
def commands() -> None:
    """API contracts that are kept: mock, check and lint from one OpenAPI document."""


def main() -> None:
    """Run the command line; every expected error is one message and exit code 2."""
    try:
        status = commands.main(standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except TrothError as error:
        click.echo(f"troth: {error}", err=True)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.Abort:
        click.echo("troth: interrupted", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    sys.exit(2)
