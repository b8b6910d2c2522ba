"""The result of a check as JUnit XML: one suite, one case a promise."""

from __future__ import annotations

from xml.etree import ElementTree

from troth.contracts.check.results import BROKEN, DIFFERS, SKIPPED, Report, Verdict
from troth.contracts.reports.checked import ending, gist, harmless, told

NAME = "junit"
COMMAND = "check"


def render(report: Report, everything: bool = True) -> str:
    """The XML; what is known, and what was not exercised, is skipped with its reason."""
    name = f"{report.spec} against {report.target}"
    failures = sum(verdict.fails for verdict in report.verdicts)
    skipped = sum(_skipped(verdict) is not None for verdict in report.verdicts)
    counts = {"tests": str(len(report.verdicts)), "failures": str(failures), "errors": "0"}
    counts["time"] = f"{report.seconds:.3f}"
    suites = ElementTree.Element("testsuites", {"name": "troth check", **counts})
    named = {"name": harmless(name), **counts, "skipped": str(skipped)}
    suite = ElementTree.SubElement(suites, "testsuite", named)
    for verdict in report.verdicts:
        _case(suite, report.spec, verdict)
    said = "\n".join(ending(report))
    if said:
        ElementTree.SubElement(suite, "system-out").text = said
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode")


def _case(suite: ElementTree.Element, spec: str, verdict: Verdict) -> None:
    promise = verdict.promise
    classname = f"{spec}.{promise.operation}"
    case = ElementTree.SubElement(suite, "testcase", classname=classname, name=harmless(promise.id))
    reason = _skipped(verdict)
    if verdict.fails:
        failure = ElementTree.SubElement(case, "failure", type=verdict.result, message=gist(verdict))
        failure.text = told(verdict)
    elif reason is not None:
        ElementTree.SubElement(case, "skipped", message=harmless(reason))
    elif verdict.result == DIFFERS:
        ElementTree.SubElement(case, "system-out").text = told(verdict)


def _skipped(verdict: Verdict) -> str | None:
    """Why a case is passed over; None where it is not."""
    if verdict.result == SKIPPED:
        return verdict.reason or "not exercised"
    if verdict.result == BROKEN and verdict.known is not None:
        return f"broken, but known: {verdict.known}"
    return None
