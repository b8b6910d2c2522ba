"""Write the pages that follow from the code; with `--check`, fail where one is stale."""

from __future__ import annotations

import ast
import difflib
import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lint_pages
import yaml

from troth import load
from troth.contracts.commands.docs import pages
from troth.contracts.document.carriers import KEY, carriers
from troth.contracts.loading.catalogue import bundled_names
from troth.contracts.loading.editor_schema import editor_schema
from troth.contracts.loading.shape import meta_schema
from troth.contracts.words import WORDS
from troth.contracts.words._scoped_rules import occurrences
from troth.contracts.words._word import Word

ROOT = Path(__file__).parent
ROOMS = ("contracts", "mock_server")
CATALOGUE = "contracts/lint/openapi"
MADE = "<!-- made by docs/generate.py: change the code, not this page -->\n"
SHOP = ROOT / "examples" / "shop.yaml"
START = f"""## How to try them

The examples are calls to [a small shop](../examples/{SHOP.name}) that uses every word. Serve it, and in a
second terminal say where it is:

```sh
troth mock docs/examples/{SHOP.name} --allow-handlers
```

```sh
API=http://127.0.0.1:4010
```

Each example begins with the orders of the document; `curl -X POST $API/__mock/reset` brings them back.
Shown is what the example is about, `…` for the rest. (`curl` must be 7.82 or newer: it knows `--json`.)
"""


def main() -> int:
    """Write every page, or with `--check` compare it with what is there."""
    made = {
        "architecture.md": architecture(),
        "reference/words.md": words(),
        "reference/lint.md": lint_pages.lint(MADE),
        "reference/rules.md": lint_pages.rules(MADE),
        "x-contract.schema.json": json.dumps(editor_schema(), indent=1, ensure_ascii=False) + "\n",
        **dict(apis()),
        **dict(positioned()),
    }
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


def architecture() -> str:
    """The map of the code: each room with its modules, in the first lines of their own docstrings."""
    template = (ROOT / "parts" / "architecture.md.in").read_text("utf-8")
    return template.replace("{made}", MADE).replace("{modules}", "\n".join(_rooms()))


def _rooms() -> Iterator[str]:
    root = ROOT.parent
    for folder in sorted({path.parent for top in ROOMS for path in (root / top).rglob("*.py")}):
        name = folder.relative_to(root).as_posix()
        yield f"### {name}\n\n{_purpose(folder / '__init__.py')}\n"
        if name == CATALOGUE:
            yield "One module a rule: [rules](reference/rules.md).\n"
            continue
        modules = [path for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]
        if modules:
            rows = [f"| `{path.name}` | {_purpose(path)} |" for path in modules]
            yield "\n".join(["| module | is for |", "| --- | --- |", *rows]) + "\n"


def _purpose(path: Path) -> str:
    """The first sentence of a module's docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    first = " ".join(docstring.partition("\n\n")[0].split())
    return _markdown(first).replace("|", "\\|")


def words() -> str:
    """The vocabulary: each word's own documentation and its part of the meta-schema."""
    named = sorted((word for word in WORDS if word.name), key=lambda word: (word.places, word.name))
    unnamed = {_module(word): None for word in WORDS if not word.name}
    checking = [word for word in WORDS if word.refuses_at is not None]
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
        START,
        *(_word(word) for word in named),
        "## Without a word\n\nWhat standard OpenAPI says already is kept and checked as well.\n",
        *(_standard(module) for module in unnamed),
        "## The order of checks\n\nThe mock gives the first reason that it finds for refusing a call, in this"
        f" order: {', '.join(_link(word) for word in checking)}. Where several hold, a check accepts any.\n",
        "## Shapes that the words share\n\n```yaml\n" + _yaml(_shared()) + "```\n",
    ]
    return "\n".join(parts)


def _module(word: Word) -> str:
    """The module that a word is from: its fragment and, where it has no name, its section are named so."""
    return type(word).__module__


def _short(module: str) -> str:
    return module.rpartition(".")[2]


def _link(word: Word) -> str:
    short = _short(_module(word))
    return f"[`{word.name}`](#{word.name})" if word.name else f"[{short}](#{short})"


def _standard(module: str) -> str:
    about = _markdown(inspect.getdoc(sys.modules[module]) or "")
    return f"### {_short(module).capitalize()}\n\n{about}\n\n{_try(module)}"


def _word(word: Word) -> str:
    about, does = inspect.getdoc(sys.modules[_module(word)]) or "", inspect.getdoc(type(word)) or ""
    title = f"## {word.name}\n\nStands in: {', '.join(word.places)}. {_markdown(does)}\n"
    example = _example(word.name)
    if example:
        example = f"In [the shop](../examples/{SHOP.name}):\n\n```yaml\n{example}```\n"
    shape = f"<details><summary>Its shape</summary>\n\n```yaml\n{_yaml(word.schema)}```\n\n</details>\n"
    return "\n".join([title, _markdown(about) + "\n", example, _try(_module(word)), shape])


def _try(module: str) -> str:
    """The calls that show a word at work, on the shop or on a document of their own; a test misses them."""
    fragment = ROOT / "parts" / "words" / f"{_short(module)}.md.in"
    if not fragment.exists():
        return ""
    return "**Try it.** " + fragment.read_text("utf-8")


def _example(name: str) -> str:
    """How the shop uses a word where it says most with it; empty where it does not."""
    document = load(SHOP, run=False).document
    values = (document.at(f"{at}/{KEY}") for at, _ in carriers(document))
    return max((_yaml({name: value[name]}) for value in values if name in value), key=len, default="")


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
    return re.sub(r":\w+:`", "`", docstring.replace("``", "`"))


def apis() -> Iterator[tuple[str, str]]:
    """The pages of the documents that ship, with their diagrams."""
    for name in bundled_names():
        for path, text in pages(load(name), "markdown", ROOT / "apis" / f"{name}.md"):
            made = text.replace("\n", f"\n\n{MADE}", 1) if path.suffix == ".md" else text
            yield path.relative_to(ROOT).as_posix(), made


RULE = re.compile(r"(?<![\w/])(\w+)/([\w/]+)( \(…?[\w/]*openapi\.yaml:)\d+:\d+\)")
"""``pauseCampaign/transition (…specs/puffle/openapi.yaml:955:9)``, as the mock says it."""

PROMISED = re.compile(r"(broken (\w+)/(\w+)[^\n]*\n[^\n]*\n +promised at …?[\w/]*openapi\.yaml:)\d+:\d+")
"""The same in what a check prints."""

SHOWING = ("../README.md", "reference/mock.md")
"""Written by hand, but for the places in a document that ships."""


def positioned() -> Iterator[tuple[str, str]]:
    """Pages that show where a rule of Puffle stands, with the place where it stands now."""
    puffle = load("puffle")

    def place(name: str, inside: str) -> str:
        operation = puffle.operations.get(name)
        if operation is None:
            return "…"
        at = operation.word_pointer
        if inside != "ok":
            at = f"{at}/{inside}"
            with_rule = [rule.pointer for rule in occurrences(puffle, operation)]
            at = next((pointer for pointer in with_rule if pointer.endswith(f"/x-contract/{inside}")), at)
        return ":".join(puffle.where(at).split(":")[-2:])

    for name in SHOWING:
        text = (ROOT / name).read_text("utf-8")
        text = RULE.sub(lambda m: f"{m[1]}/{m[2]}{m[3]}{place(m[1], m[2])})", text)
        yield name, PROMISED.sub(lambda m: m[1] + place(m[2], m[3]), text)


if __name__ == "__main__":
    sys.exit(main())
