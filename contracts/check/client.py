"""HTTP to the tested API: one call out, one exchange back, never faster than it allows."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from troth.contracts.check.budget import Budget
from troth.contracts.check.clock import Clock
from troth.contracts.check.draws import Unavailable
from troth.contracts.check.exchange import WRONG_TOKEN, Exchange
from troth.contracts.check.hooks import Request
from troth.contracts.check.ledger import Intent, Ledger
from troth.contracts.check.patience import Patience, backoff, trouble_of
from troth.contracts.check.safety import is_safe, note, plain
from troth.contracts.check.sameness import Sameness
from troth.contracts.check.secrets import Secrets
from troth.contracts.check.targets import Target
from troth.contracts.check.tokens import Tokens
from troth.contracts.check.transport import Transport
from troth.contracts.check.troubles import RunEnded, Trouble
from troth.contracts.check.wire import path_of, payload_of, query_of, reply_of, texts
from troth.contracts.contract import Contract
from troth.contracts.contract.credentials import VARIABLE, Credential, credentials_of
from troth.contracts.model import Call, Operation
from troth.contracts.promises.calls import form_fields
from troth.contracts.words.limits import policies


@dataclass(frozen=True)
class _Secrets:
    """The values of credentials by where they are sent."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)


class Client:
    """Sends calls to a target, counts them, paces itself, and tells its troubles from its answers."""

    def __init__(
        self,
        contract: Contract,
        target: Target,
        clock: Clock,
        budget: Budget | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        self.contract, self.target, self.clock = contract, target, clock
        self.budget, self.ledger = budget or Budget(), ledger or Ledger()
        self.sent = self.limited = 0
        self.writes = 0
        """Calls that may have changed something, whatever came of them."""
        self.noted: Callable[[Exchange], None] = lambda exchange: None
        """Told of each exchange."""
        self.hooked: Callable[[Exchange], None] = lambda exchange: None
        """The same, for the target's own hooks."""
        self.beside: Callable[[Exchange, str | None, bool], None] = lambda exchange, raw, refused: None
        """Told of each exchange, of a body that is not JSON, and whether it surely changes nothing."""
        self.taken: set[str] = set()
        """The operations of which some call was taken."""
        self.unpaced = False
        self.patience = Patience(self.budget, target.retries)
        self.sameness = Sameness()
        self.known_ids: Callable[[Call], Sequence[str]] = lambda call: ()
        """What a list shows before a call makes something."""
        self.last_unsafe = float("-inf")
        """When something was last sent that may have changed something."""
        self._credentials = _placed(contract, target)
        self._transport = Transport(target.url, target.reach)
        self._tokens = Tokens(target.token, target.source, self._transport)
        self.secrets = Secrets()
        for secret, shown in target.hidden.items():
            self.secrets.keep(secret, shown)
        self._witness: Call | None = None
        """A safe call that was let in."""
        self._times: dict[_Counted, deque[float]] = {}

    def send(
        self,
        call: Call,
        *,
        raw: str | None = None,
        token: str | None = "right",  # noqa: S107
        refused: bool = False,
    ) -> Exchange:
        """Send one call; waits and repeats where the target asks for that. ``refused``: whether the contract
        is certain that it changes nothing.

        Raises Trouble where the target stands in the way, RunEnded where the run is to end.
        """
        operation = self.contract.operations[call.operation]
        if not refused:
            self._require_writes(operation)
        number = None
        if operation.verb == "create":
            intent = Intent(call.operation, plain(call.body), dict(call.path), tuple(self.known_ids(call)))
            number = self.ledger.intend(intent)
        try:
            exchange = self._repeated(operation, call, raw, token)
        except (Trouble, RunEnded) as stopped:
            if number is not None and not stopped.may_have_made:
                self.ledger.settle(number)
            raise
        told = note(self.ledger, self.contract, exchange)
        self.sameness.note(exchange)
        self.noted(exchange)
        self.hooked(exchange)
        if exchange.reply.status < 300:
            self.taken.add(operation.id)
        if number is not None and told:
            self.ledger.settle(number)
        self.beside(exchange, raw, refused)
        return exchange

    def _require_writes(self, operation: Operation) -> None:
        """Raises Unavailable where a call might change what it must not."""
        if is_safe(operation) or self.target.may_write or self.budget.lifted:
            return
        raise Unavailable(
            f"{self.target.name} is only read: --allow-writes, or `writes = true` in troth.toml"
        )

    def _repeated(self, operation: Operation, call: Call, raw: str | None, token: str | None) -> Exchange:
        """Send a call until it is answered, as often as the target's patience goes."""
        safe = is_safe(operation) or (self.budget.lifted and operation.verb == "delete")  # RFC 9110, 9.2.2
        self.patience.require(operation.id)
        for attempt in itertools.count():
            try:
                exchange = self.send_once(call, raw, token)
                busy = trouble_of(exchange, unpaced=self.unpaced)
                if busy is None:
                    self.patience.answered(operation.id)
                    return self._let_in(exchange, raw, token)
                raise busy
            except Trouble as trouble:
                if trouble.wait is not None:
                    self.limited += 1
                if not self.patience.repeats(operation.id, trouble, attempt, safe=safe):
                    raise
                self._wait_for(trouble, attempt)
        raise AssertionError("unreachable")

    def _wait_for(self, trouble: Trouble, attempt: int) -> None:
        """Wait as long as a target asks for, by its own clock, or a little longer each time."""
        if trouble.wait is None:
            self.budget.sleep(backoff(attempt))
        else:
            self.clock.wait(trouble.wait)

    def _let_in(self, exchange: Exchange, raw: str | None, token: str | None) -> Exchange:
        """An answer that refuses the right token may do so because that has expired: is it let in elsewhere?

        Raises RunEnded where it is let in nowhere any more.
        """
        if token != "right" or exchange.token is None:  # noqa: S105
            return exchange
        status, safe = exchange.reply.status, is_safe(exchange.operation)
        if status < 300 and safe and self._witness is None:
            self._witness = exchange.call
        if status != 401:
            self._tokens.taken()
            return exchange
        if self._tokens.renew():
            return self.send_once(exchange.call, raw, token)
        if self._witness is not None:
            again = self.send_once(self._witness, None, token)
            if again.reply.status == 401:
                raise RunEnded("the target refuses the token that it took before: it has expired", lost=True)
        return exchange

    def send_once(self, call: Call, raw: str | None, token: str | None) -> Exchange:
        """Send one call, whatever the answer is; ``raw``: a body that is not JSON. Raises Trouble."""
        operation = self.contract.operations[call.operation]
        credentials = self._credentials[operation.id]
        right = self._tokens.value if token == "right" else None  # noqa: S105
        if token == "right" and not right:  # noqa: S105
            token = None
        secrets = _secrets(credentials, right or (token and WRONG_TOKEN))
        self._keep_secret(credentials, right)
        url = self.target.url + path_of(operation, call.path)
        query = query_of(operation, call.query)
        fields: tuple[tuple[str, str], ...] = ()
        if raw is None and operation.form is not None and isinstance(call.body, Mapping):
            fields = tuple(form_fields(self.contract, operation, call.body))
        payload, media = payload_of(operation, call.body, raw, fields)
        headers = {**self.target.headers, **texts(call.headers), **secrets.headers}
        if payload is not None:
            headers["Content-Type"] = media
        about = operation.id, operation.method, url + query
        headers |= self.target.hooks.headers(Request(*about, headers, payload, token == "right"))  # noqa: S105
        counted = self._pace(operation)
        self.budget.spend(self.sent)
        self.sent += 1
        safe = is_safe(operation)
        if not safe:
            self.writes += 1
            self.last_unsafe = time.monotonic()
        response = self._transport.send(
            operation.method,
            url + query,
            safe=safe,
            params={**self.target.params, **secrets.query},
            data=payload,
            headers=headers,
            cookies={**self.target.cookies, **texts(call.cookies), **secrets.cookies},
        )
        for times in counted:
            times[-1] = self.clock.passed()
        if not safe:
            self.last_unsafe = time.monotonic()
        reply = reply_of(response, f"{operation.method} {url}")
        return Exchange(
            operation,
            call,
            url + query,
            payload,
            token,
            credentials,
            reply,
            response,
            fields,
            tuple(self.target.shown_headers.items()),
            tuple(self.target.shown_params.items()),
            ":" in (right or ""),
            self.secrets,
        )

    def _keep_secret(self, credentials: Sequence[Credential], token: str | None) -> None:
        """Never tell what opens the target, in none of the ways in which it is sent."""
        if not token:
            return
        self.secrets.keep(token, VARIABLE)
        for credential in credentials:
            self.secrets.keep(credential.value(token).removeprefix(credential.prefix), VARIABLE)
            if credential.prefix == "Basic ":
                self.secrets.keep(token.partition(":")[2], VARIABLE)

    def _pace(self, operation: Operation) -> list[deque[float]]:
        """Wait until the quotas of an operation (and the target's ``rate``) allow one more call. Gives when
        those of each quota were made: a server counts when they arrive, between being sent and answered."""
        if self.unpaced:
            return []
        now, wait = self.clock.passed(), 0.0
        quotas = [(p.scope, p.calls, float(p.window)) for p in policies(self.contract, operation)]
        if self.target.rate:
            quotas.append(("", 1, 1 / self.target.rate))
        used = [self._times.setdefault(quota, deque(maxlen=quota[1])) for quota in quotas]
        for (_, calls, window), times in zip(quotas, used, strict=True):
            if len(times) == calls:
                wait = max(wait, times[0] + window * 1.02 - now)
        self.clock.wait(wait)
        for times in used:
            times.append(now + wait)
        return used[:-1] if self.target.rate else used


_Counted: TypeAlias = tuple[str, int, float]
"""What is counted together, how many calls of it are allowed, in how many seconds."""


def _placed(contract: Contract, target: Target) -> dict[str, tuple[Credential, ...]]:
    """Where each operation takes the token: as the target says, else as the document does. A document that
    speaks of no security at all may have forgotten it."""
    declared = {o.id: credentials_of(contract, o) for o in contract.operations.values()}
    named = target.placing
    if target.has_token and not any(declared.values()):
        return dict.fromkeys(declared, (named or Credential("header", "Authorization", "Bearer "),))
    if named is None:
        return declared
    return {id: (named,) if credentials else () for id, credentials in declared.items()}


def _secrets(credentials: Sequence[Credential], secret: str | None) -> _Secrets:
    """What is sent of a token."""
    places: dict[str, dict[str, str]] = {"header": {}, "query": {}, "cookie": {}}
    if secret:
        for credential in credentials:
            places[credential.place][credential.name] = credential.value(secret)
    return _Secrets(places["header"], places["query"], places["cookie"])
