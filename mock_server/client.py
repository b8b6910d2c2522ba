"""A mock as tests see it: where it is, and the control API in plain calls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any, TypeAlias
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

from troth.contracts.errors import TargetError, UsageError
from troth.mock_server.session_names import check_name

Value: TypeAlias = Any
"""A JSON value as :mod:`json` reads it."""

PATIENCE = 60.0
"""Seconds that a call may take."""


class MockClient:
    """One session of a mock that is being served (without a name: the one of requests that name none).

    ``root`` is the URL of the mock, ``url`` where the API is in this session: what a client of the API is
    given. Calls raise UsageError where the mock refuses them and TargetError where it is not there.
    """

    def __init__(self, root: str, session: str = "", *, prefix: str = "", token: str | None = None) -> None:
        self._server, self._prefix, self._token = root.rstrip("/"), prefix, token
        self.name = session
        self.root = self._server
        if session:
            self.root = f"{self._server}/~{session}"
        self.url = self.root + prefix
        self._open = build_opener(ProxyHandler({})).open

    def session(self, name: str, scenario: str | None = None) -> MockClient:
        """A world of its own; begun (again) with a scenario where one is named.

        Raises UsageError for what is no name of a session; without one, the world would be everybody's.
        """
        check_name(name)
        found = MockClient(self._server, name, prefix=self._prefix, token=self._token)
        if scenario is not None:
            found.reset(scenario)
        return found

    def end(self) -> None:
        """Forget this session, if it has a name."""
        if self.name:
            self._call("DELETE", f"sessions/{quote(self.name)}")

    def reset(self, scenario: str | None = None) -> Value:
        """Start again: records, clock, journal and faults. Gives the scenario and the numbers of records."""
        body = {}
        if scenario is not None:
            body = {"scenario": scenario}
        return self._call("POST", "reset", body)

    @property
    def state(self) -> Value:
        """Every record by API and resource: ``state["puffle"]["Campaign"][0]["data"]``."""
        return self._call("GET", "state")

    def records(self, resource: str) -> Value:
        """The records of a resource."""
        return self._call("GET", f"state/{quote(resource)}")

    def record(self, resource: str, id: str) -> Value:
        """One record: ``{"id": …, "data": {…}, "hidden": {…}}``."""
        return self._call("GET", _at(resource, id))

    def put(self, resource: str, id: str, data: Mapping[str, Value], **more: Value) -> Value:
        """Make a record, or put another in its place; ``hidden`` and ``parent`` may be said."""
        return self._call("PUT", _at(resource, id), {"data": data, **more})

    def change(self, resource: str, id: str, data: Mapping[str, Value], **more: Value) -> Value:
        """Change some properties of a record (RFC 7396); no rule is asked."""
        return self._call("PATCH", _at(resource, id), {"data": data, **more})

    def delete(self, resource: str, id: str) -> Value:
        """Take a record away."""
        return self._call("DELETE", _at(resource, id))

    def moves(self, resource: str, id: str) -> Value:
        """The operations that start from the state of a record, and where they lead."""
        return self._call("GET", f"{_at(resource, id)}/moves")

    def move(self, resource: str, id: str, operation: str | None = None, **how: Value) -> Value:
        """Call an operation that moves a record (``body=``), or put it into a state (``to=``)."""
        if operation is not None:
            how["operation"] = operation
        return self._call("POST", f"{_at(resource, id)}/moves", how)

    @property
    def clock(self) -> Value:
        """``{"now": …, "frozen": …, "next": …}``."""
        return self._call("GET", "clock")

    def advance(self, time: float | str) -> Value:
        """Let time pass: seconds, or a duration (``"P1DT2H"``)."""
        return self._call("POST", "clock", {"advance": time})

    def freeze(self, still: bool = True) -> Value:
        """Let time stand still, or go on."""
        return self._call("POST", "clock", {"freeze": still})

    def next_move(self) -> Value:
        """Let time pass up to the next move that comes by itself."""
        return self._call("POST", "clock", {"next": True})

    def fault(self, operation: str | list[str] | None = None, **what: Value) -> Value:
        """Let calls go wrong: ``status``, ``example``, ``delay``, ``cut``, ``rate``; ``times``, ``chance``,
        ``seconds``. Gives the faults that there are."""
        if operation is not None:
            what["operation"] = operation
        return self._call("POST", "faults", what)

    def mend(self) -> None:
        """Nothing goes wrong any more."""
        self._call("DELETE", "faults")

    def calls(self, **such: Value) -> Value:
        """The calls that were made, the oldest first: ``operation=``, ``method=``, ``path=``, ``status=``."""
        query = urlencode(
            {name: str(value).lower() if value is True else value for name, value in such.items()}
        )
        return self._call("GET", f"journal?{query}")

    def verify(self, operation: str | None = None, **such: Value) -> None:
        """That there were such calls (``times=``, ``at_least=``, ``at_most=``, ``body=``, ``status=``, …).

        Raises AssertionError with those that come near.
        """
        if operation is not None:
            such["operation"] = operation
        found = self._call("POST", "verify", such)
        if not found["verified"]:
            raise AssertionError(found["says"])

    def save(self, name: str = "saved") -> Value:
        """Save everything that is stored, and the time."""
        return self._call("PUT", f"snapshots/{quote(name)}")

    def restore(self, name: str = "saved") -> Value:
        """Go back to what was saved. Gives the scenario and the numbers of records."""
        return self._call("POST", f"snapshots/{quote(name)}/restore")

    def _call(self, method: str, path: str, body: Value = None) -> Value:
        headers = {"Content-Type": "application/json"}
        if self._token is not None:
            headers["X-Mock-Token"] = self._token
        data = None
        if body is not None:
            data = json.dumps(body).encode()
        try:
            request = Request(f"{self.root}/__mock/{path}", data, headers, method=method)  # noqa: S310
            with self._open(request, timeout=PATIENCE) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                raise UsageError(_why(error)) from None
        except (OSError, HTTPException, ValueError) as error:
            raise TargetError(f"there is no mock at {self._server}: {error}") from None


def _at(resource: str, id: str) -> str:
    return f"state/{quote(resource)}/{quote(id, safe='')}"


def _why(error: HTTPError) -> str:
    """What the mock says to a call that it refuses."""
    try:
        said = json.load(error)
        why = str(said["error"])
    except (ValueError, KeyError, TypeError):
        return f"{error.code} {error.reason}"
    if said.get("valid") and "valid: " not in why:
        why += f"; valid: {', '.join(said['valid'])}"
    return why
