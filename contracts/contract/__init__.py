"""What a loaded document promises, as frozen values: resources, words, conditions, credentials."""

from troth.contracts.contract.contract import Contract, remembered

__all__ = ["Contract", "remembered"]
