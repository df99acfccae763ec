"""What a process knows of live sessions, and how it learns that one is over, here or elsewhere.

A look-up is a dict's. Every other process's changes are read from the store a few times a second, so that sockets close
within one; when that reading fails, knowledge ages, and the store is asked about every token again.
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

WATCH_SECONDS = 0.4
"""Pause between two looks for what other processes changed; sockets must close within a second."""
WATCH_OVERLAP_MS = 20_000
"""How far back each look reaches: clocks of two processes may differ, and a slow commit is seen late."""
TRUSTED_MS = 5_000
"""Older knowledge than this is not trusted."""
REMEMBERED = 100_000
SWEEP_MS = 300_000

Ended = Callable[[str, str], None]
"""Called with a session's id and `signed_out`, `revoked` or `expired`."""


class LiveSessions:
    """The sessions this process has seen.

    Args:
        size: how many are remembered; the oldest are forgotten first, and read again when needed.
    """

    def __init__(self, store: SessionStore, clock: Clock, size: int = REMEMBERED) -> None:
        self._store = store
        self._clock = clock
        self._size = size
        self._by_token: OrderedDict[bytes, Session] = OrderedDict()
        self._token_of: dict[str, bytes] = {}
        self._with_key: dict[tuple[Account, str], set[str]] = {}
        self._looked_at = clock.now()
        self._listeners: list[Ended] = []
        self._told: dict[str, int] = {}
        self._ends: list[tuple[int, str]] = []
        self._expected: dict[str, int] = {}

    def get(self, token_hash: bytes) -> Session | None:
        """A session that is remembered and still to be trusted; it may have expired."""
        if self._clock.now() - self._looked_at >= TRUSTED_MS:
            return None
        return self._by_token.get(token_hash)

    def with_key(self, account: Account, address: str) -> list[Session]:
        """The account's remembered sessions that delegated to this key; none where they are not to be trusted."""
        if self._clock.now() - self._looked_at >= TRUSTED_MS:
            return []
        return [self._by_token[self._token_of[one]] for one in self._with_key.get((account, address), ())]

    def is_over(self, session_id: str) -> bool:
        """Whether the listeners were told already; then what the store said a moment before is out of date."""
        return session_id in self._told

    def remember(self, token_hash: bytes, session: Session) -> None:
        self.forget(session.id)
        self._by_token[token_hash] = session
        self._token_of[session.id] = token_hash
        if session.session_key is not None:
            self._with_key.setdefault((session.account, session.session_key), set()).add(session.id)
        if len(self._by_token) > self._size:
            self.forget(next(iter(self._by_token.values())).id)
        self._expect_end(session)

    def forget(self, session_id: str, before: int | None = None) -> None:
        """Forget a session; with `before`, only what is older than that change."""
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

    def on_end(self, listener: Ended) -> None:
        self._listeners.append(listener)

    def tell(self, session_id: str, reason: str) -> None:
        """Tell every listener, once."""
        if session_id in self._told:
            return
        self._told[session_id] = self._clock.now()
        for listener in self._listeners:
            try:
                listener(session_id, reason)
            except Exception:
                log.exception("sign_in.listener_failed", session=session_id)

    async def watch(self) -> None:
        """Look again and again, and sweep the store now and then."""
        swept_at = 0
        while True:
            try:
                await self.look()
                if self._clock.now() - swept_at > SWEEP_MS:
                    swept_at = self._clock.now()
                    await self._store.sweep(swept_at)
            except StoreError as error:
                log.warning("sign_in.watch_failed", error=str(error), consequence="sessions are looked up one by one")
            except Exception:
                log.exception("sign_in.watch_failed", consequence="sessions are looked up one by one")
            await self._clock.sleep(WATCH_SECONDS)

    async def look(self) -> None:
        """Learn once what other processes changed, and what expired."""
        now = self._clock.now()
        for session_id, changed_at, ended_by in await self._store.changed(min(now, self._looked_at) - WATCH_OVERLAP_MS):
            self.forget(session_id, before=changed_at)
            if ended_by is not None:
                self.tell(session_id, ended_by)
        self._looked_at = now
        while self._ends and self._ends[0][0] <= now:
            await self._expire(self._ends[0][1], now)
            heapq.heappop(self._ends)
        for session_id in [one for one, at in self._told.items() if at < now - 2 * WATCH_OVERLAP_MS]:
            del self._told[session_id]

    async def _expire(self, session_id: str, now: int) -> None:
        """Another process may have refreshed it meanwhile, so the store has the last word."""
        session = await self._store.by_id(session_id)
        self._expected.pop(session_id, None)
        if session is None or session.ended_at is not None:
            return
        if session.expires_at > now:
            self._expect_end(session)
            return
        self.forget(session_id)
        self.tell(session_id, "expired")

    def _expect_end(self, session: Session) -> None:
        if self._expected.get(session.id) != session.expires_at:
            self._expected[session.id] = session.expires_at
            heapq.heappush(self._ends, (session.expires_at, session.id))
