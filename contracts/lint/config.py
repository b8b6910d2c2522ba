"""``troth.yaml``: what a project wants of lint. Every name in it is checked, every mistake has a place.

lint:
  extends: recommended            # or a list of sets
  rules:
    operation-tags: error         # off, note, warning, error
    camel-case-properties: {severity: note, style: snake}
  ignore:
    - {rule: D02, pointer: /paths/~1lamps, file: lamps.yaml, reason: the vendor's own}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from troth.contracts.document import did_you_mean, join
from troth.contracts.document.source import Source
from troth.contracts.errors import ContractError, UsageError
from troth.contracts.lint.catalogue import hint, named
from troth.contracts.lint.rule import SETS, Rule
from troth.contracts.lint.settings import LEVELS, Choice, Ignored, Settings
from troth.contracts.model import Json, Node, Pointer, Schema

FILE = "troth.yaml"


def settings_for(document: Path, config: Path | None = None, extends: str | None = None) -> Settings:
    """The settings of a document: of the file that is named, or the nearest one from its folder upward.

    ``extends``: the set to start from, whatever the file says. Raises UsageError where the file is wrong.
    """
    path = config or _nearest(document)
    settings = Settings()
    if path is not None:
        settings = _Reader(path).settings()
    if extends is not None:
        settings = replace(settings, extends=(extends,))
    return settings


def _nearest(document: Path) -> Path | None:
    folders = document.absolute().parents
    return next((folder / FILE for folder in folders if (folder / FILE).is_file()), None)


class _Reader:
    """One configuration file on its way to settings."""

    def __init__(self, path: Path) -> None:
        try:
            self.source = Source(path, _shown(path))
        except ContractError as error:
            raise UsageError(str(error)) from None

    def wrong(self, pointer: Pointer, message: str) -> NoReturn:
        raise UsageError(f"{self.source.locate(pointer)}: {message}")

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
        data = self.mapping("", self.source.data or {})
        lint = self.mapping("/lint", data.get("lint", {}), {"extends": 0, "rules": 0, "ignore": 0})
        sets = lint.get("extends", "recommended")
        if not isinstance(sets, list):
            sets = [sets]
        for name in sets:
            if name not in SETS:
                self.wrong("/lint/extends", f"there is no set {name!r}{did_you_mean(str(name), SETS)}")
        return Settings(tuple(sets), dict(self.rules(lint.get("rules", {}))), tuple(self.ignored(lint)))

    def rules(self, value: Node) -> Iterator[tuple[str, Choice]]:
        for name, said in self.mapping("/lint/rules", value).items():
            at = join("/lint/rules", name)
            for rule in self.named(at, name):
                yield rule.name, self.choice(at, rule, said)

    def named(self, at: Pointer, name: Node) -> list[Rule]:
        found = named(str(name))
        if not found:
            self.wrong(at, f"there is no rule {name!r}{hint(str(name))}")
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
                yield Ignored(rule.name, entry["reason"], self.source.locate(at), entry.get("file"), pointer)

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
