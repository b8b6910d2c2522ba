"""The command ``troth``: sub-commands are found through the entry-point group ``troth.commands``.

Exit codes: what a sub-command returns (0 fine, 1 something was found or is broken), 2 it could not run,
70 a fault of troth's own, 130 interrupted, 141 nobody reads on.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import EntryPoint, version
from typing import Any

import click

from troth.contracts.commands import internal_errors, streams
from troth.contracts.document.hints import did_you_mean
from troth.contracts.errors import TrothError, UsageError
from troth.contracts.extensions import added

COULD_NOT_RUN = 2
INTERNAL_ERROR = 70
INTERRUPTED = 130
NOBODY_READS = 141
NO_PLACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What the system says where there is no room for output: nothing that troth could do better."""


@contextmanager
def _nobody_reads() -> Iterator[None]:
    """click would make exit code 1 of a reader that left, which with us says that something was found."""
    try:
        yield
    except BrokenPipeError:
        streams.drop(sys.stdout)
        raise click.exceptions.Exit(NOBODY_READS) from None


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
            name = str(missing.name)
            if name.partition(".")[0] == "troth":
                raise  # a part of troth itself: no extra brings it
            return _not_installed(cmd_name, name)
        if not isinstance(command, click.Command):
            raise TypeError(f"the entry point {entry.value} of {cmd_name!r} is no click command")
        return command

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        with _nobody_reads():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        _require_folder()
        with _nobody_reads():
            return super().invoke(ctx)


def _require_folder() -> None:
    try:
        os.getcwd()
    except OSError:
        raise UsageError("the current folder does not exist any more; change to one that does") from None


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
    """API contracts that are kept: mock, check and lint from one OpenAPI document.

    \b
    Example:
      troth mock puffle
      troth check --help

    \b
    Exit codes:
       0  fine
       1  something was found, or is broken
       2  could not run: bad usage, unreadable document, no target
      70  a fault of troth's own: one line on stderr says where the details are
    """


def main() -> None:
    """Run the command line and leave with its exit code: an error is one message, never a traceback."""
    sys.exit(_exit_code(sys.argv[1:]))


def _exit_code(arguments: Sequence[str]) -> int:
    streams.prepare()
    try:
        return _run(arguments)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except (click.Abort, KeyboardInterrupt):
        _tell("troth: interrupted")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever it is, it is said in one line
        if _comes_of_interruption(error):
            _tell("troth: interrupted")
            return INTERRUPTED
        return _said(error, arguments)


def _comes_of_interruption(error: BaseException | None) -> bool:
    """Whether an interruption is behind an error: a compiled module that is interrupted while it is loaded
    says so as an ImportError."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _said(error: Exception, arguments: Sequence[str]) -> int:
    """The message of what has ended a command, and its exit code."""
    if isinstance(error, click.ClickException):
        with _whoever_reads():
            error.show()
        return COULD_NOT_RUN
    if isinstance(error, TrothError):
        _tell(f"troth: {error}")
        return COULD_NOT_RUN
    if isinstance(error, OSError) and error.errno in NO_PLACE:
        streams.drop(sys.stdout)
        _tell(f"troth: cannot write: {error.strerror}")
        return COULD_NOT_RUN
    _tell(internal_errors.report(error, arguments))
    return INTERNAL_ERROR


def _tell(line: str) -> None:
    """A line on stderr."""
    with _whoever_reads():
        click.echo(streams.visible(line), err=True)


@contextmanager
def _whoever_reads() -> Iterator[None]:
    """What stderr does not take changes no exit code."""
    try:
        yield
    except OSError:
        streams.drop(sys.stderr)


def _run(arguments: Sequence[str]) -> int:
    status = commands.main(list(arguments), prog_name="troth", standalone_mode=False)
    if isinstance(status, int):
        return status
    return 0
