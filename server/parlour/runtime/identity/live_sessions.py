"""Remembers live sessions, and reads from the store which ones ended in another process.

A look-up is a dict's. The changes of other processes are read a few times a second, so that sockets close within one.
Where that reading fails, what is remembered grows old, and the store is asked about every token again.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Callable

import structlog

from parlour.core.room import Account
from parlour.runtime.clock import Clock
from parlour.runtime.identity.session_store import Session, SessionStore
from parlour.runtime.store import StoreError

log = structlog.get_logger()

OVERLAP_MS = 20_000
"""How far back each reading reaches: clocks of two processes may differ, and a slow commit is seen late."""
TRUSTED_MS = 5_000
"""What was last compared with the store longer ago is not trusted: a dozen readings have failed by then."""
REMEMBERED = 100_000
"""Sessions in memory, about 1 kB each: more than sockets of one process."""
SWEEP_MS = 300_000
"""Between two sweeps of the store: expired nonces and sessions are few by then."""

Ended = Callable[[str, str], None]
"""Called with a session's id and `signed_out`, `revoked` or `expired`."""


class LiveSessions:
    """The sessions that this process has seen.

    Args:
        size: how many are remembered; the oldest are forgotten first, and read again when needed.
    """

    def __init__(self, store: SessionStore, clock: Clock, size: int = REMEMBERED) -> None:
        self._store = store
        self._clock = clock
        self._size = size
        self._by_token: OrderedDict[bytes, Session] = OrderedDict()
        """Hash of a token → session, oldest first."""
        self._token_of: dict[str, bytes] = {}
        """Session id → hash of its token."""
        self._with_key: dict[tuple[Account, str], set[str]] = {}
        """(account, address of a session key) → ids of the sessions that delegated to it."""
        self._read_at = clock.now()
        """When (ms) the store's changes were last read."""
        self._listeners: list[Ended] = []
        self._announced: dict[str, int] = {}
        """Id of a session that is over → when (ms) that was announced."""
        self._ends: list[tuple[int, str]] = []
        """A heap of (when it expires, id), one for each session in `_expected`; older ends are passed over."""
        self._expected: dict[str, int] = {}
        """Session id → the end that stands in the heap."""
        self._swept_at = 0
        """When (ms) old rows were last deleted."""

    # ── what is known ────────────────────────────────────────────────────────────────────────────────────────────

    def get(self, token_hash: bytes) -> Session | None:
        """Return a remembered session while memory is up to date with the store; it may have expired."""
        if self._clock.now() - self._read_at >= TRUSTED_MS:
            return None
        return self._by_token.get(token_hash)

    def with_key(self, account: Account, address: str) -> list[Session]:
        """Return the account's remembered sessions with this key; none while memory may be out of date."""
        if self._clock.now() - self._read_at >= TRUSTED_MS:
            return []
        return [self._by_token[self._token_of[one]] for one in self._with_key.get((account, address), ())]

    def is_over(self, session_id: str) -> bool:
        """Return whether the session's end was announced; a store answer from before is then out of date."""
        return session_id in self._announced

    def remember(self, token_hash: bytes, session: Session) -> None:
        """Remember a session under its token until its end."""
        self.forget(session.id)
        self._by_token[token_hash] = session
        self._token_of[session.id] = token_hash
        if session.session_key is not None:
            self._with_key.setdefault((session.account, session.session_key), set()).add(session.id)
        if len(self._by_token) > self._size:
            self.forget(next(iter(self._by_token.values())).id)
        self._expect_end(session)

    def forget(self, session_id: str, before: int | None = None) -> None:
        """Forget a session; with `before` (ms) only what was remembered before that change."""
        token_hash = self._token_of.get(session_id)
        if token_hash is None or (before is not None and self._by_token[token_hash].changed_at >= before):
            return
        session = self._by_token.pop(token_hash)
        del self._token_of[session_id]
        if session.session_key is not None:
            key = (session.account, session.session_key)
            self._with_key[key].discard(session_id)
            if not self._with_key[key]:
                del self._with_key[key]

    # ── how sessions end ─────────────────────────────────────────────────────────────────────────────────────────

    def on_end(self, listener: Ended) -> None:
        """Call `listener` once for every session that ends."""
        self._listeners.append(listener)

    def announce_end(self, session_id: str, reason: str) -> None:
        """Call every listener, once for each session; the others are called also when one raises."""
        if session_id in self._announced:
            return
        self._announced[session_id] = self._clock.now()
        for listener in self._listeners:
            try:
                listener(session_id, reason)
            except Exception:
                log.exception("sign_in.listener_failed", session=session_id)

    async def look(self) -> None:
        """Read once what other processes changed, and delete old rows now and then; raises StoreError."""
        await self.read_changes()
        if self._clock.now() - self._swept_at > SWEEP_MS:
            self._swept_at = self._clock.now()
            await self._store.sweep(self._swept_at)

    async def read_changes(self) -> None:
        """Read once what other processes changed, and end what expired; raises StoreError."""
        now = self._clock.now()
        for session_id, changed_at, ended_by in await self._store.changed(now - OVERLAP_MS):
            self.forget(session_id, before=changed_at)
            if ended_by is not None:
                self.announce_end(session_id, ended_by)
        self._read_at = now
        while self._ends and self._ends[0][0] <= now:
            end = at, session_id = heapq.heappop(self._ends)  # first: another may stand in front after the wait
            try:
                if self._expected.get(session_id) == at:
                    await self._expire(session_id, now)
            except StoreError:
                heapq.heappush(self._ends, end)
                raise
        for session_id in [one for one, at in self._announced.items() if at < now - 2 * OVERLAP_MS]:
            del self._announced[session_id]

    async def _expire(self, session_id: str, now: int) -> None:
        """End a session that expired, unless the store says that another process refreshed it."""
        session = await self._store.by_id(session_id)
        self._expected.pop(session_id, None)
        if session is None or session.ended_at is not None:
            return
        if session.expires_at > now:
            self._expect_end(session)
            return
        self.forget(session_id)
        self.announce_end(session_id, "expired")

    def _expect_end(self, session: Session) -> None:
        if self._expected.get(session.id) != session.expires_at:
            self._expected[session.id] = session.expires_at
            heapq.heappush(self._ends, (session.expires_at, session.id))
