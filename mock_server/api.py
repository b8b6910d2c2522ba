"""One contract being kept, and where."""

from __future__ import annotations

from dataclasses import dataclass

from troth.contracts.contract import Contract


@dataclass
class Api:
    """A contract, and where it is mounted: its paths begin with ``prefix``."""

    contract: Contract
    prefix: str
    mount: str = ""
    """What stands before the paths of its servers, where several APIs are kept."""
