"""Findings that an author excuses, with a reason: by a comment beside the place, or in the configuration.

``# troth-ignore RULE: reason`` counts for its own line; alone on a line, for the next that says something.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
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
    used: set[Comment | Ignored] = set()
    kept = []
    for finding in findings:
        covering = [excuse for excuse in excuses if excuse.covers(finding)]
        used.update(covering)
        if not covering:
            kept.append(finding)
    kept += _judged(_about(comments, used, settings), settings)
    return kept, frozenset(entry for entry in settings.ignored if entry in used)


def _judged(findings: Iterable[Finding], settings: Settings) -> Iterator[Finding]:
    """Findings about what excuses, with the severity that is set."""
    for finding in findings:
        judged = settings.judged(RULES[finding.code], finding)
        if judged is not None:
            yield judged


def comments_of(source: Source) -> Iterator[Comment]:
    """The ignore comments of a file; JSON has none."""
    if source.is_json or "troth-ignore" not in source.text:
        return
    lines = source.text.splitlines()
    for number, line in enumerate(lines, 1):
        found = _COMMENT.search(line)
        if found is None:
            continue
        about = number
        if not line[: found.start()].strip():
            about = _next_that_says(lines, number)
        at = Location(source.name, number, found.start() + 1)
        for name in re.split(r"[\s,]+", found[1].strip()):
            yield Comment(name, found[2] or "", at, about)


def _next_that_says(lines: Sequence[str], number: int) -> int:
    """The next line that says something; this one, where none does."""
    for ahead, line in enumerate(lines[number:], number + 1):
        if _says(line):
            return ahead
    return number


def _says(line: str) -> bool:
    text = line.strip()
    return text != "" and not text.startswith("#")


def _about(
    comments: Iterable[Comment], used: set[Comment | Ignored], settings: Settings
) -> Iterator[Finding]:
    for comment in comments:
        rules = named(comment.rule)
        code, message = "ignore-unused", None
        if not comment.rule:
            message = "names no rule"
        elif not rules:
            message = f"there is no rule {comment.rule!r}{hint(comment.rule)}"
        elif comment not in used and any(settings.level(rule) for rule in rules):
            message = f"nothing is wrong here that {comment.rule!r} would find"
        elif not comment.reason:
            code, message = "ignore-reason", f"say why: `# troth-ignore {comment.rule}: reason`"
        if message is not None:
            yield Finding(code, message, location=comment.at, severity="warning")


def unused(settings: Settings, used: frozenset[Ignored], files: Collection[str]) -> Iterator[Finding]:
    """The entries of a configuration that ignored nothing, though a file that they mean was looked at."""
    found = []
    for entry in settings.ignored:
        if entry in used or not any(map(entry.means, files)):
            continue
        if settings.level(RULES[entry.rule]):
            message = f"nothing is wrong that this entry would ignore ({entry.rule})"
            found.append(Finding("ignore-unused", message, location=entry.at, severity="warning"))
    yield from _judged(found, settings)
