"""The pages about lint: how it is called, every rule, and how the rules compare with other linters'."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from troth.contracts.lint.catalogue import RULES
from troth.contracts.lint.left_out import LEFT_OUT
from troth.contracts.lint.rule import OTHERS, SETS, Rule

ROOT = Path(__file__).parent
CODE = re.compile(r"[CDI]\d\d|O\d")


DIFFERENCES = """
On public documents the counts of most rules are equal to theirs. Where they are not, this is why:

- An example is held against formats, too, and so is a `default`.
- A discriminator's mapping is a use of a component.
- `no-illogical-composition-keywords` counts alternatives, and does not prove that they exclude each other.
- Rules about what a caller reads of an operation pass over webhooks and callbacks.
"""


def lint(made: str) -> str:
    """The reference of the command, with a table of all rules; ``made`` says where the page is from."""
    _require_all_codes()
    intro = (ROOT / "parts" / "lint.md.in").read_text("utf-8")
    sets = "".join(f"| `{name}` | {_count(name)} | {meaning} |\n" for name, meaning in SETS.items())
    return intro.format(
        made=made,
        sets="| set | rules | is |\n| --- | --- | --- |\n" + sets,
        codes=_table(rule for rule in RULES.values() if not rule.on),
        rules=_table(rule for rule in RULES.values() if rule.on),
        fixable=", ".join(_link(rule) for rule in RULES.values() if rule.fixable),
    )


def _count(chosen: str) -> int:
    return sum(rule.is_in(chosen) for rule in RULES.values())


def _table(rules: Iterator[Rule]) -> str:
    rows = "".join(
        f"| {_link(r)} | {r.level} | {'yes' if r.is_in('recommended') else ''} | {_cell(r.means)} |\n"
        for r in rules
    )
    return "| rule | severity | recommended | finds |\n| --- | --- | --- | --- |\n" + rows


def _link(rule: Rule) -> str:
    return f"[`{rule.name}`](rules.md#{_anchor(rule.name)})"


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def rules(made: str) -> str:
    """Every rule with its reason and its examples, and the comparison."""
    parts = [
        f"# The rules of lint\n\n{made}\n`troth explain RULE` prints a section of this page; [lint](lint.md)"
        " says how rules are switched on and off, and how a place is excused. At the end:"
        " [other linters](#other-linters).\n",
        *(_section(rule) for rule in RULES.values()),
        _comparison(),
    ]
    return "\n".join(parts)


def _section(rule: Rule) -> str:
    names = [f"{linter.title()}: {_names(rule, linter)}" for linter in OTHERS if rule.names_in(linter)]
    sets = ", ".join(f"`{name}`" for name in SETS if rule.is_in(name)) or "no set"
    options = [f"option `{name}`: `{default}`" for name, default in rule.options.items()]
    fixable = ["`--fix` mends it"] if rule.fixable else []
    facts = "; ".join([f"{rule.level}, in {sets}", *options, *fixable, *names])
    example = f"```yaml\n# not\n{rule.bad}\n# but\n{rule.good}\n```\n"
    return f"## {rule.name}\n\n{rule.means[:1].upper()}{rule.means[1:]}. {rule.why}\n\n{example}\n({facts})\n"


def _names(rule: Rule, linter: str) -> str:
    on = " (recommended there)" if rule.is_in(linter) and rule.on else ""
    return ", ".join(f"`{name}`" for name in rule.names_in(linter)) + on


def _comparison() -> str:
    rows = "".join(
        f"| [`{r.name}`](#{_anchor(r.name)}) | {' | '.join(_names(r, linter) for linter in OTHERS)} |\n"
        for r in RULES.values()
        if r.on or r.aliases
    )
    left = "".join(f"| `{name}` | {', '.join(of)} | {why} |\n" for name, (of, why) in LEFT_OUT.items())
    return (
        "## Other linters\n\nRule by rule, as of the versions named in [lint](lint.md#speed). Their names are"
        " understood everywhere ours are: in `troth.yaml`, in ignore comments, by `troth explain`.\n\n"
        "| troth | Spectral | Redocly | vacuum |\n| --- | --- | --- | --- |\n" + rows +
        DIFFERENCES
        + "\nNobody else has the codes C00 to C20, I18, O1 and O2: they are about behaviour.\n\n"
        "Left out on purpose:\n\n| rule | of | because |\n| --- | --- | --- |\n" + left
    )  # fmt: skip


def _require_all_codes() -> None:
    """Every code that the source speaks must be explained, and the other way round."""
    spoken = set(_codes())
    explained = {name for name in RULES if CODE.fullmatch(name) and not RULES[name].on}
    if spoken != explained:
        raise SystemExit(f"contracts/lint/codes and the source differ in {sorted(spoken ^ explained)}")


def _codes() -> Iterator[str]:
    """The codes in the calls of the source."""
    for path in sorted((ROOT.parent / "contracts").rglob("*.py")):
        if path.parent.name in ("codes", "openapi"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield from (text for text in _texts(node) if CODE.fullmatch(text))


def _texts(call: ast.Call) -> list[str]:
    return [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
