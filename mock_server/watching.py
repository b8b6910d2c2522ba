"""A document that is changed while its mock runs: taken over where it is sound, else told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Thread
from time import sleep as pause

from anyio import sleep, to_thread

from troth.contracts.contract import Contract
from troth.contracts.document.fetched import fetch_again, is_fetched
from troth.contracts.errors import TrothError, UsageError
from troth.contracts.words.handlers import handlers_of
from troth.mock_server.app import Mock

EVERY = 0.3
"""Seconds between two looks at the files."""
EVERY_URL = 3.0
"""Seconds between two looks at a document that is named by a URL."""
SHOWN = 10
"""Records that do not fit any more which are named."""

_KEPT = "The document of before is still served."

Stamp = dict[Path, tuple[int, int] | None]
"""When each file was changed last, and how long it is."""


async def watch(
    mock: Mock,
    read: Callable[[], Sequence[Contract]],
    also: Sequence[Path],
    tell: Callable[[str], None],
    taken: Callable[[Sequence[Contract]], None],
) -> None:
    """Take over every change of the files of a mock's documents, as long as it runs.

    ``read`` loads the documents again, ``also`` are further files that they are made of (overlays);
    ``taken`` is told what was taken over.
    """
    files = {*_files(api.contract for api in mock.apis), *also}
    fetched = [file for file in files if is_fetched(file)]
    if fetched:  # a thread that nobody waits for in the end: a server may keep it waiting
        Thread(target=_follow, args=(fetched, tell), daemon=True).start()
    known = _stamp(files)
    while True:
        await sleep(EVERY)
        found = _stamp(files)
        if found == known:
            continue
        await sleep(EVERY / 3)  # whoever writes may not be through
        known = _stamp(files)
        try:
            contracts = await to_thread.run_sync(read)
            problems = mock.follow(contracts)
        except TrothError as error:
            tell(f"{error}\n{_KEPT}")
            continue
        files = {*_files(contracts), *also}
        known = _stamp(files)
        tell("\n".join([f"{_named(contracts)} taken over; what is stored stays.", *_some(problems)]))
        taken(contracts)


def _some(problems: Sequence[str]) -> list[str]:
    """The first of them, and how many there are besides."""
    told, left = [*problems[:SHOWN]], len(problems) - SHOWN
    if left > 0:
        told.append(f"… and {left:,} more")
    return told


def _follow(files: Sequence[Path], tell: Callable[[str], None]) -> None:
    """Bring files up to date that came from URLs; what stands in the way is told once."""
    told: dict[Path, str] = {}
    while True:
        pause(EVERY_URL)
        for file in files:
            said = _brought(file)
            if said and said != told.get(file):
                tell(f"{said}\n{_KEPT}")
            told[file] = said


def _brought(file: Path) -> str:
    """Bring a file up to date; what stands in the way."""
    try:
        fetch_again(file)
    except UsageError as error:
        return str(error)
    return ""


def _named(contracts: Iterable[Contract]) -> str:
    return ", ".join(contract.name for contract in contracts)


def _files(contracts: Iterable[Contract]) -> set[Path]:
    """The files that contracts were read from."""
    found = set()
    for contract in contracts:
        found |= {source.path for source in contract.document.sources.values()}
        handlers = handlers_of(contract)
        if handlers is not None:
            found.add(handlers.file)
    return found


def _stamp(files: Iterable[Path]) -> Stamp:
    found: Stamp = {}
    for file in files:
        try:
            state = file.stat()
        except OSError:
            found[file] = None
        else:
            found[file] = (state.st_mtime_ns, state.st_size)
    return found
