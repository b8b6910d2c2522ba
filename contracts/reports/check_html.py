"""The result of a check as one HTML page that needs nothing else: by keyboard, on paper, light or dark."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from troth.contracts.check.results import BROKEN, DIFFERS, KEPT, RESULTS, SKIPPED, Evidence, Report, Verdict
from troth.contracts.reports.by_state import Matrix, matrices
from troth.contracts.reports.check_markdown import by_operation
from troth.contracts.reports.checked import MISMATCHES, answered, ending, findings, harmless

NAME = "html"
COMMAND = "check"

BODY = 4_000
"""Characters of an answer that are shown."""

_SIGNS = {KEPT: "✓", BROKEN: "✗", DIFFERS: "≠", SKIPPED: "–"}

_STYLE = Path(__file__).with_name("check_page.css").read_text("utf-8")
_SCRIPT = Path(__file__).with_name("check_page.js").read_text("utf-8")


def render(report: Report, everything: bool = True) -> str:
    """The page: counts, findings with their history, a table by operation, every promise with a search."""
    title = f"{report.spec} against {report.target}"
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}: troth check</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#main">To the findings</a>\n<header>\n<h1>{_text(title)}</h1>\n'
        f"{''.join(_head(report))}</header>\n"
        f'<main id="main">\n{"".join(_main(report))}</main>\n<script>{_SCRIPT}</script>\n</body>\n</html>\n'
    )


def _head(report: Report) -> Iterator[str]:
    yield (
        f'<p class="soft">{report.requests} requests in {report.seconds:.1f} s, seed {report.seed}, '
        f"by troth check</p>\n"
    )
    yield '<ul class="counts">\n'
    for result in RESULTS:
        yield f'<li class="{result}"><b>{report.counts[result]}</b> {_SIGNS[result]} {result}</li>\n'
    yield "</ul>\n"
    said = list(ending(report))
    if said:
        yield f"<ul>\n{''.join(f'<li>{_text(sentence)}</li>{chr(10)}' for sentence in said)}</ul>\n"


def _main(report: Report) -> Iterator[str]:
    found = findings(report)
    yield f"<h2>Findings</h2>\n{'' if found else '<p>No promise is broken.</p>'}\n"
    for verdict in found:
        yield from _finding(verdict)
    yield "<h2>By operation</h2>\n"
    heads = "".join(f'<th scope="col">{result}</th>' for result in RESULTS)
    yield f'{_scrolled("By operation")}<table>\n<thead><tr><th scope="col">operation</th>'
    yield f"{heads}</tr></thead>\n<tbody>\n"
    for operation, results in by_operation(report).items():
        cells = "".join(_cell(results.count(result), result) for result in RESULTS)
        yield f'<tr><th scope="row"><code>{_text(operation)}</code></th>{cells}</tr>\n'
    yield "</tbody>\n</table></div>\n"
    for resource, matrix in matrices(report).items():
        yield from _by_state(resource, matrix)
    yield "<h2>Promises</h2>\n"
    yield (
        '<div class="controls"><label for="find">Find (a name, a result, words of the text)</label>'
        f'<input id="find" type="search"> '
        f'<span id="told" role="status">{len(report.verdicts)} promises</span></div>\n'
    )
    yield f'{_scrolled("Promises")}<table id="promises">\n<thead><tr><th scope="col">result</th>'
    yield '<th scope="col">promise</th><th scope="col">says</th></tr></thead>\n<tbody>\n'
    for verdict in report.verdicts:
        yield _row(verdict)
    yield "</tbody>\n</table></div>\n"


def _by_state(resource: str, matrix: Matrix) -> Iterator[str]:
    """Which call does what it should, and which property is written, in which state."""
    name = f"{resource}, state by state"
    yield f'<h2>{_text(name)}</h2>\n{_scrolled(_text(name))}<table class="states">\n<thead><tr>'
    yield '<th scope="col">operation</th><th scope="col">property</th>'
    yield "".join(f'<th scope="col">{_text(state)}</th>' for state in matrix.states)
    yield "</tr></thead>\n<tbody>\n"
    for (operation, property), cells in matrix.rows.items():
        yield f'<tr><th scope="row"><code>{_text(operation)}</code></th><td>'
        yield f"{f'<code>{_text(property)}</code>' if property else ''}</td>"
        yield "".join(_state_cell(cells.get(state)) for state in matrix.states)
        yield "</tr>\n"
    yield "</tbody>\n</table></div>\n"


def _state_cell(verdict: Verdict | None) -> str:
    """A result as a sign, in words for those who hear it; a finding can be followed."""
    if verdict is None:
        return "<td></td>"
    result = verdict.result
    sign = f'{_SIGNS[result]}<span class="said"> {result}</span>'
    if verdict.evidence is not None:
        sign = f'<a href="#{_anchor(verdict)}">{sign}</a>'
    return f'<td class="{result}" title="{_text(verdict.promise.says)}">{sign}</td>'


def _scrolled(name: str) -> str:
    """A wide table scrolls, also by keyboard."""
    return f'<div class="scroll" role="region" aria-label="{name}" tabindex="0">'


def _cell(count: int, result: str) -> str:
    if not count:
        return '<td class="number"></td>'
    return f'<td class="number {result}">{count}</td>'


def _row(verdict: Verdict) -> str:
    promise, result, reason = verdict.promise, verdict.result, ""
    if verdict.known is not None:
        reason = f'<br><span class="soft">known: {_text(verdict.known)}</span>'
    elif verdict.reason:
        reason = f'<br><span class="soft">{_text(verdict.reason)}</span>'
    named = f"<code>{_text(promise.id)}</code>"
    if verdict.evidence is not None:
        named = f'<a href="#{_anchor(verdict)}">{named}</a>'
    return (
        f'<tr><td class="{result}">{_SIGNS[result]} {result}</td><td>{named}</td>'
        f"<td>{_text(promise.says)}{reason}</td></tr>\n"
    )


def _finding(verdict: Verdict) -> Iterator[str]:
    promise, known = verdict.promise, ""
    if verdict.known is not None:
        known = f"<p>Known: {_text(verdict.known)}</p>\n"
    yield f'<article class="{verdict.result}" id="{_anchor(verdict)}">\n'
    yield f"<h3><b>{_SIGNS[verdict.result]} {verdict.result}</b> <code>{_text(promise.id)}</code></h3>\n"
    yield f"<p>{_text(promise.says)}</p>\n{known}"
    yield f'<p class="soft">Promised at <code>{_text(verdict.where)}</code></p>\n'
    if verdict.evidence is not None:
        yield from _evidence(verdict.evidence, promise.id)
    yield "</article>\n"


def _evidence(evidence: Evidence, name: str) -> Iterator[str]:
    yield '<ol class="history">\n'
    for command in evidence.commands:
        yield f"<li><pre>{_text(command.line)}</pre>"
        yield '<button type="button" data-copy hidden>copy as curl</button>'
        yield f"<pre>{_text(answered(command.exchange, BODY))}</pre></li>\n"
    yield f'</ol>\n{_scrolled(f"Differences of {_text(name)}")}<table>\n<thead><tr><th scope="col">what</th>'
    yield '<th scope="col">expected</th><th scope="col">got</th></tr></thead>\n<tbody>\n'
    for mismatch in evidence.mismatches[:MISMATCHES]:
        yield f'<tr><th scope="row">{_text(mismatch.what)}</th>'
        yield f"<td><code>{_text(mismatch.expected)}</code></td>"
        yield f'<td><code class="broken">{_text(mismatch.got)}</code></td></tr>\n'
    yield "</tbody>\n</table></div>\n"


def _anchor(verdict: Verdict) -> str:
    return escape(f"finding-{verdict.promise.id}".replace(" ", "_"), quote=True)


def _text(text: str) -> str:
    return escape(harmless(text), quote=True)
