"""``troth explain``: what a rule of lint means, why it is there, and how to come to terms with it."""

from __future__ import annotations

import click

from troth.contracts.errors import UsageError
from troth.contracts.lint.catalogue import RULES, hint, named
from troth.contracts.lint.left_out import LEFT_OUT
from troth.contracts.lint.rule import OTHERS, SETS, Rule
from troth.contracts.reports.columns import columns

TITLES = {"spectral": "Spectral", "redocly": "Redocly", "vacuum": "vacuum"}


@click.command()
@click.argument("rule", required=False)
def explain(rule: str | None) -> None:
    """Say what a finding's RULE means; its name in Spectral, Redocly or vacuum does as well.

    Without RULE, list them all.

    \b
    Example:
      troth explain no-ambiguous-paths

    \b
    Exit codes:
       0  explained
       2  could not run: bad usage, no such rule
      70  a fault of troth's own: one line on stderr says where the details are
    """
    if rule is None:
        click.echo(_table())
        return
    found = named(rule)
    if rule in LEFT_OUT:
        raise UsageError(f"{rule!r} is left out on purpose: {LEFT_OUT[rule][1]}")
    if not found:
        raise UsageError(f"there is no rule {rule!r}{hint(rule)}")
    click.echo("\n\n".join(_explained(one) for one in found))


def _table() -> str:
    rows = [("rule", "severity", "recommended", "means")]
    rows += [(r.name, r.level, "yes" if r.is_in("recommended") else "", r.means) for r in RULES.values()]
    return columns(rows)


def _explained(rule: Rule) -> str:
    head = f"{rule.name} ({rule.level}): {rule.means}"
    parts = [head, rule.why, _example("Not", rule.bad), _example("But", rule.good)]
    return "\n\n".join([*parts, "\n".join(_facts(rule))])


def _example(title: str, text: str) -> str:
    return "\n".join([f"{title}:", "", *(f"    {line}" for line in text.splitlines())])


def _facts(rule: Rule) -> list[str]:
    sets = [name for name in SETS if rule.is_in(name)]
    facts = [f"On in the sets: {', '.join(sets) or 'none; switch it on in troth.yaml'}."]
    facts += [
        f"In {TITLES[linter]}: {', '.join(rule.names_in(linter))}."
        for linter in OTHERS
        if rule.names_in(linter)
    ]
    facts += [f"Option `{name}`, by default {default!r}." for name, default in rule.options.items()]
    facts += ["`troth lint --fix` mends it."] if rule.fixable else []
    facts += [
        f"To excuse one place: `# troth-ignore {rule.name}: why` on its line or the one above.",
        f"To switch it off, in troth.yaml: `lint: {{rules: {{{rule.name}: off}}}}`.",
    ]
    return facts
