"""D02: an example of a response that breaks the schema beside it: readers and mocks copy examples."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.contract import Contract
from contracts.model import ABSENT, Finding


def check(contract: Contract) -> Iterator[Finding]:
    """The media type examples of every response."""
    for operation in contract.operations.values():
        for response in operation.responses:
            if response.example is ABSENT or response.schema_pointer is None:
                continue
            broken = contract.document.schemas.violations(response.schema_pointer, response.example)
            for violation in broken[:1]:
                where = "/" + "/".join(map(str, violation.path))
                message = f"the example of {response.key} breaks its schema at {where}: {violation.message}"
                yield contract.document.finding("D02", message, response.pointer, "warning")
