"""One routed request in a world that several processes share: its turns, and what goes wrong between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from troth.contracts.contract.scenarios import Fault
from troth.mock_server.answering import answer
from troth.mock_server.preferences import preferences_of, without_twins
from troth.mock_server.routing import Match
from troth.mock_server.sessions import Session, Sessions
from troth.mock_server.wire import Request, Response

Result = TypeVar("Result")
_LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})


class SharedCall:
    """A request on its way. What a turn does may be done again, where another process was faster."""

    def __init__(self, sessions: Sessions, session: Session, match: Match, request: Request) -> None:
        self._sessions, self._session, self._match = sessions, session, match
        self._asked, self._request = request, without_twins(request)
        self._operation: str | None = None
        if match.operation is not None:
            self._operation = match.operation.id
        self.faults: Sequence[Fault] = ()
        self.wait = 0.0
        """Seconds before the answer."""

    def begun(self) -> Response | None:
        """The answer; None: it comes after a wait, by ``ended``."""
        return self._turn(self._first)

    def ended(self) -> Response:
        """The answer after the wait."""
        return self._turn(self._answer)

    def _turn(self, work: Callable[[], Result]) -> Result:
        writing, what = self._asked.method not in _LOOKING, self._operation or ""
        return self._sessions.run(self._session, work, writing=writing, what=what)

    def _first(self) -> Response | None:
        self.faults = self._session.faults.drawn(self._operation)
        self.wait = self._session.faults.delay(self.faults)
        if self.wait:
            return None
        return self._answer()

    def _answer(self) -> Response:
        wishes = preferences_of(self._asked.headers, self._asked.query)
        return answer(self._session, self._match, self._request, wishes, self.faults).response
