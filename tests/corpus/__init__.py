"""Public documents that nobody wrote for troth: each is served by inference and called."""

import os
from pathlib import Path

FOLDER = Path(os.environ.get("TROTH_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))
"""Where the documents are; the tests are skipped where there is none."""

PUBLIC = FOLDER.parent / "cases" / "documents" / "public"
"""Documents on which the mock was wrong once."""


def documents() -> list[Path]:
    """The file to load of each document."""
    found = (
        [path for path in FOLDER.glob("*.*") if path.suffix in (".yaml", ".json")] if FOLDER.is_dir() else []
    )
    found += FOLDER.glob("*/specification/*.yaml")
    found += [path for path in PUBLIC.glob("*.*") if path.suffix in (".yaml", ".yml", ".json")]
    return sorted(found)
