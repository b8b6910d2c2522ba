"""One HTTP request out, one whole answer back, in time and of a size; else a Trouble that says why."""

from __future__ import annotations

import http.client
import ipaddress
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from troth.contracts.check.troubles import Trouble
from troth.contracts.overtime import after

TIMEOUT = 30.0
"""Seconds after which an answer is given up."""

LARGEST = 16_000_000
"""Bytes of a body that are read."""

_CHUNK = 1 << 16
_PROCESSING, _FINAL = 102, 200
"""Answers that another one follows; 101 is followed by another protocol."""


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine."""
    if host is None:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


@dataclass(frozen=True)
class Reach:
    """How a target is reached: ``ca`` and ``cert`` are files, ``insecure``: whoever it is."""

    ca: str | None = None
    cert: str | tuple[str, str] | None = None
    insecure: bool = False
    proxy: str | None = None
    timeout: float = TIMEOUT


class _Wire:
    """The socket in use, so that it can be cut."""

    def __init__(self) -> None:
        self.socket: Any = None
        self.reused = self.cut = False

    def stop(self) -> None:
        """Let whoever reads from it stop waiting."""
        self.cut = True
        if self.socket is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    """Connections that tell which socket they use."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire
        super().__init__(pool_connections=2, pool_maxsize=2, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **named: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **named)
        self.poolmanager.pool_classes_by_scheme = _pools(self._wire)

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **named)
        manager.pool_classes_by_scheme = _pools(self._wire)
        return manager


class _Answer(http.client.HTTPResponse):
    """The final answer, whatever comes before it (RFC 9110, 15.2); Python's own skips 100 only."""

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not _PROCESSING <= status < _FINAL:
                return version, status, reason
            http.client.parse_headers(self.fp)


def _pools(wire: _Wire) -> dict[str, Any]:
    """Connection pools whose connections are watched."""

    class Plain(HTTPConnection):
        response_class = _Answer

        def connect(self) -> None:
            wire.reused = False
            super().connect()
            wire.socket = self.sock

        def request(self, *args: Any, **named: Any) -> None:
            wire.reused, wire.socket = self.sock is not None, self.sock
            super().request(*args, **named)

    class Secure(HTTPSConnection):
        response_class = _Answer
        used = False

        def connect(self) -> None:
            super().connect()
            wire.socket = self.sock

        def request(self, *args: Any, **named: Any) -> None:
            wire.reused, self.used, wire.socket = self.used, True, self.sock
            super().request(*args, **named)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


class Transport:
    """A session with one target. It follows no redirect, so that no other host sees a credential."""

    def __init__(self, url: str, reach: Reach) -> None:
        self._reach, self._wire = reach, _Wire()
        self._session = requests.Session()
        self._session.trust_env = False
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(self._wire))
        self._verify = _verified(reach)
        self._proxies = _proxies(url, reach)
        self._careful = False
        """Whether the target has closed a connection that was kept: then unsafe calls get a new one."""
        if reach.insecure:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def send(self, method: str, url: str, *, safe: bool, **sent: Any) -> requests.Response:
        """One request; a safe one is repeated at once where a kept connection turns out to be closed.

        Raises Trouble where no whole answer comes.
        """
        if self._careful and not safe:
            self._session.close()
        began = time.monotonic()
        with self._watched():
            try:
                return self._received(method, url, sent)
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                reused = self._wire.reused
                trouble = self._trouble(error, method, url)
        if reused and not self._wire.cut:
            self._careful = True
            self._session.close()
            if safe and time.monotonic() - began < self._reach.timeout:
                return self.send(method, url, safe=safe, **sent)
        raise trouble from None

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """The time of a whole request."""
        self._wire.cut, self._wire.reused = False, False
        with after(self._reach.timeout, self._wire.stop):
            yield

    def _received(self, method: str, url: str, sent: Mapping[str, Any]) -> requests.Response:
        self._session.cookies.clear()
        response = self._session.request(
            method,
            url,
            timeout=self._reach.timeout,
            allow_redirects=False,
            stream=True,
            verify=self._verify,
            cert=self._reach.cert,
            proxies=self._proxies,
            **sent,
        )
        try:
            body = self._body(response, f"{method} {url}")
        except BaseException:
            response.close()
            raise
        vars(response).update(_content=body, _content_consumed=True)
        return response

    def _body(self, response: requests.Response, what: str) -> bytes:
        parts, size = [], 0
        for part in response.raw.stream(_CHUNK, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > LARGEST:
                raise _Unreadable(f"{what}: the answer is larger than {LARGEST // 1_000_000} MB")
        if self._wire.cut:
            raise _Unreadable(self._slow(what))
        return b"".join(parts)

    def _slow(self, what: str) -> str:
        return f"{what}: no whole answer within {self._reach.timeout:g} s"

    def _trouble(self, error: Exception, method: str, url: str) -> Trouble:
        """What went wrong, without the libraries' wrapping."""
        what = f"{method} {url}"
        if self._wire.cut or isinstance(error, requests.Timeout):
            return Trouble(self._slow(what), slow=True)
        if isinstance(error, _Unreadable):
            return Trouble(str(error), passes=False)
        return _unreached(error, what)


def _unreached(error: Exception, what: str) -> Trouble:
    """Why a call did not arrive, or its answer did not."""
    if isinstance(error, requests.exceptions.SSLError):
        return Trouble(f"{what}: TLS failed: {_innermost(error)}", arrived=False, away=True)
    if isinstance(error, requests.exceptions.ProxyError):
        return Trouble(f"{what}: the proxy does not let it through: {_innermost(error)}", arrived=False)
    if _has(error, NewConnectionError):
        return Trouble(f"{what}: cannot connect", arrived=False, away=True)
    if isinstance(error, ValueError):  # what is wrong with a head; all else of it is wrapped
        return _odd(error, what)
    if _is_too_long(error):
        return Trouble(f"{what}: the head of the answer is larger than is read", passes=False)
    return Trouble(f"{what}: the connection was closed without a whole answer that can be read")


def _odd(error: ValueError, what: str) -> Trouble:
    """A call that cannot be sent, or a head of an answer that cannot be understood."""
    if getattr(error, "request", None) is None:
        return Trouble(f"{what}: cannot be sent: {error}", arrived=False, passes=False)
    return Trouble(f"{what}: the head of the answer is wrong: {error}", passes=False)


def _is_too_long(error: Exception) -> bool:
    """Whether an answer has more header fields, or a longer one, than Python's parser takes."""
    inner: Any = error
    for _ in range(6):
        if isinstance(inner, http.client.LineTooLong) or type(inner) is http.client.HTTPException:
            return True
        inner = next((one for one in getattr(inner, "args", ()) if isinstance(one, Exception)), None)
    return False


class _Unreadable(OSError):
    """An answer that is not taken."""


def _has(error: BaseException, kind: type[BaseException]) -> bool:
    """Whether an exception of a kind is somewhere inside another."""
    inner: Any = error
    for _ in range(6):
        if isinstance(inner, kind):
            return True
        inner = _inside(inner)
    return False


def _inside(error: Any) -> Any:
    """What an exception wraps."""
    reason = getattr(error, "reason", None)
    if reason is not None:
        return reason
    return next(iter(getattr(error, "args", ())), None)


def _innermost(error: BaseException) -> str:
    """The words of the exception that is at the bottom of others."""
    inner: Any = error
    for _ in range(6):
        below = _inside(inner)
        if not isinstance(below, BaseException):
            break
        inner = below
    return str(inner)[:300]


def _verified(reach: Reach) -> bool | str:
    if reach.insecure:
        return False
    for name in (reach.ca, os.environ.get("REQUESTS_CA_BUNDLE"), os.environ.get("SSL_CERT_FILE")):
        if name:
            return name
    return True


def _proxies(url: str, reach: Reach) -> dict[str, str]:
    """The proxy that was named; else the environment's, for other machines than this one."""
    if reach.proxy is not None:
        return {"http": reach.proxy, "https": reach.proxy}
    if is_loopback(urlsplit(url).hostname):
        return {}
    return dict(get_environ_proxies(url))
