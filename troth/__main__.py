"""``python -m troth``: the command ``troth``."""

from troth.contracts.commands.main import main

main()
