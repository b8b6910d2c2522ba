"""Lint: the document as OpenAPI, the words as such, and whether they make sense together.

Rules are discovered in folders: ``openapi`` (the well-known ones; they share one walk) and ``rules`` (about a
contract as a whole: a module with ``check(contract)``), and as entry points of other distributions; what
concerns a word, its module says (``advice``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from troth.contracts.contract import Contract
from troth.contracts.document import Document, read_document
from troth.contracts.document.carriers import carriers
from troth.contracts.document.fetched import named
from troth.contracts.errors import ContractError, ContractFault
from troth.contracts.lint import ignores, openapi_schema
from troth.contracts.lint import overlays as overlaid
from troth.contracts.lint.catalogue import RULES, contract_checks
from troth.contracts.lint.nodes import Fix, Graph, Problem
from troth.contracts.lint.rule import Rule
from troth.contracts.lint.settings import Ignored, Settings
from troth.contracts.loading.assembling import assemble
from troth.contracts.loading.catalogue import find
from troth.contracts.loading.shape import frame_findings, shape_findings
from troth.contracts.model import Finding
from troth.contracts.words import WORDS

_ORDER = {"error": 0, "warning": 1, "note": 2}
_ODD = (AttributeError, KeyError, IndexError, TypeError, ValueError)


@dataclass(frozen=True)
class LintReport:
    """The document (None: it cannot be read), the findings by place, and the way to mend some of them."""

    document: Document | None
    findings: list[Finding]
    fixes: Mapping[Finding, Fix] = field(default_factory=dict)
    ignored: frozenset[Ignored] = frozenset()
    """The entries of the configuration's ``ignore`` that ignored something."""


def lint(spec: str | Path, *, overlays: Sequence[str | Path] = (), outside: bool = False) -> list[Finding]:
    """Every finding about a document (a bundled name or a path) under the recommended rules, by place."""
    return examine(find(str(spec)), [Path(overlay) for overlay in overlays], outside=outside).findings


def examine(
    path: Path, overlays: Sequence[Path] = (), settings: Settings | None = None, *, outside: bool = False
) -> LintReport:
    """Every finding about a document that the settings ask for, less what is ignored, by place."""
    if settings is None:
        settings = Settings()
    try:
        document = read_document(path, named(path), overlays, outside=outside)
    except ContractError as error:
        return LintReport(None, list(error.findings))
    fixes: dict[Finding, Fix] = {}
    unique = {}  # an alias is one place, found twice
    for finding in _findings(document, path.stem, settings, fixes):
        judged = settings.judged(RULES.get(finding.code), finding)
        if judged is not None:
            unique[judged.code, judged.location or judged.pointer, judged.message] = judged
    kept, used = ignores.apply(document, list(unique.values()), settings)
    fixes = {finding: fixes[finding] for finding in kept if finding in fixes}
    return LintReport(document, sorted(kept, key=_place), fixes, used)


def _findings(
    document: Document, name: str, settings: Settings, fixes: dict[Finding, Fix]
) -> Iterator[Finding]:
    yield from document.faults
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
    levels = {rule: settings.level(rule) for rule in RULES.values() if rule.check is not None}
    active = {rule: level for rule, level in levels.items() if level is not None}
    if not active:
        return
    graph = Graph(document)
    for rule, level in active.items():
        if document.version not in rule.versions:
            continue
        for problem in _problems(rule, graph, settings):
            finding = document.finding(rule.name, problem.message, problem.pointer, level)
            if problem.fix:
                fixes[finding] = problem.fix
            yield finding


def _problems(rule: Rule, graph: Graph, settings: Settings) -> Iterator[Problem]:
    """What one rule says about each node that it looks at."""
    assert rule.check is not None
    options, keys = settings.options(rule), rule.where.split()
    for kind in rule.on.split():
        for node in graph.of(kind, *keys):
            yield from rule.check(node, **options)


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
    if not wrong:  # else advice on names that do not exist would be noise
        yield from _advice(contract)


def _advice(contract: Contract) -> Iterator[Finding]:
    told: set[tuple[str, str]] = (
        set()
    )  # what an expression lacks is found by looking at it, and by running it
    for ask in (*(word.advice for word in WORDS), *contract_checks()):
        try:
            found = [finding for finding in ask(contract) if not _is_told(finding, told)]
            told |= {(finding.code, finding.pointer) for finding in found}
            yield from found
        except ContractFault as fault:
            yield contract.document.finding("C07", str(fault), "")


def _is_told(finding: Finding, told: Collection[tuple[str, str]]) -> bool:
    """Whether an expression was found to fail already, for a rule or the expression of it."""
    return finding.code == "C07" and ("C07", finding.pointer) in told


def _place(finding: Finding) -> tuple[str, int, int, int]:
    at = finding.location
    severity = _ORDER[finding.severity]
    if at is None:
        return "", 0, 0, severity
    return at.file, at.line, at.column, severity
