"""Documents that are named by a URL: fetched, and read like files that refer to nothing beside them."""

from __future__ import annotations

import re
from atexit import register
from collections.abc import Mapping
from functools import cache
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from time import monotonic
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from troth.contracts.document.source import LIMIT, is_json_text
from troth.contracts.errors import UsageError

PATIENCE, LONGEST = 20.0, 120.0
"""Seconds without a byte, and seconds in all, after which a server is given up."""

ACCEPT = "application/vnd.oai.openapi, application/yaml, application/json, text/plain;q=0.9, */*;q=0.5"

ALONE = "leads to a file; a document that is named by a URL is read alone"
"""What is said of its references to others."""

_AT_ONCE = 65_536
_URLS: dict[Path, str] = {}
_CONDITIONS: dict[str, dict[str, str]] = {}
"""The headers that ask whether what is at a URL has changed (RFC 9110, section 13.1)."""
_VALIDATORS = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
_UNCHANGED = 304


def is_url(spec: str) -> bool:
    """Whether a document is named by a URL."""
    return spec.lower().startswith(("http://", "https://"))


def named(path: Path) -> str:
    """How messages call a file: by the URL that it came from, or its path."""
    return _URLS.get(path, str(path))


def is_fetched(path: Path) -> bool:
    """Whether a file came from a URL: it may refer to nothing on this machine."""
    return path in _URLS


@cache
def fetch(url: str) -> Path:
    """The document at a URL, as a file that is there as long as this process. Raises UsageError."""
    try:
        split = urlsplit(url)
    except ValueError as error:
        raise UsageError(f"{url} is no URL: {error}") from None
    if split.username is not None:
        shown = re.sub(r"//[^/@]*@", "//…@", url)
        raise UsageError(f"{shown}: credentials in a URL are not sent; save the document as a file")
    content = _content(url, {})
    assert content is not None
    folder = Path(mkdtemp(prefix="troth-"))
    register(rmtree, folder, ignore_errors=True)
    host = re.sub(r"[^\w.-]", "_", split.hostname or "")
    path = folder / (host.strip(".") or "host") / _file_name(split.path, content)
    path.parent.mkdir()
    path.write_bytes(content)
    _URLS[path] = url
    return path


def fetch_again(path: Path) -> None:
    """Put into a fetched file what is at its URL now, if it is something else. Raises UsageError."""
    url = _URLS[path]
    content = _content(url, _CONDITIONS.get(url, {}))
    if content is None or content == path.read_bytes():
        return
    new = path.with_name(f"{path.name}.new")
    new.write_bytes(content)
    new.replace(path)


def _content(url: str, conditions: Mapping[str, str]) -> bytes | None:
    """What is there; None where it is as it was on these conditions. Raises UsageError."""
    opener = OpenerDirector()
    for handler in (
        *(ProxyHandler(), HTTPHandler(), HTTPSHandler(), HTTPDefaultErrorHandler()),
        *(HTTPRedirectHandler(), HTTPErrorProcessor(), UnknownHandler()),
    ):
        opener.add_handler(handler)
    request = Request(url, headers={"Accept": ACCEPT, "User-Agent": "troth", **conditions})  # noqa: S310
    try:
        with opener.open(request, timeout=PATIENCE) as answer:
            content = _read(url, answer)
            kind = answer.headers.get_content_type()
            asks = {ask: answer.headers[name] for name, ask in _VALIDATORS.items() if answer.headers[name]}
    except HTTPError as error:
        if error.code == _UNCHANGED:
            return None
        raise UsageError(f"{url} cannot be fetched: it answers {error.code} {error.reason}") from None
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise UsageError(f"{url} cannot be fetched: {reason}") from None
    if kind == "text/html" and content.lstrip().startswith(b"<"):
        raise UsageError(f"{url} is a web page; name the URL of the OpenAPI document itself")
    _CONDITIONS[url] = asks
    return content


def _read(url: str, answer: HTTPResponse) -> bytes:
    """The body, as long as there is not too much of it. Raises UsageError."""
    parts, size, until = [], 0, monotonic() + LONGEST
    while part := answer.read1(_AT_ONCE):
        parts.append(part)
        size += len(part)
        if size > LIMIT:
            raise UsageError(f"{url} has more than {LIMIT:,} bytes; no more are read")
        if monotonic() > until:
            raise UsageError(f"{url} was not read in {LONGEST:.0f} seconds")
    return b"".join(parts)


def _file_name(path: str, content: bytes) -> str:
    """The last segment of a path, with the ending that its content has."""
    last = re.sub(r"[^\w.-]", "_", path.rpartition("/")[2])
    stem = Path(last).stem.strip("._")[:100] or "openapi"
    return stem + (".json" if is_json_text(content.decode("utf-8-sig", "replace")) else ".yaml")
