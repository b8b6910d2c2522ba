"""A request as the call that ``decide`` is asked about: its parameters and its body, typed as declared."""

from __future__ import annotations

from collections.abc import Mapping

from troth.contracts.contract import Contract, remembered
from troth.contracts.document.media_types import is_multipart
from troth.contracts.document.parameters import Reader
from troth.contracts.model import Call, Operation, SentFile
from troth.mock_server.bodies import form_parts
from troth.mock_server.credentials import credential_of
from troth.mock_server.request_bodies import read_body
from troth.mock_server.wire import Request


def parse_call(
    contract: Contract,
    operation: Operation,
    request: Request,
    body: bytes,
    path: Mapping[str, str],
    authenticated: bool,
    prefix: str = "",
) -> Call:
    """The call that a request is; ``path`` are the parameters of its path, ``prefix`` where the API is."""
    headers = request.headers
    raw = {name: text.replace("%", "%25") for name, text in path.items()}  # they come decoded
    found = _reader(contract, operation).read(raw, request.query, headers)
    origin = f"http://{headers.get('host', 'localhost')}"
    root, url = origin + prefix, f"{origin}{request.address}?{request.query}"
    sent = read_body(contract, operation, headers.get("content-type", ""), body)
    return Call(
        operation.id,
        path=found.path,
        query=found.query,
        headers=found.headers,
        body=sent.body,
        cookies=found.cookies,
        querystring=found.querystring,
        broken=found.broken,
        media_type=sent.media_type,
        accept=headers.get("accept", ""),
        url=url,
        root=root,
        credential=credential_of(contract, request),
        authenticated=authenticated,
        files=_files(headers.get("content-type", ""), body) if "file" in operation.words else (),
    )


def _files(content_type: str, body: bytes) -> tuple[SentFile, ...]:
    """The body as it came, or the parts of a form."""
    if not is_multipart(content_type):
        return (SentFile("", "", content_type, body.decode("latin-1")),)
    return tuple(
        SentFile(part.name, part.filename, part.content_type or "", part.raw.decode("latin-1"))
        for part in form_parts(body, content_type) or ()
    )


@remembered
def _reader(contract: Contract, operation: Operation) -> Reader:
    """What reads the parameters of an operation."""
    return Reader(contract.document.schemas, operation.parameters)
