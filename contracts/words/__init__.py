"""The words of ``x-contract``, one module each; the folder is the catalogue.

A module defines one subclass of :class:`Word`. Nothing else names it: the loader, the meta-schema,
``decide``, lint and the checks ask every word that is here, and every one that another distribution brings.
"""

from __future__ import annotations

from collections.abc import Sequence

from troth.contracts.words._catalogue import Catalogue
from troth.contracts.words._stages import place
from troth.contracts.words._word import Word

WORDS: Sequence[Word] = Catalogue(lambda word: (place(word.refuses_at), word.name))
"""Every word, in the order in which the mock checks a request."""

APPLYING: Sequence[Word] = Catalogue(lambda word: (place(word.applies_at), word.name))
"""Every word, in the order in which an accepted call takes effect."""
