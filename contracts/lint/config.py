"""``troth.yaml``: what a project wants of lint. Every name in it is checked, every mistake has a place.

lint:
  extends: recommended            # a set, a file, a configuration of an installed package; or a list of them
  rules:
    operation-tags: error         # off, note, warning, error
    camel-case-properties: {severity: note, style: snake}
  ignore:
    - {rule: D02, pointer: /paths/~1lamps, file: lamps.yaml, reason: the vendor's own}
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, NoReturn

from troth.contracts.document import did_you_mean, join
from troth.contracts.document.fetched import is_fetched
from troth.contracts.document.files import Reach, reach
from troth.contracts.document.source import Source
from troth.contracts.errors import ContractError, UsageError
from troth.contracts.extensions import added, imported, unusable
from troth.contracts.lint import catalogue
from troth.contracts.lint.rule import SETS, Rule
from troth.contracts.lint.settings import LEVELS, Choice, Ignored, Settings
from troth.contracts.model import Json, Location, Node, Pointer, Schema

FILE = "troth.yaml"


GROUP = "troth.lint_configs"
"""The entry points of packages that bring a configuration: what stands under ``lint:`` elsewhere."""


def settings_for(
    document: Path, config: Path | None = None, extends: str | None = None, *, outside: bool = False
) -> Settings:
    """The settings of a document: of the file that is named, or the nearest one from its folder upward.

    ``extends``: the set to start from, whatever the file says. ``outside``: whether the file may extend those
    beyond its repository, its folder and the current one. Raises UsageError where the file is wrong.
    """
    path = config or _nearest(document)
    settings = Settings()
    if path is not None:
        allowed = Reach(None) if outside else reach([path])
        settings = _from_file(path, allowed, ())
    if extends is not None:
        settings = replace(settings, extends=(extends,))
    return settings


def _nearest(document: Path) -> Path | None:
    folders = document.absolute().parents
    if is_fetched(document):
        folders = (Path() / "document").absolute().parents
    return next((folder / FILE for folder in folders if (folder / FILE).is_file()), None)


def _from_file(path: Path, allowed: Reach, above: tuple[Path, ...]) -> Settings:
    """The settings of a file; ``above``: the files that extend it."""
    try:
        source = Source(path, _shown(path))
    except ContractError as error:
        raise UsageError(str(error)) from None
    return _Reader(_Written(source.data or {}, source.locate, path, allowed, above)).settings()


def _from_package(entry: EntryPoint, written: _Written) -> Settings:
    """The settings that an installed package brings."""
    location = Location(f"the configuration {entry.name!r} of {entry.value}")
    found = imported(entry)
    if not isinstance(found, Mapping):
        raise unusable(entry, "is no mapping of `extends`, `rules` and `ignore`")
    if entry.name in written.packages:
        raise unusable(entry, "leads back to itself through `extends`")
    data = {"lint": dict(found)}
    inner = replace(
        written, data=data, locate=lambda _: location, path=None, packages=(*written.packages, entry.name)
    )
    return _Reader(inner).settings()


@dataclass(frozen=True)
class _Written:
    """A configuration as it is written, and where that is; ``above``: the files that extend it."""

    data: Node
    locate: Callable[[Pointer], Location]
    path: Path | None
    allowed: Reach
    above: tuple[Path, ...] = ()
    packages: tuple[str, ...] = ()


class _Reader:
    """One configuration on its way to settings."""

    def __init__(self, written: _Written) -> None:
        self.written = written

    def wrong(self, pointer: Pointer, message: str) -> NoReturn:
        raise UsageError(f"{self.written.locate(pointer)}: {message}")

    def mapping(
        self, pointer: Pointer, value: Node, valid: Mapping[str, Any] | None = None
    ) -> dict[str, Node]:
        """A mapping; where ``valid`` is given, of these keys only."""
        if not isinstance(value, dict):
            self.wrong(pointer, "expected a mapping")
        if valid is not None:
            for key in value:
                if key not in valid:
                    self.wrong(join(pointer, key), f"there is no {key!r} here{did_you_mean(key, valid)}")
        return dict(value)

    def settings(self) -> Settings:
        data = self.mapping("", self.written.data)
        lint = self.mapping("/lint", data.get("lint", {}), {"extends": 0, "rules": 0, "ignore": 0})
        named = lint.get("extends", "recommended")
        if not isinstance(named, list):
            named = [named]
        settings = Settings(())
        for name in named:
            settings = settings.with_more(self.extended(str(name)))
        own = Settings((), dict(self.rules(lint.get("rules", {}))), tuple(self.ignored(lint)))
        return settings.with_more(own)

    def extended(self, name: str) -> Settings:
        """What a set, a file or a package brings."""
        if name in SETS:
            return Settings((name,))
        if "/" in name or name.endswith((".yaml", ".yml", ".json")):
            return self.of_file(name)
        packages = {entry.name: entry for entry in added(GROUP)}
        if name not in packages:
            hint = did_you_mean(name, [*SETS, *packages])
            self.wrong("/lint/extends", f"there is no set {name!r}{hint}")
        return _from_package(packages[name], self.written)

    def of_file(self, name: str) -> Settings:
        """What a file beside this one brings."""
        if self.written.path is None:
            self.wrong("/lint/extends", f"{name!r}: a package extends sets and other packages")
        path = Path(os.path.realpath(self.written.path.parent / name))
        above = (*self.written.above, Path(os.path.realpath(self.written.path)))
        if not self.written.allowed.has(path):
            self.wrong("/lint/extends", f"{name!r} {self.written.allowed.why}")
        if not path.exists():
            self.wrong("/lint/extends", f"there is no file {name!r}")
        if path in above:
            self.wrong("/lint/extends", f"{name!r} leads back to itself through `extends`")
        return _from_file(path, self.written.allowed, above)

    def rules(self, value: Node) -> Iterator[tuple[str, Choice]]:
        for name, said in self.mapping("/lint/rules", value).items():
            at = join("/lint/rules", name)
            for rule in self.named(at, name):
                yield rule.name, self.choice(at, rule, said)

    def named(self, at: Pointer, name: Node) -> list[Rule]:
        found = catalogue.named(str(name))
        if not found:
            self.wrong(at, f"there is no rule {name!r}{catalogue.hint(str(name))}")
        return found

    def choice(self, at: Pointer, rule: Rule, said: Node) -> Choice:
        if isinstance(said, str):
            return Choice(self.level(at, said))
        options = self.mapping(at, said, {"severity": 0, **rule.options})
        level = None
        if "severity" in options:
            level = self.level(join(at, "severity"), options.pop("severity"))
        for key, value in options.items():
            self.option(join(at, key), rule.options[key], value)
        return Choice(level, options)

    def level(self, at: Pointer, said: Node) -> str:
        if said not in LEVELS:
            self.wrong(at, f"there is no severity {said!r}{did_you_mean(str(said), LEVELS)}")
        return str(said)

    def option(self, at: Pointer, default: Json, value: Node) -> None:
        if not isinstance(value, type(default)):
            wanted = "text"
            if isinstance(default, list):
                wanted = "a list"
            self.wrong(at, f"expected {wanted}, such as {default!r}")
        if isinstance(value, list) and not all(isinstance(item, str) for item in value):
            self.wrong(at, f"expected a list of texts, such as {default!r}")

    def ignored(self, lint: Schema) -> Iterator[Ignored]:
        listed = lint.get("ignore", [])
        if not isinstance(listed, list):
            self.wrong("/lint/ignore", "expected a list of `{rule, pointer, file, reason}`")
        for index, item in enumerate(listed):
            at = join("/lint/ignore", index)
            entry = self.texts(at, item, ("rule", "pointer", "file", "reason"))
            for key in ("rule", "reason"):
                if key not in entry:
                    self.wrong(at, f"`{key}` is missing")
            pointer = entry.get("pointer")
            if pointer is not None:
                pointer = pointer.removeprefix("#").rstrip("/")
            for rule in self.named(join(at, "rule"), entry["rule"]):
                yield Ignored(rule.name, entry["reason"], self.written.locate(at), entry.get("file"), pointer)

    def texts(self, at: Pointer, value: Node, valid: Iterable[str]) -> dict[str, str]:
        """A mapping of texts that say something."""
        texts = self.mapping(at, value, dict.fromkeys(valid))
        for key, text in texts.items():
            if not isinstance(text, str) or not text.strip():
                self.wrong(join(at, key), "expected text")
        return texts


def _shown(path: Path) -> str:
    """A path as a reader would write it: relative where it is below the current folder."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
