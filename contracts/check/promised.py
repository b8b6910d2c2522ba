"""What a test file says of a contract that pytest is to hold an API against: plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Promises:
    """One line in a test file makes a test of each promise: ``test_api = troth.Promises("openapi.yaml")``.

    ``target``: a URL, or a name of ``troth.toml`` (else pytest's ``--troth-target`` or ``troth_target``);
    paths are relative to the test file. ``only``, ``exclude``: globs of promises. ``infer``: of a document
    without words what its names and schemas suggest is tried, too.
    """

    spec: str
    target: str | None = None
    config: str | None = None
    overlays: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    baseline: str | None = None
    infer: bool = False

    def beside(self, folder: Path) -> Promises:
        """The same with paths made absolute; the document's where there is such a file in a folder."""
        path = folder / self.spec
        return replace(
            self,
            spec=str(path) if path.is_file() else self.spec,
            config=_beside(folder, self.config),
            overlays=tuple(str(folder / name) for name in self.overlays),
            baseline=_beside(folder, self.baseline),
        )


def _beside(folder: Path, name: str | None) -> str | None:
    return None if name is None else str(folder / name)
