"""The words that there are: the modules of this folder, and those that other distributions bring.

Another distribution names a module with one word under the entry point ``troth.words``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any, overload

from troth.contracts.errors import UsageError
from troth.contracts.words._stages import ApplyStage, RefusalStage
from troth.contracts.words._word import Word

GROUP = "troth.words"


class Catalogue(Sequence[Word]):
    """Every word in one order, found when it is first asked for.

    Not when this is imported: a broken word of another distribution is to be one message, not a traceback.
    """

    def __init__(self, turn: Callable[[Word], Any]) -> None:
        self._turn = turn
        self._sorted: tuple[Word, ...] | None = None

    def _words(self) -> tuple[Word, ...]:
        if self._sorted is None:
            self._sorted = tuple(sorted(every_word(), key=self._turn))
        return self._sorted

    @overload
    def __getitem__(self, index: int) -> Word: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Word]: ...
    def __getitem__(self, index: int | slice) -> Word | Sequence[Word]:
        return self._words()[index]

    def __len__(self) -> int:
        return len(self._words())

    def __iter__(self) -> Iterator[Word]:
        return iter(self._words())


@cache
def every_word() -> tuple[Word, ...]:
    """The words of this folder and of every installed distribution."""
    own = _of_folder()
    return (*own, *brought(entry_points(group=GROUP), own))


def _of_folder() -> tuple[Word, ...]:
    found: list[Word] = []
    package = importlib.import_module(__package__)
    for info in pkgutil.iter_modules(package.__path__):
        if not info.name.startswith("_"):
            module = importlib.import_module(f"{package.__name__}.{info.name}")
            found += [word() for word in _defined(module)]
    return tuple(found)


def _defined(module: object) -> list[type[Word]]:
    """The words that a module defines; those that it only imports are not its own."""
    if not isinstance(module, ModuleType):
        return []
    classes = [value for value in vars(module).values() if isinstance(value, type)]
    return [found for found in classes if issubclass(found, Word) and found.__module__ == module.__name__]


def brought(entries: Iterable[EntryPoint], own: Sequence[Word]) -> tuple[Word, ...]:
    """The words of other distributions; a broken one is a UsageError that names its distribution."""
    known = {word.name: "troth" for word in own}
    found: list[Word] = []
    for entry in entries:
        word = _brought(entry)
        by = _distribution(entry)
        if word.name in known:
            raise UsageError(f"the word {word.name!r} of {by} is there already: {known[word.name]} has it")
        known[word.name] = by
        found.append(word)
    return tuple(found)


def _brought(entry: EntryPoint) -> Word:
    """The word of an entry point."""
    try:
        classes = _defined(entry.load())
    except (Exception, SystemExit) as error:
        raise _broken(entry, f"{type(error).__name__}: {error}") from error
    if len(classes) != 1:
        raise _broken(entry, f"the module must define one subclass of Word, it defines {len(classes)}")
    try:
        word = classes[0]()
    except (Exception, SystemExit) as error:
        raise _broken(entry, f"{type(error).__name__}: {error}") from error
    problem = _unfit(word)
    if problem:
        raise _broken(entry, problem)
    return word


def _unfit(word: Word) -> str | None:
    """What a word does not say of itself, although the project has to know."""
    if not isinstance(word.name, str) or not word.name:
        return "it has no `name`"
    if type(word).refusals is not Word.refusals and not isinstance(word.refuses_at, RefusalStage):
        return f"it refuses calls, but `refuses_at` is no RefusalStage; valid: {_names(RefusalStage)}"
    if type(word).apply is not Word.apply and not isinstance(word.applies_at, ApplyStage):
        return f"it changes things, but `applies_at` is no ApplyStage; valid: {_names(ApplyStage)}"
    return None


def _names(stages: type[Enum]) -> str:
    return ", ".join(stage.name for stage in stages)


def _broken(entry: EntryPoint, why: str) -> UsageError:
    return UsageError(
        f"the word {entry.name!r} of {_distribution(entry)} ({entry.value}) cannot be used: {why}"
    )


def _distribution(entry: EntryPoint) -> str:
    """Who brings it, with the version: what an author of a bug report has to know."""
    if entry.dist is None:
        return "an unknown distribution"
    return f"{entry.dist.name} {entry.dist.version}"
