"""The parameters of a path are those that its operations declare."""

from __future__ import annotations

import re
from collections.abc import Iterator

from troth.contracts.lint.nodes import Fix, Node, Problem
from troth.contracts.lint.rule import Rule
from troth.contracts.model import Schema

NAME = re.compile(r"\{([^}]*)\}")


def check(node: Node) -> Iterator[Problem]:
    """Names in the path that nobody declares, declared ones that it has not, twice, or not required."""
    path = node.parent.name if node.parent else ""
    names = NAME.findall(path)
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield node.says(f"the path has {{{name}}} twice")
    declared = set()
    for owner, index, parameter in node.graph.path_parameters(node):
        if parameter.get("in") == "path":
            declared.add(str(parameter.get("name")))
            yield from _declared(owner, index, parameter, names)
    for name in dict.fromkeys(names):
        if name and name not in declared:
            yield node.says(f"{{{name}}} in the path is declared by no path parameter")


def _declared(owner: Node, index: int, parameter: Schema, names: list[str]) -> Iterator[Problem]:
    if parameter.get("name") not in names:
        yield owner.says(f"the path has no {{{parameter.get('name')}}}", "parameters", index)
    if parameter.get("required") is not True:
        fix = None
        if owner.list("parameters")[index].get("required") is False:
            fix = Fix(f"{owner.pointer}/parameters/{index}/required", old=False, new=True)
        message = f"the path parameter {parameter.get('name')!r} must have `required: true`"
        yield owner.says(message, "parameters", index, fix=fix)


RULE = Rule(
    name="path-params",
    means="the path and its declared path parameters do not agree",
    why="No tool can build or match such a URL.",
    bad="paths: {'/a/{id}': {get: {responses: {default: {description: A.}}}}}",
    good="""paths:
  /a/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {responses: {default: {description: A.}}}""",
    level="error",
    sets="minimal recommended spectral redocly vacuum",
    on="operation",
    check=check,
    spectral="path-params",
    redocly="path-parameters-defined path-params-defined",
    vacuum="path-params",
    fixable=True,
)
