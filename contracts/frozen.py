"""``replace`` for frozen dataclasses that are replaced on every call: a copy, and no ``__init__``.

``dataclasses.replace`` sets every field anew, twenty of them where one has changed. To the type checker it
is the same function. What a cached property has worked out is left behind: it was of the other value.
"""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import replace as replace  # noqa: PLC0414 (this is where it is imported from)
else:

    def replace(value, /, **changes):
        """A copy of a frozen dataclass with some fields changed; no ``__post_init__`` is run."""
        kind = type(value)
        copy = object.__new__(kind)
        fields = copy.__dict__
        fields.update(value.__dict__)
        for name in _worked_out(kind):
            fields.pop(name, None)
        fields.update(changes)
        return copy

    @cache
    def _worked_out(kind):
        """The names of a class's cached properties."""
        found = []
        for base in kind.__mro__:
            found += [name for name, value in vars(base).items() if isinstance(value, cached_property)]
        return tuple(found)
