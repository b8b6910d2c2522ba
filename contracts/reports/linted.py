"""What a run of lint found in one or several documents: what each format of its report is made from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePath

from troth.contracts.lint import LintReport
from troth.contracts.lint.fixing import Mended, mend
from troth.contracts.model import Finding, Location


@dataclass(frozen=True)
class Linted:
    """The reports by the names of their documents; ``unused``: what the configurations ignore for nothing."""

    reports: Mapping[str, LintReport]
    unused: Sequence[Finding] = ()
    quiet: bool = False
    """Whether nothing is said beside the findings."""

    @cached_property
    def by_file(self) -> Mapping[str, Sequence[Finding]]:
        """The findings by document; those about a configuration by its own name."""
        found = {name: list(report.findings) for name, report in self.reports.items()}
        for finding in self.unused:
            file = finding.location.file if finding.location else ""
            found.setdefault(file, []).append(finding)
        return found

    @property
    def findings(self) -> list[Finding]:
        """All of them."""
        return [finding for findings in self.by_file.values() for finding in findings]

    def only(self, severities: Collection[str], *, quiet: bool) -> Linted:
        """Without the findings of other severities."""
        reports = {
            name: replace(report, findings=[f for f in report.findings if f.severity in severities])
            for name, report in self.reports.items()
        }
        return Linted(reports, [f for f in self.unused if f.severity in severities], quiet)

    def mended(self) -> list[Mended]:
        """The files that ``--fix`` would change, as they would then be."""
        return [file for report in self.reports.values() for file in mended_files(report)]


def shown_file(location: Location) -> str:
    """The file of a place for machines: relative to the current folder where it is below."""
    path = PurePath(location.file)
    if path.is_absolute():
        with suppress(ValueError, OSError):
            path = path.relative_to(Path.cwd())
    return path.as_posix()


def mended_files(report: LintReport) -> list[Mended]:
    """The files of one document that can be mended."""
    if report.document is None:
        return []
    return mend(report.document, report.fixes)
