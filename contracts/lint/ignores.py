"""Findings that an author excuses, with a reason: by a comment beside the place, or in the configuration.

``# troth-ignore RULE: reason`` counts for its own line; alone on a line, for the next that says something.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from troth.contracts.document import Document
from troth.contracts.document.source import Source
from troth.contracts.lint.catalogue import RULES, hint, named
from troth.contracts.lint.settings import Ignored, Settings
from troth.contracts.model import Finding, Location

_COMMENT = re.compile(r"(?:^|(?<=\s))#\s*troth-ignore\b[ \t]*([^:\n]*)(?::[ \t]*(.*?))?[ \t\r]*$")


@dataclass(frozen=True)
class Comment:
    """One rule of one comment: where it stands, the line that it is about, and the reason."""

    rule: str
    reason: str
    at: Location
    line: int

    def covers(self, finding: Finding) -> bool:
        """Whether a finding is meant."""
        at = finding.location
        if at is None or (at.file, at.line) != (self.at.file, self.line):
            return False
        return finding.code in [rule.name for rule in named(self.rule)]


def apply(
    document: Document, findings: list[Finding], settings: Settings
) -> tuple[list[Finding], frozenset[Ignored]]:
    """The findings less the excused ones, with what is wrong about comments; the entries that were used."""
    comments = [c for source in document.sources.values() for c in comments_of(source)]
    excuses: list[Comment | Ignored] = [*comments, *settings.ignored]
    used = {excuse for excuse in excuses for finding in findings if excuse.covers(finding)}
    kept = [finding for finding in findings if not any(excuse.covers(finding) for excuse in used)]
    for finding in _about(comments, used, settings):
        judged = settings.judged(RULES[finding.code], finding)
        kept += [judged] if judged else []
    return kept, frozenset(entry for entry in settings.ignored if entry in used)


def comments_of(source: Source) -> Iterator[Comment]:
    """The ignore comments of a file; JSON has none."""
    if source.is_json or "troth-ignore" not in source.text:
        return
    lines = source.text.splitlines()
    for number, line in enumerate(lines, 1):
        found = _COMMENT.search(line)
        if found is None:
            continue
        at = Location(source.name, number, found.start() + 1)
        alone = not line[: found.start()].strip()
        about = next((n for n, text in enumerate(lines, 1) if n > number and _says(text)), number)
        for name in re.split(r"[\s,]+", found[1].strip()):
            yield Comment(name, found[2] or "", at, about if alone else number)


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _about(
    comments: Iterable[Comment], used: set[Comment | Ignored], settings: Settings
) -> Iterator[Finding]:
    for comment in comments:
        rules = named(comment.rule)
        if not rules:
            what = (
                f"there is no rule {comment.rule!r}{hint(comment.rule)}" if comment.rule else "names no rule"
            )
            yield Finding("ignore-unused", what, location=comment.at, severity="warning")
        elif comment not in used and any(settings.level(rule) for rule in rules):
            message = f"nothing is wrong here that {comment.rule!r} would find"
            yield Finding("ignore-unused", message, location=comment.at, severity="warning")
        elif not comment.reason:
            message = f"say why: `# troth-ignore {comment.rule}: reason`"
            yield Finding("ignore-reason", message, location=comment.at, severity="warning")


def unused(settings: Settings, used: frozenset[Ignored], files: Collection[str]) -> Iterator[Finding]:
    """The entries of a configuration that ignored nothing, though a file that they mean was looked at."""
    for entry in settings.ignored:
        rule = RULES[entry.rule]
        if entry in used or not settings.level(rule) or not any(map(entry.means, files)):
            continue
        message = f"nothing is wrong that this entry would ignore ({entry.rule})"
        finding = Finding("ignore-unused", message, location=entry.at, severity="warning")
        judged = settings.judged(RULES[finding.code], finding)
        yield from [judged] if judged else []
