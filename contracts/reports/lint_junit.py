"""Findings as JUnit XML, which nearly every build server shows: one suite a document, one case a finding."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from troth.contracts.model import Finding
from troth.contracts.reports.linted import Linted

NAME = "junit"
COMMAND = "lint"

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(linted: Linted) -> str:
    """The XML; notes are cases that pass, and a document without findings is one case that passes."""
    suites = ElementTree.Element("testsuites", name="troth lint")
    for name, findings in linted.by_file.items():
        failing = [finding for finding in findings if finding.severity != "note"]
        suite = ElementTree.SubElement(
            suites,
            "testsuite",
            name=name,
            tests=str(len(findings) or 1),
            failures=str(len(failing)),
            errors="0",
        )
        for finding in findings:
            _case(suite, name, finding)
        if not findings:
            ElementTree.SubElement(suite, "testcase", classname=name, name="lint")
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode")


def _case(suite: ElementTree.Element, name: str, finding: Finding) -> None:
    where, message = str(finding.location or name), _clean(finding.message)
    case = ElementTree.SubElement(suite, "testcase", classname=name, name=f"{finding.code} {where}")
    if finding.severity == "note":
        ElementTree.SubElement(case, "system-out").text = f"{where}: note: {message}"
    else:
        failure = ElementTree.SubElement(case, "failure", type=finding.severity, message=message)
        failure.text = f"{where}: {finding.severity}: {message} [{finding.code}]"


def _clean(text: str) -> str:
    """Without the characters that XML cannot carry."""
    return _NO_XML.sub("\ufffd", text)
