"""How often a target is asked again, and when it is given up: one operation, or all of it."""

from __future__ import annotations

import math
import re
from collections import Counter
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

from troth.contracts.check.budget import Budget
from troth.contracts.check.exchange import Exchange
from troth.contracts.check.settings import RETRIES
from troth.contracts.check.troubles import RunEnded, Trouble

LIMITED = 5
"""So often at least, where the target says that it is called too fast."""

LONGEST = 60.0
"""Seconds that a target may ask to wait for at most."""

FIRST = 0.2
"""Seconds before the first repetition; twice as long before each further one."""

GIVEN_UP = 3
"""Troubles in a row after which an operation is not called any more."""

LOST = 12
"""Troubles in a row, whatever was called, after which the target counts as lost."""

_BUSY = {
    502: "a gateway has no good answer",
    503: "the service is unavailable",
    504: "a gateway got no answer",
}


def backoff(attempt: int) -> float:
    """Seconds before a repetition."""
    return min(FIRST * math.pow(2, attempt), 5.0)


def trouble_of(exchange: Exchange, *, unpaced: bool) -> Trouble | None:
    """What an answer says of the target rather than of the call; None where it answers the call."""
    status, operation = exchange.reply.status, exchange.operation
    what = f"{operation.method} {operation.path}: answered {status}"
    if status == 429 and not unpaced:
        return Trouble(f"{what}: it is called too fast", arrived=False, wait=retry_after(exchange) or 1.0)
    if status in _BUSY:
        return Trouble(f"{what}: {_BUSY[status]}", wait=retry_after(exchange), refused=status == 503)
    if status in (301, 302, 303, 307, 308) and operation.response(status) is None:
        place = _joined(exchange.url, exchange.reply.headers.get("location", ""))
        hint = "give the target's right URL; no redirect is followed"
        return Trouble(f"{what}, a redirect to {place}; {hint}", arrived=False, passes=False)
    return None


def _joined(url: str, location: str) -> str:
    """Where a redirect leads; as it is written, where that is no reference (RFC 9110, section 10.2.2)."""
    try:
        return urljoin(url, location)
    except ValueError:
        return location


def retry_after(exchange: Exchange) -> float | None:
    """The seconds that an answer asks to wait, as a number or as a date (RFC 9110, 10.2.3), up to a limit."""
    text = exchange.reply.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,15}", text):
        return min(float(text), LONGEST)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), LONGEST)


def _lost(trouble: Trouble) -> RunEnded:
    return RunEnded(f"the target is lost: {trouble}", lost=True, may_have_made=trouble.may_have_made)


class Patience:
    """Counts troubles, and says when there is no point in going on."""

    def __init__(self, budget: Budget, retries: int = RETRIES) -> None:
        self.retries, self._budget = retries, budget
        self.troubles: Counter[str] = Counter()
        """What was wrong, how often."""
        self._of_operation: Counter[str] = Counter()
        self._in_a_row = 0
        self._last: Trouble | None = None
        self._why: dict[str, str] = {}

    def forgive(self) -> None:
        """Everything may be tried again."""
        self._of_operation.clear()
        self._in_a_row = 0

    def require(self, operation: str) -> None:
        """Raises Trouble where an operation has been given up."""
        if self._of_operation[operation] >= GIVEN_UP:
            why = self._why[operation]
            raise Trouble(f"{operation} is not called any more: {why}", arrived=False, passes=False)

    def require_life(self) -> None:
        """Raises RunEnded where nothing has answered since several operations were given up."""
        if self._in_a_row >= 2 * GIVEN_UP and self._last is not None:
            raise _lost(self._last)

    def answered(self, operation: str) -> None:
        """An operation has answered."""
        self._in_a_row = 0
        del self._of_operation[operation]

    def repeats(self, operation: str, trouble: Trouble, attempt: int, *, safe: bool) -> bool:
        """Whether a call is to be sent again at once. Raises RunEnded where the target is lost."""
        self.troubles[str(trouble)] += 1
        self._in_a_row += 1
        self._last = trouble
        most = self.retries
        if trouble.wait is not None and not trouble.arrived:
            most = max(self.retries, LIMITED)
        if trouble.slow:
            most = min(self.retries, 1)
        if self._is_repeated(trouble, safe=safe) and attempt < most:
            return True
        if self._budget.lifted:
            return False
        if trouble.away or self._in_a_row >= LOST:
            raise _lost(trouble)
        self._of_operation[operation] += 1
        self._why[operation] = str(trouble)
        return False

    def _is_repeated(self, trouble: Trouble, *, safe: bool) -> bool:
        """Whether sending it twice does no harm."""
        if not trouble.passes:
            return False
        return safe or not trouble.arrived
