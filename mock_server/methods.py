"""The faster HTTP parser knows some methods only: any other is not implemented (RFC 9110, section 15.6.2).

Nor does it ask for the one ``Host`` that HTTP/1.1 has (RFC 9112, section 3.2)."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import partial
from http import HTTPStatus

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from troth.mock_server.wire import CLOSE

_METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40} ")
"""A method as HTTP writes it (a token, RFC 9110, section 5.6.2): what does not begin so is no request."""


class KnownMethods(HttpToolsProtocol):
    """As the base, but a method that it does not know is answered 501, and not 400; and what is wrong after
    whole requests is told after their answers (RFC 9112, section 9.3.2)."""

    _last: Callable[[], None] | None = None
    """What is still to be told on this connection, of which nothing is read any more."""

    def on_message_begin(self) -> None:
        """A request begins: the application may close its connection."""
        super().on_message_begin()
        self.scope["extensions"] = {CLOSE: self.transport.close}  # type: ignore[dict-item]

    def on_headers_complete(self) -> None:
        """All headers have come. Raises what the parser makes a malformed request of."""
        hosts = [value for name, value in self.headers if name == b"host"]
        if self.parser.get_http_version() == "1.1" and len(hosts) != 1:
            raise ValueError("a request of HTTP/1.1 has one Host")
        self._latest = b""  # what follows in the same bytes begins nobody knows where
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Bytes of a request have come."""
        if self._last is not None:
            return
        self._latest = data
        super().data_received(data)

    def on_response_complete(self) -> None:
        """A request has been answered, and perhaps it was the last. More is read when all that has come is
        begun: a client that sends one request after another would fill the memory."""
        super().on_response_complete()
        if self.pipeline:
            self.flow.pause_reading()
        if self._last is not None and self.cycle.response_complete:
            self._last()

    def send_400_response(self, msg: str) -> None:
        """Called where a request cannot be parsed; what was wrong is the exception being handled."""
        unknown = isinstance(sys.exc_info()[1], httptools.HttpParserInvalidMethodError)
        refuse: Callable[[], None] = partial(super().send_400_response, msg)
        if unknown and _METHOD.match(self._latest):
            refuse = self._not_implemented
        if self._is_answering():
            self._last = refuse
        else:
            refuse()

    def _is_answering(self) -> bool:
        """Whether a request that has come as a whole is still to be answered."""
        if self.cycle is None:
            return False
        return not (self.cycle.response_complete or self.cycle.more_body)

    def _not_implemented(self) -> None:
        status, text = HTTPStatus.NOT_IMPLEMENTED, b"This method is not implemented."
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
        head += f"content-length: {len(text)}\r\nconnection: close\r\n\r\n"
        self.transport.write(head.encode() + text)
        self.transport.close()
