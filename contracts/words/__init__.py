"""The words of ``x-contract``, one module each; the folder is the catalogue.

A module defines one subclass of :class:`Word`. Nothing else names it: the loader, the meta-schema,
``decide``, lint and the checks ask every word that is here.
"""

from __future__ import annotations

import importlib
import pkgutil

from troth.contracts.words._word import Word


def _discover() -> tuple[Word, ...]:
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"{__name__}.{module.name}")
    return tuple(sorted((cls() for cls in Word.__subclasses__()), key=lambda w: (w.refuses_at, w.name)))


WORDS: tuple[Word, ...] = _discover()
"""Every word, in the order in which the mock checks a request."""

APPLYING: tuple[Word, ...] = tuple(sorted(WORDS, key=lambda w: (w.applies_at, w.name)))
"""Every word, in the order in which an accepted call takes effect."""
