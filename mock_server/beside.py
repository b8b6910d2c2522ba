"""What is answered beside the event loop, so that nobody waits for it: large requests, long lists."""

from __future__ import annotations

from collections.abc import Hashable
from urllib.parse import parse_qsl

from troth.contracts.model import Operation
from troth.contracts.words._pages import Paging
from troth.contracts.words.paging import cut_of
from troth.mock_server.routing import Match
from troth.mock_server.sessions import Session
from troth.mock_server.stores.shelf import Shelf
from troth.mock_server.wire import SMALL, Request, takes_json

LONG = 500
"""Records of a list that is answered at once."""

SMALL_OTHER = 8192
"""Bytes of a query and the headers, or of a body that is no JSON, which are dealt with at once: they are read
in Python."""

MANY = 5000
"""Records of a resource whose lists are made at once, should nobody have asked for one before."""


def is_long(match: Match, request: Request, session: Session) -> bool:
    """Whether a request is to be answered beside the event loop: a large body, a long list."""
    if session.has_large or _is_large(request):
        return True
    shelf = _shelf(match, session)
    if shelf is None or match.operation is None or len(shelf.records) <= LONG:
        return False
    paging = cut_of(match.api.contract, match.operation)
    if paging is None:
        return True
    if _size(paging, request, len(shelf.records)) > LONG:
        return True
    return len(shelf.records) > MANY and not shelf.is_ready(_listing(match, match.operation, paging, request))


def listed(match: Match, request: Request, session: Session) -> None:
    """A request was answered beside the event loop; if a list was made for it, its pages are near at hand."""
    shelf = _shelf(match, session)
    if shelf is None or match.operation is None:
        return
    paging = cut_of(match.api.contract, match.operation)
    if paging is not None:
        shelf.make_ready(_listing(match, match.operation, paging, request))


def _shelf(match: Match, session: Session) -> Shelf | None:
    """The records of which a request wants a list."""
    operation, contract = match.operation, match.api.contract
    if operation is None or operation.verb != "list":
        return None
    resource = contract.resource_of(operation)
    if resource is None:
        return None
    return session.kept[contract.name].store.shelf(resource.name)


def _size(paging: Paging, request: Request, there: int) -> int:
    """How many records a page has."""
    size = paging.default or there
    for name, value in parse_qsl(request.query):
        if name == paging.size and value.isdecimal():
            size = int(value[:9])
    return size


def _listing(match: Match, operation: Operation, paging: Paging, request: Request) -> Hashable:
    """What a list is made for: all that selects and sorts, not which page of it is wanted."""
    pages = (paging.page, paging.size, paging.offset, paging.cursor)
    asked = tuple(pair for pair in parse_qsl(request.query, keep_blank_values=True) if pair[0] not in pages)
    return operation.id, tuple(match.path.items()), asked


def _is_large(request: Request) -> bool:
    """Whether a head or a body is more than is dealt with at once; of a coded one nobody knows yet."""
    if request.body is None:
        return False
    if len(request.query) + sum(map(len, request.headers.values())) > SMALL_OTHER:
        return True
    if "content-encoding" in request.headers:
        return True
    if len(request.body) <= SMALL_OTHER:
        return False
    return len(request.body) > SMALL or not takes_json(request.headers)
