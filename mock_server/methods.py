"""The faster HTTP parser knows some methods only: any other is not implemented (RFC 9110, section 15.6.2).

Nor does it ask for the one ``Host`` that HTTP/1.1 has (RFC 9112, section 3.2)."""

from __future__ import annotations

import re
import sys
from http import HTTPStatus

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from troth.mock_server.wire import CLOSE

_METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40} ")
"""A method as HTTP writes it (a token, RFC 9110, section 5.6.2): what does not begin so is no request."""


class KnownMethods(HttpToolsProtocol):
    """As the base, but a method that it does not know is answered 501, and not 400."""

    def on_message_begin(self) -> None:
        """A request begins: the application may close its connection."""
        super().on_message_begin()
        self.scope["extensions"] = {CLOSE: self.transport.close}  # type: ignore[dict-item]

    def on_headers_complete(self) -> None:
        """All headers have come. Raises what the parser makes a malformed request of."""
        hosts = [value for name, value in self.headers if name == b"host"]
        if self.parser.get_http_version() == "1.1" and len(hosts) != 1:
            raise ValueError("a request of HTTP/1.1 has one Host")
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Bytes of a request have come."""
        self._latest = data
        super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        """Called where a request cannot be parsed; what was wrong is the exception being handled."""
        unknown = isinstance(sys.exc_info()[1], httptools.HttpParserInvalidMethodError)
        if not unknown or not _METHOD.match(self._latest):
            super().send_400_response(msg)
            return
        status, text = HTTPStatus.NOT_IMPLEMENTED, b"This method is not implemented."
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
        head += f"content-length: {len(text)}\r\nconnection: close\r\n\r\n"
        self.transport.write(head.encode() + text)
        self.transport.close()
