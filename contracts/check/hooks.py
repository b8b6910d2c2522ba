"""A Python file of the target's own: records that it provides, headers of each call, checks of each answer.

def provide(resource, state): ...        # the id of a record in that state, to be changed freely; or None
def withdraw(resource, id): ...          # what was provided is not needed any more
def before(request): ...                 # headers to send with this call, as a dict; or None
def after(request, response): ...        # told of each answer
def check_NAME(request, response): ...   # what is wrong with an answer, as a text; or None
"""

from __future__ import annotations

import importlib.util
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from troth.contracts.check.exchange import Exchange
from troth.contracts.contract import Contract
from troth.contracts.document.hints import did_you_mean
from troth.contracts.errors import TargetError, UsageError
from troth.contracts.model import Json
from troth.contracts.promises.promise import Promise

CHECK = "check_"
NAMES = ("provide", "withdraw", "before", "after")


@dataclass(frozen=True)
class Request:
    """A call as hooks see it; ``authenticated``: whether it is sent with the right token."""

    operation: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    authenticated: bool


@dataclass(frozen=True)
class Response:
    """An answer as hooks see it; ``json`` is None where the body is not JSON."""

    status: int
    headers: Mapping[str, str]
    json: Json
    text: str


@dataclass(frozen=True)
class Hooks:
    """What the file has."""

    path: Path | None = None
    known: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    @property
    def checks(self) -> list[str]:
        """The names of the checks."""
        return [name.removeprefix(CHECK) for name in self.known if name.startswith(CHECK)]

    def promises(self, contract: Contract) -> Iterator[Promise]:
        """A promise for each operation and check: no answer is wrong by it."""
        for operation in contract.operations.values():
            for name in self.checks:
                said = (self.known[CHECK + name].__doc__ or "").strip().partition("\n")[0]
                says = f"every answer of {operation.id} passes the check {name}"
                if said:
                    says += f": {said}"
                yield Promise(f"{operation.id}/check/{name}", operation.id, says, operation.pointer)

    def provided(self, resource: str, state: str | None) -> str | None:
        """The id of a record that was provided for the check."""
        found = self._call("provide", resource, state)
        if not isinstance(found, (str, int, type(None))):
            raise TargetError(f"{self.path}: provide({resource!r}, {state!r}) gave {found!r}, and no id")
        return None if found is None else str(found)

    def withdraw(self, resource: str, id: str) -> None:
        """Tell that a provided record is not needed any more."""
        self._call("withdraw", resource, id)

    def headers(self, request: Request) -> dict[str, str]:
        """Headers to send with a call."""
        found = self._call("before", request)
        if found is None:
            return {}
        if not isinstance(found, Mapping):
            raise TargetError(
                f"{self.path}: before({request.operation}) gave {found!r}, and no dict of headers"
            )
        return {str(name): str(value) for name, value in found.items()}

    def judge(self, exchange: Exchange) -> Iterator[tuple[str, str | None]]:
        """Each check by its name, with what it finds wrong with an answer."""
        reply, prepared = exchange.reply, exchange.response.request
        sent = Request(
            exchange.operation.id,
            exchange.operation.method,
            exchange.url,
            dict(prepared.headers),
            exchange.payload,
            exchange.token == "right",  # noqa: S105
        )
        response = Response(reply.status, reply.headers, _json(exchange), exchange.text)
        self._call("after", sent, response)
        for name in self.checks:
            said = self._call(CHECK + name, sent, response)
            yield name, None if said in (None, True) else str(said)

    def _call(self, name: str, *args: Any) -> Any:
        if name not in self.known:
            return None
        try:
            return self.known[name](*args)
        except Exception as error:  # noqa: BLE001 - it is the user's own code
            last = traceback.extract_tb(error.__traceback__)[-1]
            what = f"{type(error).__name__}: {error}"
            raise TargetError(f"{last.filename}:{last.lineno}: {name} failed: {what}") from None


def hooks_of(path: Path) -> Hooks:
    """The hooks of a file. Raises UsageError where it cannot be used."""
    spec = importlib.util.spec_from_file_location("troth_hooks", path)
    if not path.is_file() or spec is None:
        raise UsageError(f"hooks: there is no Python file {path}")
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # noqa: BLE001 - it is the user's own code
        raise UsageError(f"{path}: cannot be used: {type(error).__name__}: {error}") from None
    return Hooks(path, dict(_functions(path, module)))


def _functions(path: Path, module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    """What a file has of what may be there; a public function of another name is probably meant to be one."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        if not isinstance(value, FunctionType):
            continue
        if name not in NAMES and not name.startswith(CHECK):
            hint = did_you_mean(name, NAMES)
            raise UsageError(f"{path}: {name} is no hook{hint}; helpers begin with an underscore")
        yield name, value


def _json(exchange: Exchange) -> Json:
    try:
        found: Json = exchange.response.json()
    except ValueError:
        return None
    return found
