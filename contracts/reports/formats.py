"""The formats of reports: modules of this folder named after a command, and those of other distributions.

Each says its ``NAME`` (what ``--format`` takes) and its ``COMMAND``; its ``render`` gives the whole text:

===========  =======================================================================
command      is called as
===========  =======================================================================
``check``    ``render(report, everything)``: with ``everything``, also what is kept
``diff``     ``render(old, new, changes)``
``lint``     ``render(linted)``
``mutants``  ``render(report, everything)``: with ``everything``, also what is found
===========  =======================================================================
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from troth.contracts.errors import UsageError

GROUP = "troth.report_formats"
"""The entry points of other distributions: each one names a module, or an object, of the same shape."""

DEFAULT = "text"


@dataclass(frozen=True)
class Format:
    """One way to show what a command found."""

    name: str
    command: str
    render: Callable[..., str]


def find_format(command: str, name: str) -> Format | None:
    """The format that a command has under a name, if any."""
    own = _own_formats(command)
    if name in own:  # no time is spent on what others have installed
        return own[name]
    return _formats(command).get(name)


def format_names(command: str) -> list[str]:
    """What can be chosen: the default, then the others by name."""
    others = sorted(name for name in _formats(command) if name != DEFAULT)
    return [DEFAULT, *others]


def _formats(command: str) -> dict[str, Format]:
    found = dict(_own_formats(command))
    for entry in entry_points(group=GROUP):
        form = _load(entry)
        if form.command != command:
            continue
        if form.name in found:
            raise UsageError(f"{_source(entry)}: {command} has a format {form.name!r} already")
        found[form.name] = form
    return found


@cache
def _own_formats(command: str) -> Mapping[str, Format]:
    found = {}
    for info in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if info.name.startswith(f"{command}_"):
            module = importlib.import_module(f"troth.contracts.reports.{info.name}")
            found[module.NAME] = Format(module.NAME, module.COMMAND, module.render)
    return found


def _load(entry: EntryPoint) -> Format:
    try:
        found = entry.load()
        form = Format(found.NAME, found.COMMAND, found.render)
    except (Exception, SystemExit) as error:  # a stranger's module may raise anything
        raise UsageError(f"{_source(entry)}: cannot be loaded: {type(error).__name__}: {error}") from error
    if not isinstance(form.name, str) or not isinstance(form.command, str) or not callable(form.render):
        raise UsageError(f"{_source(entry)}: NAME and COMMAND are texts, render is a function")
    return form


def _source(entry: EntryPoint) -> str:
    distribution = "an unnamed distribution"
    if entry.dist is not None:
        distribution = f"the distribution {entry.dist.name}"
    return f"the report format {entry.name!r} of {distribution}"
