"""Are the statements plain? Measured as in CONTRIBUTING's style: what has to be unfolded is counted.

python .ci/plain.py

At most 16 conditional expressions and 34 `and`/`or` in 1000 lines of `contracts` and `mock_server`, and no
block of more than 15 ways through it (cyclomatic complexity, as radon counts it) there or in `tests`.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from radon.complexity import cc_visit

ROOT = Path(__file__).parent.parent
DENSE, COMPLEX = ("contracts", "mock_server"), ("contracts", "mock_server", "tests")
MOST = {ast.IfExp: ("conditional expressions", 16), ast.BoolOp: ("`and`/`or`", 34)}
MOST_WAYS = 15
SHOWN = 10
"""So many of the densest files are named where the whole is too dense."""


def sources(folders: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    """Every module below these folders, with its text."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT), path.read_text("utf-8")


def too_dense(kind: type[ast.AST]) -> bool:
    """Count one kind of expression; say how many there are, and where, if there are too many."""
    words, most = MOST[kind]
    counted = []
    for path, text in sources(DENSE):
        nodes = list(ast.walk(ast.parse(text)))
        counted.append((sum(isinstance(node, kind) for node in nodes), text.count("\n"), path))
    lines = sum(count for _, count, _ in counted)
    density = 1000 * sum(count for count, _, _ in counted) / lines
    print(f"{density:.1f} {words} in 1000 lines; at most {most}")
    if density <= most:
        return False
    excess = sorted(
        ((count - most * size / 1000, count, size, path) for count, size, path in counted), reverse=True
    )
    for _, count, size, path in excess[:SHOWN]:
        print(f"  {path}: {count} in {size} lines")
    return True


def too_complex() -> bool:
    """Say which blocks have more ways through them than a reader can keep in mind."""
    found = False
    for path, text in sources(COMPLEX):
        for block in cc_visit(text):
            if block.complexity > MOST_WAYS:
                print(f"  {path}:{block.lineno} {block.fullname}: {block.complexity} ways")
                found = True
    print(f"blocks of more than {MOST_WAYS} ways: {'see above' if found else 'none'}")
    return found


if __name__ == "__main__":
    sys.exit(any([too_dense(ast.IfExp), too_dense(ast.BoolOp), too_complex()]))
