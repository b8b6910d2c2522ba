"""A report without what opens the target."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from troth.contracts.check.observation import Mismatch
from troth.contracts.check.results import Cleaned, Report, Verdict
from troth.contracts.check.secrets import Secrets


def hidden(report: Report, secrets: Secrets) -> Report:
    """A report in which no text tells a secret; exchanges hide theirs themselves."""
    troubles = Counter[str]()
    for trouble, count in report.troubles.items():
        troubles[secrets.hide(trouble)] += count
    if report.ended is not None:
        report = replace(report, ended=secrets.hide(report.ended))
    return replace(
        report,
        verdicts=[_verdict(verdict, secrets) for verdict in report.verdicts],
        troubles=dict(troubles),
        cleaned=_cleaned(report.cleaned, secrets),
    )


def _verdict(verdict: Verdict, secrets: Secrets) -> Verdict:
    if verdict.reason is not None:
        verdict = replace(verdict, reason=secrets.hide(verdict.reason))
    if verdict.evidence is None:
        return verdict
    mismatches = tuple(_mismatch(one, secrets) for one in verdict.evidence.mismatches)
    return replace(verdict, evidence=replace(verdict.evidence, mismatches=mismatches))


def _mismatch(one: Mismatch, secrets: Secrets) -> Mismatch:
    hide = secrets.hide
    return replace(one, what=hide(one.what), expected=hide(one.expected), got=hide(one.got))


def _cleaned(cleaned: Cleaned, secrets: Secrets) -> Cleaned:
    left = tuple(replace(one, id=secrets.hide(one.id), why=secrets.hide(one.why)) for one in cleaned.left)
    return replace(cleaned, left=left)
