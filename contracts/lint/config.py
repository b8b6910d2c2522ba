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

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from troth.contracts.document import did_you_mean, join
from troth.contracts.document.source import Source
from troth.contracts.errors import ContractError, UsageError
from troth.contracts.lint.catalogue import hint, named
from troth.contracts.lint.rule import SETS, Rule
from troth.contracts.lint.settings import LEVELS, Choice, Ignored, Settings
from troth.contracts.model import Json, Pointer

FILE = "troth.yaml"


def settings_for(document: Path, config: Path | None = None, extends: str | None = None) -> Settings:
    """The settings of a document: of the file that is named, or the nearest one from its folder upward.

    ``extends``: the set to start from, whatever the file says. Raises UsageError where the file is wrong.
    """
    path = config or _nearest(document)
    settings = Settings() if path is None else _Reader(path).settings()
    return settings if extends is None else Settings((extends,), settings.chosen, settings.ignored)


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
        self, pointer: Pointer, value: Json, valid: Mapping[str, Any] | None = None
    ) -> dict[str, Json]:
        if not isinstance(value, dict):
            self.wrong(pointer, "expected a mapping")
        for key in value if valid is not None else ():
            if valid is not None and key not in valid:
                self.wrong(join(pointer, key), f"there is no {key!r} here{did_you_mean(key, valid)}")
        return dict(value)

    def settings(self) -> Settings:
        data = self.mapping("", self.source.data or {})
        lint = self.mapping("/lint", data.get("lint", {}), {"extends": 0, "rules": 0, "ignore": 0})
        extends = lint.get("extends", "recommended")
        sets = extends if isinstance(extends, list) else [extends]
        for name in sets:
            if name not in SETS:
                self.wrong("/lint/extends", f"there is no set {name!r}{did_you_mean(str(name), SETS)}")
        return Settings(tuple(sets), dict(self.rules(lint.get("rules", {}))), tuple(self.ignored(lint)))

    def rules(self, value: Json) -> Iterator[tuple[str, Choice]]:
        for name, said in self.mapping("/lint/rules", value).items():
            at = join("/lint/rules", name)
            for rule in self.named(at, name):
                yield rule.name, self.choice(at, rule, said)

    def named(self, at: Pointer, name: Json) -> list[Rule]:
        found = named(str(name))
        if not found:
            self.wrong(at, f"there is no rule {name!r}{hint(str(name))}")
        return found

    def choice(self, at: Pointer, rule: Rule, said: Json) -> Choice:
        if isinstance(said, str):
            return Choice(self.level(at, said))
        options = self.mapping(at, said, {"severity": 0, **rule.options})
        level = self.level(join(at, "severity"), options.pop("severity")) if "severity" in options else None
        for key, value in options.items():
            self.option(join(at, key), rule.options[key], value)
        return Choice(level, options)

    def level(self, at: Pointer, said: Json) -> str:
        if said not in LEVELS:
            self.wrong(at, f"there is no severity {said!r}{did_you_mean(str(said), LEVELS)}")
        return str(said)

    def option(self, at: Pointer, default: Json, value: Json) -> None:
        if not isinstance(value, type(default)):
            wanted = "a list" if isinstance(default, list) else "text"
            self.wrong(at, f"expected {wanted}, such as {default!r}")
        if isinstance(value, list) and not all(isinstance(item, str) for item in value):
            self.wrong(at, f"expected a list of texts, such as {default!r}")

    def ignored(self, lint: Mapping[str, Json]) -> Iterator[Ignored]:
        listed = lint.get("ignore", [])
        if not isinstance(listed, list):
            self.wrong("/lint/ignore", "expected a list of `{rule, pointer, file, reason}`")
        for index, item in enumerate(listed):
            at = join("/lint/ignore", index)
            entry = self.mapping(at, item, dict.fromkeys(("rule", "pointer", "file", "reason")))
            for key, value in entry.items():
                if not isinstance(value, str) or not value.strip():
                    self.wrong(join(at, key), "expected text")
            if "rule" not in entry or "reason" not in entry:
                self.wrong(at, f"`{'reason' if 'rule' in entry else 'rule'}` is missing")
            for rule in self.named(join(at, "rule"), entry["rule"]):
                pointer = entry.get("pointer")
                pointer = pointer.removeprefix("#").rstrip("/") if pointer else None
                where = self.source.locate(at)
                yield Ignored(rule.name, entry["reason"], where, entry.get("file"), pointer)


def _shown(path: Path) -> str:
    """A path as a reader would write it: relative where it is below the current folder."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
