"""What a test file says of a contract that pytest is to hold an API against: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Promises:
    """One line in a test file makes a test of each promise: ``test_api = troth.Promises("openapi.yaml")``.

    ``target``: a URL, or a name of ``troth.toml`` (else pytest's ``--troth-target`` or ``troth_target``);
    paths are relative to the test file. ``only``, ``exclude``: globs of promises.
    """

    spec: str
    target: str | None = None
    config: str | None = None
    overlays: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    baseline: str | None = None

    def beside(self, folder: Path) -> Promises:
        """The same with the document's path made absolute, where there is such a file in a folder."""
        path = folder / self.spec
        if not path.is_file():
            return self
        return Promises(
            str(path),
            self.target,
            self.config,
            tuple(str(folder / name) for name in self.overlays),
            self.only,
            self.exclude,
            None if self.baseline is None else str(folder / self.baseline),
        )
