"""Keeps nonces and sessions in memory, for one process and for tests."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from parlour.core.room import Account
from parlour.runtime.identity.session_store import Change, Nonce, Session

KEPT_AFTER_END_MS = 7 * 24 * 3_600_000
"""Sessions that are over stay a week, for other processes and for support; those that delegated to a key for good."""


class MemorySessionStore:
    """Implements SessionStore. No method awaits between reading and changing, so each is atomic on one event loop."""

    def __init__(self) -> None:
        self._nonces: dict[str, Nonce] = {}
        self._sessions: dict[str, Session] = {}
        self._tokens: dict[bytes, str] = {}

    async def add_nonce(self, nonce: Nonce, now: int, cap: int) -> bool:
        if len(self._nonces) >= cap:
            self._drop_expired_nonces(now)
        if len(self._nonces) >= cap:
            return False
        self._nonces[nonce.value] = nonce
        return True

    async def nonce(self, value: str) -> Nonce | None:
        return self._nonces.get(value)

    async def open(self, nonce: str, session: Session, token_hash: bytes) -> bool:
        if self._nonces.pop(nonce, None) is None:
            return False
        self._sessions[session.id] = replace(session)
        self._tokens[token_hash] = session.id
        return True

    async def by_token(self, token_hash: bytes) -> Session | None:
        return await self.by_id(self._tokens.get(token_hash, ""))

    async def by_id(self, session_id: str) -> Session | None:
        session = self._sessions.get(session_id)
        return replace(session) if session else None

    async def by_keys(self, account: Account, addresses: Collection[str]) -> list[Session]:
        return [s for s in await self.delegations(account) if s.session_key in addresses]

    async def rotate(self, session_id: str, old: bytes, new: bytes, expires_at: int, now: int) -> bool:
        session = self._sessions.get(session_id)
        if session is None or not _live(session, now) or self._tokens.get(old) != session_id:
            return False
        del self._tokens[old]
        self._tokens[new] = session_id
        session.expires_at, session.changed_at = expires_at, max(now, session.changed_at + 1)
        return True

    async def end(self, session_id: str, by: str, now: int) -> bool:
        session = self._sessions.get(session_id)
        if session is None or session.ended_at is not None:
            return False
        session.ended_at, session.ended_by, session.changed_at = now, by, max(now, session.changed_at + 1)
        return True

    async def live(self, account: Account, now: int) -> list[Session]:
        mine = [s for s in self._sessions.values() if s.account == account and _live(s, now)]
        return [replace(s) for s in sorted(mine, key=lambda s: (-s.created_at, s.id))]

    async def changed(self, since: int) -> list[Change]:
        recent = (s for s in self._sessions.values() if s.changed_at >= since and s.changed_at > s.created_at)
        return [Change(s.id, s.changed_at, s.ended_by) for s in recent]

    async def delegations(self, account: Account) -> list[Session]:
        mine = [s for s in self._sessions.values() if s.account == account and s.session_key is not None]
        return [replace(s) for s in sorted(mine, key=lambda s: (s.created_at, s.id))]

    async def sweep(self, now: int) -> None:
        self._drop_expired_nonces(now)
        gone = {s.id for s in self._sessions.values() if s.session_key is None and _over(s) < now - KEPT_AFTER_END_MS}
        self._sessions = {id: s for id, s in self._sessions.items() if id not in gone}
        self._tokens = {token: id for token, id in self._tokens.items() if id not in gone}

    def _drop_expired_nonces(self, now: int) -> None:
        self._nonces = {value: nonce for value, nonce in self._nonces.items() if nonce.expires_at > now}


def _live(session: Session, now: int) -> bool:
    return session.ended_at is None and session.expires_at > now


def _over(session: Session) -> int:
    return session.ended_at if session.ended_at is not None else session.expires_at
