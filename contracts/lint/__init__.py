"""Lint: the document as OpenAPI, the words as such, and whether they make sense together.

A rule about whole documents is one module here with one function ``check(contract)``; what concerns a single
word, the word's module says itself (``advice``).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from contracts.contract import Contract
from contracts.document import Document, read_document
from contracts.errors import ContractError, ContractFault
from contracts.lint import openapi_schema
from contracts.lint import overlays as overlaid
from contracts.loading import assemble, shape_findings
from contracts.model import Finding
from contracts.words import WORDS

Rule = Callable[[Contract], Iterator[Finding]]
_ORDER = {"error": 0, "warning": 1, "note": 2}


def _rules() -> list[Rule]:
    modules = (
        importlib.import_module(f"{__name__}.rules.{module.name}")
        for module in pkgutil.iter_modules([str(Path(__file__).parent / "rules")])
    )
    return [module.check for module in modules]


def lint(path: Path, overlays: Sequence[Path] = ()) -> tuple[Document | None, list[Finding]]:
    """Every finding about a document, by place; None for a document that cannot even be read."""
    try:
        document = read_document(path, str(path), overlays)
        found = list(_findings(document, path.stem))
    except ContractError as error:
        return None, list(error.findings)
    unique = {(f.code, f.location or f.pointer, f.message): f for f in found}  # aliases: one place, twice
    return document, sorted(unique.values(), key=_place)


def _findings(document: Document, name: str) -> Iterator[Finding]:
    yield from overlaid.check(document)
    shape = shape_findings(document)
    yield from shape
    if any(finding.severity == "error" for finding in shape):
        return
    yield from openapi_schema.check(document)
    contract = assemble(document, name)
    wrong = [finding for word in WORDS for finding in word.errors(contract)]
    yield from wrong
    if wrong:
        return  # advice on names that do not exist would be noise
    for ask in (*(word.advice for word in WORDS), *_rules()):
        try:
            yield from ask(contract)
        except ContractFault as fault:
            yield document.finding("C07", str(fault), "")


def _place(finding: Finding) -> tuple[str, int, int, int]:
    at = finding.location
    severity = _ORDER[finding.severity]
    return (at.file, at.line, at.column, severity) if at else ("", 0, 0, severity)
