"""Which files a document may refer to, and how one is read: only what is a file, up to a size."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_AT_ONCE = 1_000_000

STDIN = "-"
"""The path that means standard input."""

OUTSIDE = (
    "leads out of the document's folder, its repository and the current folder; "
    "--allow-outside lets such files be read"
)
"""What is said of a reference to a file beyond the :class:`Reach` of a document."""

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a directory",
}


class NoFileError(OSError):
    """What is there is no file, or too large a one; ``strerror`` says so."""


def read_file(path: Path, most: int) -> bytes:
    """What a regular file has, at most so many bytes; raises OSError. Nothing else is waited for."""
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(number, "rb") as file:
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode):
            raise NoFileError(0, f"is {_KINDS.get(stat.S_IFMT(status.st_mode), 'something else')}, no file")
        if status.st_size > most:
            raise NoFileError(0, f"has {status.st_size:,} bytes; at most {most:,} are read")
        return _up_to(file, most)


def read_stdin(most: int) -> bytes:
    """What standard input has, at most so many bytes; raises OSError."""
    if sys.stdin is None:
        raise NoFileError(0, "there is no standard input")
    return _up_to(sys.stdin.buffer, most)


def _up_to(file: BinaryIO, most: int) -> bytes:
    """What a file has; some grow while they are read, others say nothing of their size."""
    parts, size = [], 0
    while part := file.read(_AT_ONCE):
        parts.append(part)
        size += len(part)
        if size > most:
            raise NoFileError(0, f"has more than {most:,} bytes; no more are read")
    return b"".join(parts)


@dataclass(frozen=True)
class Reach:
    """The folders whose trees a document may refer to; None: any."""

    folders: tuple[Path, ...] | None
    why: str = OUTSIDE
    """What is said of a reference to a file that is in none of them."""

    def has(self, path: Path) -> bool:
        """Whether a file, its symbolic links resolved, is in one of the trees."""
        if self.folders is None:
            return True
        return any(_is_in(path, folder) for folder in self.folders)


def reach(named: Iterable[Path]) -> Reach:
    """What files that a user has named may refer to: their folders, repositories, the current folder."""
    folders = {Path(os.path.realpath(path)).parent for path in named}
    for folder in list(folders):
        folders |= set(_repository(folder))
    with suppress(OSError):  # it has been removed
        folders.add(Path(os.path.realpath(Path.cwd())))
    return Reach(tuple(sorted(folders)))


def _repository(folder: Path) -> list[Path]:
    """The nearest folder above, or this one, that git knows."""
    return [near for near in (folder, *folder.parents) if (near / ".git").exists()][:1]


def _is_in(path: Path, folder: Path) -> bool:
    if folder == Path(folder.anchor):
        return path.parent == folder  # the whole machine is no tree of anybody's
    return path.is_relative_to(folder)
