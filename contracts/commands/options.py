"""What several commands take."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from troth.contracts.errors import UsageError
from troth.contracts.loading.catalogue import bundled_names
from troth.contracts.reports.formats import DEFAULT, Format, find_format, format_names


def specs_that_fit(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """What a shell offers for a SPEC: the names of those that ship with troth, and files."""
    names = [CompletionItem(name) for name in bundled_names() if name.startswith(begun)]
    return [*names, CompletionItem(begun, type="file")]


overlay_option = click.option(
    "--overlay",
    "overlays",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="An OpenAPI Overlay to apply to the document; repeatable, in order.",
)


outside_option = click.option(
    "--allow-outside",
    "outside",
    is_flag=True,
    help="Let `$ref` and `extends` lead out of the document's folder, its repository and the current folder.",
)

handlers_option = click.option(
    "--allow-handlers",
    "run",
    is_flag=True,
    default=None,
    help="Run the Python file that the document names in `handlers`; those that ship with troth run without.",
)


def require_one(specs: Sequence[str], overlays: Sequence[Path]) -> None:
    """Raises UsageError where it is open to which document overlays belong."""
    if overlays and len(specs) > 1:
        hint = "for several, name overlays that say which document each one `extends`"
        raise UsageError(f"--overlay goes with one document, {len(specs)} are named; {hint}")


def format_option(command: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--format``, which gives the :class:`Format` of a command's report as the argument ``form``."""

    def chosen(ctx: click.Context, param: click.Parameter, name: str) -> Format:
        form = find_format(command, name)
        if form is None:
            names = ", ".join(map(repr, format_names(command)))
            raise click.BadParameter(f"{name!r} is not one of {names}.", ctx, param)
        return form

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(name) for name in format_names(command) if name.startswith(incomplete)]

    class FormatOption(click.Option):
        """Looks for the formats of other distributions only where they are listed."""

        def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
            self.metavar = f"[{'|'.join(format_names(command))}]"
            return super().get_help_record(ctx)

    return click.option(
        "--format",
        "form",
        cls=FormatOption,
        default=DEFAULT,
        show_default=True,
        callback=chosen,
        shell_complete=complete,
        help="How the report is written.",
    )


output_option = click.option(
    "--output",
    "outputs",
    multiple=True,
    metavar="[FORMAT=]FILE",
    help="Write the report to a file; with FORMAT= a further one. Repeatable.",
)


def outputs_of(command: str, given: Sequence[str], form: Format) -> dict[str, Format]:
    """The files to be written, each with its format. Raises UsageError where one surely cannot be written."""
    found = {}
    for output in given:
        name, equals, file = output.partition("=")
        other = None
        if equals:
            other = find_format(command, name)
        if other is not None:
            found[file] = other
        elif equals and name.isidentifier():
            valid = ", ".join(format_names(command))
            raise UsageError(f"--output {output}: there is no format {name!r}; valid: {valid}")
        else:  # a file, of whose path the sign is a part
            found[output] = form
    for file in found:
        _require_place(Path(file))
    return found


def _require_place(path: Path) -> None:
    """Raises UsageError where no report can be written, before the work for it is done."""
    wrong = 0
    if not path.parent.is_dir():
        wrong = errno.ENOENT
    elif path.is_dir():
        wrong = errno.EISDIR
    elif not os.access(path if path.exists() else path.parent, os.W_OK):
        wrong = errno.EACCES
    if wrong:
        raise UsageError(f"{path}: cannot be written: {os.strerror(wrong)}")


def write_reports(form: Format, written: Mapping[str, Format], *what: Any, color: bool | None = None) -> None:
    """Write the files; print the report of the format that is asked for, unless it is in one of them.

    Raises UsageError where a file cannot be written, after all else is.
    """
    failed: dict[str, str | None] = {}
    for name, other in written.items():
        text = click.unstyle(other.render(*what))
        if not text.endswith("\n"):
            text += "\n"
        try:
            Path(name).write_text(text, "utf-8")
        except OSError as error:
            failed[name] = error.strerror
    if form not in [other for name, other in written.items() if name not in failed]:
        print_report(form.render(*what), color=color)
    for name, why in failed.items():
        raise UsageError(f"{name}: cannot be written: {why}")


def print_report(text: str, *, color: bool | None = None) -> None:
    """Print what a format made; ``color``: whether its colours stay, None: where a terminal takes them."""
    ends = not text or text.endswith("\n")
    click.echo(text, nl=not ends, color=color)
