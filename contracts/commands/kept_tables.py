"""Where Hypothesis keeps its tables of characters: they take seconds to make, and litter no folder."""

from __future__ import annotations

import os

from platformdirs import user_cache_dir

FOLDER = "HYPOTHESIS_STORAGE_DIRECTORY"
"""The variable that Hypothesis asks: https://hypothesis.readthedocs.io, "Storage directory"."""


def keep_tables() -> None:
    """From now on they are in the user's cache, unless the user has said where."""
    if not os.environ.get(FOLDER):
        os.environ[FOLDER] = os.path.join(user_cache_dir("troth", appauthor=False), "hypothesis")
