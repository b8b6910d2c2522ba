"""A document that is changed while its mock runs: taken over where it is sound, else told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from anyio import sleep, to_thread

from troth.contracts.contract import Contract
from troth.contracts.errors import TrothError
from troth.contracts.words.handlers import handlers_of
from troth.mock_server.app import Mock

EVERY = 0.3
"""Seconds between two looks at the files."""

Stamp = dict[Path, tuple[int, int] | None]
"""When each file was changed last, and how long it is."""


async def watch(
    mock: Mock, read: Callable[[], Sequence[Contract]], also: Sequence[Path], tell: Callable[[str], None]
) -> None:
    """Take over every change of the files of a mock's documents, as long as it runs.

    ``read`` loads the documents again, ``also`` are further files that they are made of (overlays).
    """
    files = {*_files(api.contract for api in mock.apis), *also}
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
            tell(f"{error}\nThe document of before is still served.")
            continue
        files = {*_files(contracts), *also}
        known = _stamp(files)
        tell("\n".join([f"{_named(contracts)} taken over; what is stored stays.", *problems]))


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
