"""Lint: the document as OpenAPI, the words as such, and whether they make sense together.

Rules are discovered in folders: ``openapi`` (the well-known ones; they share one walk) and ``rules`` (about a
contract as a whole: a module with ``check(contract)``), and as entry points of other distributions; what
concerns a word, its module says (``advice``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from troth.contracts.document import Document, read_document
from troth.contracts.document.carriers import carriers
from troth.contracts.errors import ContractError, ContractFault
from troth.contracts.lint import ignores, openapi_schema
from troth.contracts.lint import overlays as overlaid
from troth.contracts.lint.catalogue import RULES, contract_checks
from troth.contracts.lint.nodes import Fix, Graph
from troth.contracts.lint.settings import Ignored, Settings
from troth.contracts.loading.assembling import assemble
from troth.contracts.loading.catalogue import find
from troth.contracts.loading.shape import frame_findings, shape_findings
from troth.contracts.model import Finding
from troth.contracts.words import WORDS

_ORDER = {"error": 0, "warning": 1, "note": 2}
_ODD = (AttributeError, KeyError, IndexError, TypeError, ValueError)


@dataclass(frozen=True)
class Report:
    """The document (None: it cannot be read), the findings by place, and the way to mend some of them."""

    document: Document | None
    findings: list[Finding]
    fixes: Mapping[Finding, Fix] = field(default_factory=dict)
    ignored: frozenset[Ignored] = frozenset()
    """The entries of the configuration's ``ignore`` that ignored something."""


def lint(spec: str | Path, *, overlays: Sequence[str | Path] = ()) -> list[Finding]:
    """Every finding about a document (a bundled name or a path) under the recommended rules, by place."""
    return examine(find(str(spec)), [Path(overlay) for overlay in overlays]).findings


def examine(path: Path, overlays: Sequence[Path] = (), settings: Settings | None = None) -> Report:
    """Every finding about a document that the settings ask for, less what is ignored, by place."""
    settings = settings or Settings()
    try:
        document = read_document(path, str(path), overlays)
    except ContractError as error:
        return Report(None, list(error.findings))
    fixes: dict[Finding, Fix] = {}
    judged = (settings.judged(RULES.get(f.code), f) for f in _findings(document, path.stem, settings, fixes))
    unique = {
        (f.code, f.location or f.pointer, f.message): f for f in judged if f
    }  # aliases: one place, twice
    kept, used = ignores.apply(document, list(unique.values()), settings)
    fixes = {finding: fixes[finding] for finding in kept if finding in fixes}
    return Report(document, sorted(kept, key=_place), fixes, used)


def _findings(
    document: Document, name: str, settings: Settings, fixes: dict[Finding, Fix]
) -> Iterator[Finding]:
    yield from overlaid.check(document)
    frame = list(frame_findings(document))
    yield from frame
    if frame:
        return
    shape = list(openapi_schema.check(document))
    yield from shape
    taken = set()
    for finding in _about_openapi(document, settings, fixes):
        taken.add(finding.pointer)
        yield finding
    try:
        yield from (f for f in _about_words(document, name) if not (f.code == "C01" and f.pointer in taken))
    except _ODD:
        if not shape:
            raise  # what D01 has found explains that the rest cannot be understood; nothing else does


def _about_openapi(document: Document, settings: Settings, fixes: dict[Finding, Fix]) -> Iterator[Finding]:
    """What the rules in ``openapi`` find that are on."""
    active = [rule for rule in RULES.values() if rule.check and settings.level(rule)]
    if not active:
        return
    graph = Graph(document)
    for rule in active:
        if document.version not in rule.versions or rule.check is None:
            continue
        options, level = settings.options(rule), settings.level(rule) or rule.level
        for node in (node for kind in rule.on.split() for node in graph.of(kind, *rule.where.split())):
            for problem in rule.check(node, **options):
                finding = document.finding(rule.name, problem.message, problem.pointer, level)
                if problem.fix:
                    fixes[finding] = problem.fix
                yield finding


def _about_words(document: Document, name: str) -> Iterator[Finding]:
    """What loader, words and the rules in ``rules`` find."""
    try:
        shape = shape_findings(document)
        yield from shape
        if not carriers(document) or any(finding.severity == "error" for finding in shape):
            return
        contract = assemble(document, name)
    except ContractError as error:
        yield from error.findings
        return
    wrong = [finding for word in WORDS for finding in word.errors(contract)]
    yield from wrong
    if wrong:
        return  # advice on names that do not exist would be noise
    for ask in (*(word.advice for word in WORDS), *contract_checks()):
        try:
            yield from ask(contract)
        except ContractFault as fault:
            yield document.finding("C07", str(fault), "")


def _place(finding: Finding) -> tuple[str, int, int, int]:
    at = finding.location
    severity = _ORDER[finding.severity]
    return (at.file, at.line, at.column, severity) if at else ("", 0, 0, severity)
