"""AuditTrail: what stores of audit rows can do besides writing them with a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from parlour.core.audit.hash_chain import SealedRow
from parlour.core.room import Account

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A row as operators read it.

    Attributes:
        row: the order of writing.
        whom, reason, remote: None once they are erased.
        n, hash: None until the row is sealed.
    """

    row: int
    by: Account
    id: str
    what: str
    at: int
    whom: str | None
    reason: str | None
    remote: str | None
    before: Json | None
    after: Json | None
    n: int | None
    hash: bytes | None

    def to_json(self) -> Json:
        """Make the object of `GET /api/admin/audit`."""
        return {
            "by": self.by,
            "id": self.id,
            "what": self.what,
            "at": self.at,
            "whom": self.whom,
            "reason": self.reason,
            "from": self.remote,
            "before": self.before,
            "after": self.after,
            "n": self.n,
            "hash": None if self.hash is None else "0x" + self.hash.hex(),
        }


@dataclass(frozen=True, slots=True)
class Earlier:
    """A request that was done before.

    Attributes:
        same: whether it asked for the same.
        answer: what it was answered.
    """

    same: bool
    answer: Json


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which rows; None for all. `what` ends with a dot for every change of a kind; `before` is a row, excluded."""

    by: Account | None = None
    what: str | None = None
    before: int | None = None


class AuditTrail(Protocol):
    """Reads and seals audit rows. Every method may raise StoreError."""

    async def earlier(self, by: Account, id_: str, what: str, asked: bytes) -> Earlier | None:
        """Return what came of an operator's request with this id, if it was done before."""

    async def page(self, query: AuditQuery, limit: int) -> Sequence[AuditEntry]:
        """Return rows, the newest first."""
        ...

    async def seal(self, limit: int) -> int:
        """Chain the oldest rows that are not sealed; return how many. One process at a time does it."""
        ...

    async def sealed(self, after: int, limit: int) -> Sequence[SealedRow]:
        """Return sealed rows in the order of the chain."""
        ...

    async def head(self) -> tuple[int, bytes]:
        """Return the place and hash of the last sealed row."""
        ...

    async def unsealed(self) -> int:
        """Count the rows that wait for the sealer."""
        ...
