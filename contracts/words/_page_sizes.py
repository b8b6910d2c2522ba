"""How many records a page has for which nobody asks: as many as the parameter's schema says, or allows."""

from __future__ import annotations

from troth.contracts.contract import Contract, remembered
from troth.contracts.model import Operation


@remembered
def usual_size(contract: Contract, operation: Operation, name: str) -> int | None:
    """The default of the parameter that asks for a size, else the largest that may be asked for."""
    parameter = operation.parameter("query", name)
    if parameter is None:
        return None
    schema = contract.document.schemas.resolve(parameter.schema)
    for key in ("default", "maximum"):
        size = schema.get(key)
        if isinstance(size, int) and not isinstance(size, bool) and size > 0:
            return size
    return None
