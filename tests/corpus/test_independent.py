"""Public documents before a judge that nobody here wrote: the checks of schemathesis, as a library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from schemathesis.core.errors import InvalidSchema
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.transport import Response

from tests.corpus import documents
from tests.corpus.judging import Judge
from tests.corpus.test_corpus import KNOWN
from tests.corpus.walking import Walker
from troth import load
from troth.contracts.document.openapi import places

BESIDES = {
    "spotify-official.yml": ["discriminator"],  # its values name no schema
    "openai.yaml": ["DiscriminatorMismatch"],  # likewise: no mapping, and an enum of its own in each schema
    "lago.yaml": ["POST /events: "],  # null in one part, a uuid in another
    "pagerduty-rest.json": ["/invocations"],  # alternatives that say the same
    "ideal-postcodes.yaml": ['is not of type "number"'],  # a text in one part, a number in another
    "lob.yml": ["POST /identity_validation: "],  # alternatives that say the same
}
"""What else documents say that nobody can keep."""


class Independent(Judge):
    """Holds answers against a document by schemathesis: status, media type, headers and body."""

    def __init__(self, document: Any) -> None:
        super().__init__(document)
        self.schema = schemathesis.openapi.from_dict(document.data)
        self.places = {place.pointer: (place.path, place.method) for place in places(document)}

    def judge(self, pointer: str, status: int, headers: dict[str, str], raw: bytes) -> list[str]:
        path, method = self.places[pointer]
        if method not in ("get", "put", "post", "delete", "patch"):
            return []
        request = requests.Request(method.upper(), "http://localhost/").prepare()
        told = {name: [value] for name, value in headers.items()}
        answer = Response(status, told, raw, request, 0.1, False)
        try:
            self.schema[path][method.upper()].validate_response(answer)
        except FailureGroup as group:
            return [f"{type(one).__name__}: {str(one)[:300]}" for one in group.exceptions]
        except Failure as failure:
            return [f"{type(failure).__name__}: {str(failure)[:300]}"]
        except (InvalidSchema, LookupError):  # what the document has wrong, lint says
            return []
        return []


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.stem) for path in documents() if "swagger2" not in path.name]
)
def test_an_independent_judge(path: Path) -> None:
    contract = load(str(path), infer=True)
    walker = Walker(contract)
    walker.judge = Independent(contract.document)
    known = [*KNOWN.get(path.name, []), *BESIDES.get(path.name, [])]
    assert [p for p in walker.walk().problems if not any(k in p for k in known)] == []
