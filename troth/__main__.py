"""The command ``troth``, also as ``python -m troth``: an interruption is one line, also during imports."""

from __future__ import annotations

import sys
from importlib import import_module

INTERRUPTED = 130


def main() -> None:
    """Run the command line."""
    try:
        import_module("decimal")  # jsonschema-rs wants it later, and panics where it is interrupted just then
        run = import_module("troth.contracts.commands.main").main
    except KeyboardInterrupt:
        sys.stderr.write("troth: interrupted\n")
        sys.exit(INTERRUPTED)
    run()


if __name__ == "__main__":
    main()
