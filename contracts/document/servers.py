"""Where an API is: the paths of its servers, those of a path or an operation before those of the document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product
from urllib.parse import urlsplit

from troth.contracts.document.pointers import listing, mapping
from troth.contracts.model import Node, Schema

MOST = 32
"""How many combinations of values of variables are looked at."""


def base_paths(*owners: Node) -> tuple[str, ...]:
    """The paths of all servers of the first owner that has some (operation, path, document), each once."""
    for owner in owners:
        servers = listing(owner, "servers")
        if servers:
            found = [path for server in servers for path in _paths(server)]
            return tuple(dict.fromkeys(found)) or ("",)
    return ("",)


def hosts(document: Node) -> tuple[str, ...]:
    """The names of the machines that the servers of a document are said to be on, each once."""
    found: dict[str, None] = {}
    for server in listing(document, "servers"):
        for url in _urls(server):
            try:
                name = urlsplit(url).hostname
            except ValueError:  # no URL at all
                continue
            if name:
                found[name] = None
    return tuple(found)


def _paths(server: Node) -> Iterator[str]:
    """The paths of one server, for every value that its variables are said to have."""
    for url in _urls(server):
        yield _path(url)


def _urls(server: Node) -> Iterator[str]:
    """The URLs of one server."""
    if not isinstance(server, Mapping):
        return
    url, variables = str(server.get("url", "")), mapping(server, "variables")
    used = {name: _values(variables[name]) for name in variables if "{" + str(name) + "}" in url}
    for chosen in islice(product(*used.values()), MOST):
        text = url
        for name, value in zip(used, chosen, strict=True):
            text = text.replace("{" + str(name) + "}", value)
        yield text


def _values(variable: Schema) -> list[str]:
    """The values of a variable, its default first."""
    if not isinstance(variable, Mapping):
        return [""]
    values = [str(value) for value in (variable.get("default", ""), *listing(variable, "enum"))]
    return list(dict.fromkeys(values))


def _path(url: str) -> str:
    try:
        split = urlsplit(url)
    except ValueError:  # no host is written so; what of it is a path, nobody can tell
        return ""
    path = split.path
    if not split.scheme and not split.netloc:
        path = _without_host(path)
    path = path.strip("/")
    if path in ("", "."):
        return ""
    return f"/{path.removeprefix('./')}"


def _without_host(path: str) -> str:
    """A path without the host of a URL whose author left out the scheme (``api.example.com/v1``)."""
    first, slash, rest = path.partition("/")
    if "." in first.strip("."):
        return slash + rest
    return path
