"""Other distributions, as an installer would put them on the path: a module and its entry points."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def install(folder: Path, name: str, module: str, entry_points: str) -> Mapping[str, str]:
    """The environment in which a distribution of one module is installed."""
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(entry_points)
    (folder / f"{name}.py").write_text(module)
    return {"PYTHONPATH": str(folder)}
