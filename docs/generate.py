"""Write the pages that follow from the code; with `--check`, fail where one is stale."""

from __future__ import annotations

import ast
import difflib
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from contracts.catalogue import bundled_names, open_spec
from contracts.commands.docs import pages
from contracts.document.carriers import KEY, carriers
from contracts.loading import meta_schema
from contracts.words import WORDS
from contracts.words._word import Word

ROOT = Path(__file__).parent
MADE = "<!-- made by docs/generate.py: change the code, not this page -->\n"
MOST_LINES = 14

MEANINGS: Mapping[str, tuple[str, str]] = {
    "C00": ("an operation says nothing about what it acts on", "add `acts`, or leave it to its schemas"),
    "C01": ("a file or a word has the wrong shape", "the message says what was found and what is valid"),
    "C02": (
        "an extension that has no effect: misspelt, or in a place that nobody reads",
        "rename or move it",
    ),
    "C03": (
        "something is named that is not there: a schema, a `$ref`, a resource, a parameter",
        "see the hint",
    ),
    "C04": ("a state that the enum of the state property does not have", "the enum is the list of states"),
    "C05": ("a state that nothing leads to", "add a fixture in it, a transition, or drop the state"),
    "C06": ("an operation leaves a state that is declared final", "one of the two is wrong"),
    "C07": (
        "an expression does not compile, or fails on values that its schema allows",
        "ask `has(…)` first",
    ),
    "C08": ("a property, hidden variable or parameter is named that is not there", "see the hint"),
    "C09": ("`writes` names what the request body does not have", "see the hint"),
    "C10": ("an update of a thing with states says nothing about what may be written when", "add `writes`"),
    "C11": ("a refusal has a status that `responses` does not document", "document it, or change the status"),
    "C12": ("the targets of a transition have no `otherwise`, or two", "exactly one target is `otherwise`"),
    "C13": ("`repeat` says something else than the model does when run twice", "one of the two is wrong"),
    "C14": (
        "no value that the schema allows breaks a rule (or keeps it)",
        "JSON Schema says it already: drop it",
    ),
    "C15": ("the response shows the record nowhere", "put a `$ref` to its schema where the record stands"),
    "C16": (
        "a fixture breaks its schema, or two have one id",
        "mock and checks start from fixtures: mend it",
    ),
    "C17": ("two properties of a body end in one place", "nothing to do: either order is accepted"),
    "C18": ("a condition holds always, or never", "it decides nothing: look for a typo in a value"),
    "C19": ("a body takes a property that only the server sets", "drop it from the body or from `managed`"),
    "C20": ("a message is given, but nothing says where error bodies carry it", "add `errors.message`"),
    "D01": ("the document is not what its OpenAPI version allows", "the message names the place"),
    "D02": (
        "an example of a response breaks the schema beside it",
        "readers and mocks copy examples: mend it",
    ),
    "I18": ("an effect that no response shows", "nothing to do: it cannot be checked from outside"),
    "O1": ("an action of an overlay selects nothing", "see the hint: the document says it otherwise by now"),
    "O2": (
        "a list that grows each time the overlay is applied",
        "use a mapping, or remove the old list in an action before",
    ),
}
"""Per code: what it means, and the way out."""


def main() -> int:
    """Write every page, or with `--check` compare it with what is there."""
    made = {"reference/words.md": words(), "reference/lint.md": lint(), **dict(apis())}
    if "--check" not in sys.argv[1:]:
        for name, text in made.items():
            (ROOT / name).parent.mkdir(exist_ok=True)
            (ROOT / name).write_text(text, "utf-8")
        return 0
    stale = [line for name, text in made.items() for line in _difference(name, text)]
    sys.stdout.writelines(stale)
    return 1 if stale else 0


def _difference(name: str, text: str) -> Iterator[str]:
    path = ROOT / name
    old = path.read_text("utf-8") if path.exists() else ""
    lines = old.splitlines(keepends=True), text.splitlines(keepends=True)
    yield from difflib.unified_diff(*lines, f"docs/{name} (as it is)", f"docs/{name} (as it should be)")


def words() -> str:
    """The vocabulary: each word's own documentation and its part of the meta-schema."""
    named = sorted((word for word in WORDS if word.name), key=lambda word: (word.places, word.name))
    unnamed = [word for word in WORDS if not word.name and not _shares_a_module(word)]
    checking = [word for word in WORDS if type(word).refusals is not Word.refusals]
    parts = [
        f"# The words of `x-contract`\n\n{MADE}",
        "`x-contract` stands at the root of a document, in an operation, or in a schema. Nothing else is"
        " allowed in it: a typo is an error with a place and a hint. Conditions are"
        " [CEL](https://cel.dev) expressions that yield a boolean; what they may speak of:\n\n"
        "| name | is |\n| --- | --- |\n"
        "| `self` | the record (in a rule on a schema: that part of the body) |\n"
        "| `oldSelf` | the record as it was before the call |\n"
        "| `request` | the call: `request.path`, `.query`, `.headers`, `.body` |\n"
        "| `hidden` | the resource's hidden variables |\n",
        "An operation may also carry `assumed: true`, as may most entries: the document does not say it, we"
        " guess. The mock obeys a guess; a live server that does otherwise is reported as `differs`, not as"
        " `broken`.\n",
        "| word | stands in |\n| --- | --- |\n"
        + "".join(f"| [`{w.name}`](#{w.name}) | {', '.join(w.places)} |\n" for w in named),
        *(_word(word) for word in named),
        "## Without a word\n\nWhat standard OpenAPI says already is kept and checked as well.\n",
        *(_standard(word) for word in unnamed),
        "## The order of checks\n\nThe mock gives the first reason that it finds for refusing a call, in this"
        f" order: {', '.join(_link(word) for word in checking)}. Where several hold, a check accepts any.\n",
        "## Shapes that the words share\n\n```yaml\n" + _yaml(_shared()) + "```\n",
    ]
    return "\n".join(parts)


def _shares_a_module(word: Word) -> bool:
    return any(other.name for other in WORDS if type(other).__module__ == type(word).__module__)


def _link(word: Word) -> str:
    return f"[`{word.name}`](#{word.name})" if word.name else f"standard {type(word).__name__.lower()}"


def _standard(word: Word) -> str:
    return _markdown(inspect.getdoc(sys.modules[type(word).__module__]) or "") + "\n"


def _word(word: Word) -> str:
    module = sys.modules[type(word).__module__]
    about, does = inspect.getdoc(module) or "", inspect.getdoc(type(word)) or ""
    title = f"## {word.name}\n\nStands in: {', '.join(word.places)}. {_markdown(does)}\n"
    example = next(_examples(word.name), "")
    fragment = f"Its shape:\n\n```yaml\n{_yaml(word.schema)}```\n"
    return "\n".join([title, _markdown(about) + "\n", *([example] if example else []), fragment])


def _examples(name: str) -> Iterator[str]:
    """How the documents that ship use a word, the shortest first."""
    found = []
    for spec in bundled_names():
        contract = open_spec(spec)
        for at, _ in carriers(contract.document):
            value = contract.document.at(f"{at}/{KEY}")
            if name in value:
                found.append((_yaml({name: value[name]}), contract.title))
    for text, title in sorted(found, key=lambda pair: (len(pair[0]), pair)):
        lines = text.splitlines()
        cut = [*lines[:MOST_LINES], "  # …"] if len(lines) > MOST_LINES else lines
        yield f"As in {title}:\n\n```yaml\n" + "\n".join(cut) + "\n```\n"


def _shared() -> dict[str, Any]:
    places = {place for word in WORDS for place in word.places}
    return {name: shape for name, shape in meta_schema()["$defs"].items() if name not in places}


class _Plain(yaml.SafeDumper):
    """No anchors, lists set in."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _yaml(value: Any) -> str:
    return yaml.dump(
        value, Dumper=_Plain, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110
    )


def _markdown(docstring: str) -> str:
    return docstring.replace("``", "`")


def lint() -> str:
    """Every code: what it means, how bad it is, where it is looked for."""
    found = dict(sorted(_codes().items()))
    if found.keys() != MEANINGS.keys():
        raise SystemExit(
            f"docs/generate.py: MEANINGS and the code differ in {found.keys() ^ MEANINGS.keys()}"
        )
    rows = "".join(
        f"| {' | '.join((code, ', '.join(sorted(levels)), *MEANINGS[code], _where(places)))} |\n"
        for code, (levels, places) in found.items()
    )
    return (
        f"# What lint finds\n\n{MADE}\n"
        "`troth lint PATH... [--overlay FILE]` takes files and the names of documents that ship. `--overlay`"
        " (repeatable, in order) applies an [overlay](../guides/overlays.md) to the one document that is"
        " named; an overlay with `extends` can be PATH itself. Each finding has a code, a severity,"
        " a message, and a place (file:line:column).\n\n"
        "- **Exit code**: 0 no errors (with `--strict`: no warnings either), 1 there are some, 2 a document"
        " cannot be read at all (no file, no YAML, a `$ref` to nothing, O1).\n"
        "- **Errors** make a document unusable for mock and check, too, but for C06, C13, C16 and D01, which"
        " only lint looks for. **Warnings** are probably mistakes. **Notes** are worth knowing.\n"
        "- `--format json` is a list of `{code, severity, message, pointer, file, line, column}`;"
        " `--format sarif` is SARIF 2.1.0, as code scanning takes it.\n\n"
        "| code | severity | means | way out | looked for in |\n| --- | --- | --- | --- | --- |\n" + rows
    )


def _where(places: set[str]) -> str:
    return ", ".join(f"`{place}`" for place in sorted(places))


def _codes() -> dict[str, tuple[set[str], set[str]]]:
    """Per code its severities and the modules that speak it, read from the calls in the source."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for path in sorted((ROOT.parent / "contracts").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            texts = _texts(node) if isinstance(node, ast.Call) else []
            code = next((t for t in texts if re.fullmatch(r"[CDI]\d\d|O\d", t)), None)
            if code is not None:
                level = next((t for t in texts if t in ("error", "warning", "note")), "error")
                levels, places = found.setdefault(code, (set(), set()))
                levels.add(level)
                places.add(path.relative_to(ROOT.parent / "contracts").as_posix())
    return found


def _texts(call: ast.Call) -> list[str]:
    return [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]


def apis() -> Iterator[tuple[str, str]]:
    """The pages of the documents that ship, with their diagrams."""
    for name in bundled_names():
        for path, text in pages(open_spec(name), "markdown", ROOT / "apis" / f"{name}.md"):
            made = text.replace("\n", f"\n\n{MADE}", 1) if path.suffix == ".md" else text
            yield path.relative_to(ROOT).as_posix(), made


if __name__ == "__main__":
    sys.exit(main())
