"""Does any module of troth import itself in a roundabout way? Imports for types alone count, too."""

from __future__ import annotations

import sys
from graphlib import CycleError, TopologicalSorter

import grimp


def main() -> int:
    """Name the first cycle, if there is one."""
    imports = grimp.build_graph("troth", cache_dir=None, exclude_type_checking_imports=False)
    try:
        TopologicalSorter(
            {name: imports.find_modules_directly_imported_by(name) for name in imports.modules}
        ).prepare()
    except CycleError as error:
        print("a cycle of imports:", " <- ".join(error.args[1]))
        return 1
    print("no cycle of imports")
    return 0


if __name__ == "__main__":
    sys.exit(main())
