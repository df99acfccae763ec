"""AuditRecord: a change that somebody with a server role made, written in the change's own transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from parlour.core.room import Account

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One change.

    Attributes:
        by: the operator's account, or `app:<name>` of an API key.
        id: the request's; with `by` and `what` it is unique, so that a retry is answered and not done again.
        what: the change, such as `room.close`.
        whom: the room, account, chain or other thing that was changed.
        reason: as the operator gave it.
        remote: the address that the request came from.
        at: when (ms since 1970).
        asked: the request's body, canonical; only its salted hash is stored.
        before, after: what the change replaced and what holds since; None where the log of a room says so.
        answer: what the request was answered, and is again.
    """

    by: Account
    id: str
    what: str
    whom: str
    reason: str
    remote: str
    at: int
    asked: bytes = b""
    before: Json | None = None
    after: Json | None = None
    answer: Json | None = None

    def answered(self, answer: Json) -> AuditRecord:
        """Return the record with an answer, where it has none yet."""
        return self if self.answer is not None else replace(self, answer=answer)

    def texts(self) -> Json:
        """Return what can be erased later: the chain of hashes holds no more of it than a salted hash."""
        return {
            "whom": self.whom,
            "reason": self.reason,
            "remote": self.remote,
            "before": self.before,
            "after": self.after,
        }
