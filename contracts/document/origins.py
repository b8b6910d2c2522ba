"""Which file each part of a document was written in: its own, one that it refers to, an overlay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from troth.contracts.document.pointers import join, split
from troth.contracts.document.source import Source
from troth.contracts.model import Location, Node, Pointer

Path: TypeAlias = tuple[str | int, ...]
"""The keys and indexes that lead to a part."""

_NOTHING: Mapping[str, Origin] = {}


class Origin(NamedTuple):
    """The file (by its key) and the place in it; ``inner`` is what of the inside stands elsewhere."""

    source: str = ""
    pointer: Pointer = ""
    inner: Mapping[str, Origin] = _NOTHING

    def under(self, tokens: Iterable[str]) -> Origin:
        """The origin of what is inside."""
        here = self
        for token in tokens:
            here = here.inner.get(token) or Origin(here.source, join(here.pointer, token))
        return here


class Part(NamedTuple):
    """A part of a document and where it was written; a change makes a new one."""

    value: Node
    origin: Origin

    def child(self, key: str | int) -> Part:
        """The part under a key or index."""
        return Part(self.value[key], self.origin.under((str(key),)))

    def at(self, path: Path) -> Part:
        """The part at the end of a path."""
        part = self
        for key in path:
            part = part.child(key)
        return part

    def with_child(self, key: str | int, part: Part) -> Part:
        """With another part under a key or index, or one more."""
        value = self.value.copy()
        if isinstance(value, list) and key == len(value):
            value.append(part.value)
        else:
            value[key] = part.value
        return self._with(value, {**self.origin.inner, str(key): part.origin})

    def without_child(self, key: str | int) -> Part:
        """Without what is under a key or index; what follows in a list moves up."""
        value, inner = self.value.copy(), dict(self.origin.inner)
        del value[key]
        inner.pop(str(key), None)
        if isinstance(key, int):
            inner |= {str(i): self.child(i + 1).origin for i in range(key, len(value))}
            inner.pop(str(len(value)), None)
        return self._with(value, inner)

    def changed(self, path: Path, change: Callable[[Part], Part]) -> Part:
        """With what is at the end of a path changed."""
        if not path:
            return change(self)
        return self.with_child(path[0], self.child(path[0]).changed(path[1:], change))

    def removed(self, path: Path) -> Part:
        """Without what is at the end of a path."""
        return self.changed(path[:-1], lambda part: part.without_child(path[-1]))

    def _with(self, value: Node, inner: Mapping[str, Origin]) -> Part:
        return Part(value, self.origin._replace(inner=inner))


class Sources(dict[str, Source]):
    """The files of a document by key (the document itself has none), and what of it stands in which."""

    def __init__(self, files: Mapping[str, Source], origin: Origin) -> None:
        super().__init__(files)
        self.origin = origin

    def names(self) -> list[str]:
        """How messages call each file."""
        return [source.name for source in self.values()]

    def place(self, pointer: Pointer) -> tuple[Source, Pointer]:
        """The file in which a place of the document stands, and where."""
        origin = self.origin.under(split(pointer))
        return self[origin.source], origin.pointer

    def locate(self, pointer: Pointer, *, key: bool = True) -> Location:
        """File, line and column of a place of the document."""
        source, inside = self.place(pointer)
        return source.locate(inside, key=key)
