"""One control call: what it is about, and how it may fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from troth.contracts.contract import Contract
from troth.contracts.document import did_you_mean
from troth.contracts.model import Json, Resource
from troth.mock_server.sessions import Kept, Session, Sessions


class Controlled(Protocol):
    """What is controlled: the mock."""

    control_token: str | None

    @property
    def sessions(self) -> Sessions: ...


class Refused(Exception):
    """A control call that is not possible: status, why, and what there is instead."""

    def __init__(self, status: int, why: str, valid: tuple[str, ...] = ()) -> None:
        super().__init__(why)
        self.status, self.why, self.valid = status, why, valid


@dataclass(frozen=True)
class Asked:
    """A control call, its body and parameters read as the document declares them."""

    mock: Controlled
    session: Session
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    def resource(self) -> tuple[Contract, Resource, Kept]:
        """The resource that the path names. Raises Refused."""
        name, wanted = self.path["resource"], self.query.get("api")
        if wanted is not None and wanted not in self.session.kept:
            apis = tuple(self.session.kept)
            raise Refused(404, f"there is no API {wanted!r}{did_you_mean(wanted, apis)}", apis)
        known: list[str] = []
        found: list[tuple[Contract, Resource, Kept]] = []
        for api, kept in self.session.kept.items():
            contract = kept.store.contract
            known += contract.resources
            if name in contract.resources and wanted in (None, api):
                found.append((contract, contract.resources[name], kept))
        if len(found) > 1:
            apis = tuple(contract.name for contract, _, _ in found)
            raise Refused(400, f"several APIs have a resource {name!r}: say `api=`", apis)
        if not found:
            raise Refused(404, f"there is no resource {name!r}{did_you_mean(name, known)}")
        return found[0]


Answer = Json
"""What a control call answers, as JSON."""
