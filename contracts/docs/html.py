"""A page as one HTML file that loads nothing: styles and diagrams stand in it, for light and dark.

Made from the same Markdown, so that the two cannot differ; raw HTML in it stays text.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from troth.contracts.contract import Contract
from troth.contracts.docs.diagram import svg
from troth.contracts.docs.graph import Graph, mermaid
from troth.contracts.docs.markup import anchor, fenced
from troth.contracts.docs.pages import markdown

_FIGURE = "state-diagram"
_CELLS = {
    "written": "yes",
    "moves": "yes",
    "changed": "yes",
    "shown": "yes",
    "ignored": "mild",
    "refused": "no",
}

_STYLE = """
:root{color-scheme:light dark;--ink:#1f2933;--soft:#5a6673;--page:#fff;--side:#f5f7fa;--rule:#d9e0e7;
--link:#2456b8;--yes:#e3f4e7;--mild:#fdf3d8;--no:#fbe4e4;--code:#f0f3f7;--mark:#7a4a00}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa7b4;--page:#12161c;--side:#181d25;
--rule:#2d3642;--link:#7fb2ff;--yes:#16351f;--mild:#3a3010;--no:#431d1f;--code:#1f2630;--mark:#f0b866}}
*{box-sizing:border-box}
body{margin:0;color:var(--ink);background:var(--page);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif;display:grid;
grid-template-columns:minmax(13rem,19rem) minmax(0,1fr)}
nav{background:var(--side);border-right:1px solid var(--rule);padding:1.5rem 1rem;position:sticky;top:0;
height:100vh;overflow:auto;font-size:.875rem}
nav ul{list-style:none;margin:0;padding:0}
nav a{text-decoration:none}
nav a:hover{text-decoration:underline}
nav li{margin:.15rem 0;overflow-wrap:anywhere}
nav .in{padding-left:1rem}
main{padding:2rem clamp(1rem,4vw,3.5rem) 5rem;max-width:75rem}
h1{font-size:2rem;line-height:1.2;margin:0 0 1rem}
h2{margin:3rem 0 1rem;padding-bottom:.3rem;border-bottom:1px solid var(--rule)}
h3{margin:2.2rem 0 .7rem}
h2,h3{scroll-margin-top:1rem;overflow-wrap:anywhere}
a{color:var(--link)}
a:focus-visible,summary:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:1rem;background:var(--page);padding:.5rem;z-index:1}
code{background:var(--code);border-radius:4px;padding:.1em .3em;
font:.875em ui-monospace,SFMono-Regular,Menlo,monospace;overflow-wrap:anywhere}
pre{background:var(--code);border-radius:6px;padding:1rem;overflow:auto}
pre code{background:none;padding:0}
.wide{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;font-size:.925rem}
th,td{border:1px solid var(--rule);padding:.4rem .7rem;text-align:left;vertical-align:top}
th{background:var(--side)}
th code,td:first-child code{white-space:nowrap}
td.yes{background:var(--yes)}
td.mild{background:var(--mild)}
td.no{background:var(--no)}
em{color:var(--mark);font-size:.85em;font-style:normal;white-space:nowrap}
figure{margin:1rem 0;overflow-x:auto}
figure svg{max-width:100%;height:auto}
details{margin:.5rem 0;color:var(--soft)}
.find{width:100%;padding:.45rem .6rem;margin-bottom:.3rem;font:inherit;color:inherit;background:var(--page);
border:1px solid var(--rule);border-radius:6px}
.find:focus-visible{outline:2px solid var(--link);outline-offset:1px}
.found{color:var(--soft);margin:0 0 .8rem;min-height:1.2em}
nav [hidden]{display:none}
@media (max-width:55rem){body{display:block}
nav{position:static;height:auto;max-height:40vh;border:0}}
@media print{nav{display:none}
body{display:block}}
"""


_SEARCH = """
<div role="search"><input class="find" type="search" id="find" aria-label="Search this page (key /)"
placeholder="Search (key /)" autocomplete="off" aria-controls="contents" aria-describedby="found">
<p class="found" id="found" role="status"></p></div>
"""

_SCRIPT = """
const box=document.getElementById('find'),said=document.getElementById('found');
const entries=[...document.querySelectorAll('#contents li')].map(li=>({li,link:li.firstElementChild}));
let texts;
function index(){texts=entries.map(({link})=>{let text=link.textContent;
let at=document.getElementById(decodeURIComponent(link.hash.slice(1)));
for(at=at&&at.nextElementSibling;at&&!/^H[123]$/.test(at.tagName);at=at.nextElementSibling)
text+=' '+at.textContent;return text.toLowerCase()})}
function search(){if(!texts)index();const words=box.value.toLowerCase().split(/\\s+/).filter(Boolean);let n=0;
entries.forEach(({li},i)=>{li.hidden=!words.every(word=>texts[i].includes(word));n+=!li.hidden});
said.textContent=words.length?n+(n===1?' section':' sections'):''}
const shown=()=>entries.filter(({li})=>!li.hidden).map(({link})=>link);
box.addEventListener('input',search);
box.addEventListener('keydown',event=>{const [first]=shown();
if(event.key==='Enter'&&first)first.click();
else if(event.key==='ArrowDown'&&first){first.focus();event.preventDefault()}
else if(event.key==='Escape'){box.value='';search()}});
document.getElementById('contents').addEventListener('keydown',event=>{
const step={ArrowDown:1,ArrowUp:-1}[event.key];if(!step)return;
const links=shown(),next=links[links.indexOf(document.activeElement)+step];
(next||box).focus();event.preventDefault()});
document.addEventListener('keydown',event=>{
if(event.key==='/'&&!/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)){
box.focus();box.select();event.preventDefault()}});
"""
"""Finds sections by their words: in the page itself, without a network."""


def html(contract: Contract) -> str:
    """The page of a contract."""
    figures: dict[str, Graph] = {}

    def figure(graph: Graph) -> str:
        figures[graph.name] = graph
        return fenced(graph.name, _FIGURE)

    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = reader.parse(markdown(contract, figure))
    _anchored(tokens)
    _coloured(tokens)
    body = ""
    for token in tokens:
        if token.info == _FIGURE:
            body += _drawn(figures[token.content.strip()])
        else:
            body += _rendered(reader, token)
    title = escape(contract.title)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f'<style>{_STYLE}</style>\n</head>\n<body>\n<a class="skip" href="#main">To the text</a>\n'
        f'<nav aria-label="Contents">{_SEARCH}<ul id="contents">\n{_contents(tokens)}</ul>\n</nav>\n'
        f'<main id="main">\n{body}</main>\n<script>{_SCRIPT}</script>\n</body>\n</html>\n'
    )


def _rendered(reader: MarkdownIt, token: Token) -> str:
    text: str = reader.renderer.render([token], reader.options, {})
    if token.type == "table_open":
        return '<div class="wide" tabindex="0" role="region" aria-label="Table">' + text
    if token.type == "table_close":
        return text + "</div>\n"
    return text


def _anchored(tokens: Sequence[Token]) -> None:
    """Every heading can be linked to; a second one of the same name gets a number."""
    seen: Counter[str] = Counter()
    for opening, inline in itertools.pairwise(tokens):
        if opening.type == "heading_open":
            name = anchor(_text(inline))
            seen[name] += 1
            if seen[name] > 1:
                name = f"{name}-{seen[name] - 1}"
            opening.attrSet("id", name)


def _coloured(tokens: Sequence[Token]) -> None:
    """Cells of a matrix, by what their first word says; the first cell of a row is its heading."""
    first = False
    for opening, inline in itertools.pairwise(tokens):
        if opening.type == "tr_open":
            first = True
        elif opening.type == "td_open":
            kind = _CELLS.get(_first_word(inline))
            if kind and not first:
                opening.attrSet("class", kind)
            first = False


def _first_word(inline: Token) -> str:
    """Of a cell, without the mark of a note."""
    found = re.match(r"[^\W¹²³⁴⁵⁶⁷⁸⁹⁰]*", _text(inline))
    return found[0] if found else ""


def _text(inline: Token) -> str:
    return "".join(child.content for child in inline.children or ())


def _contents(tokens: Sequence[Token]) -> str:
    lines = []
    for opening, inline in itertools.pairwise(tokens):
        if opening.type == "heading_open":
            inside = ' class="in"' if opening.tag == "h3" else ""
            text, at = escape(_text(inline)), escape(str(opening.attrGet("id")))
            lines.append(f'<li{inside}><a href="#{at}">{text}</a></li>\n')
    return "".join(lines)


def _drawn(graph: Graph) -> str:
    source = escape(mermaid(graph))
    return (
        f'<figure tabindex="0">\n{svg(graph)}</figure>\n'
        f"<details><summary>As Mermaid text</summary><pre><code>{source}</code></pre></details>\n"
    )
