"""Mints and checks keys for a DApp's backend: shown once, stored as a hash, limited by scopes (protocol §7).

What a key writes is authored by `app:<its name>`, so a name is never given twice, not even after a revocation.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from parlour.core.audit.record import AuditRecord
from parlour.core.room import Account
from parlour.errors import Conflict, Forbidden, Invalid, NotFound, Unauthorized
from parlour.runtime.clock import Clock

PREFIX = "parlour_"
SCOPES = (
    "rooms:read",
    "rooms:create",
    "rooms:close",
    "entries:read",
    "entries:post",
    "files:post",
    "admin:read",
    "admin:moderate",
    "admin:operate",
    "admin:all",
)
KEY_BYTES = 32
"""256 bits: nobody guesses a key."""
TRUSTED_SECONDS = 1.0
"""How long a key is accepted without asking the store again: the longest life of a revoked one."""
REMEMBERED = 1024
"""Keys in memory: more than any server's backends have."""
DAY_MS = 86_400_000
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is stored of a key; its text is not. Times are milliseconds since 1970."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: int
    expires_at: int | None = None
    revoked_at: int | None = None

    @property
    def account(self) -> Account:
        """Return the author under which this key writes."""
        return f"app:{self.name}"

    def require(self, scope: str) -> None:
        """Raise Forbidden where the key lacks the scope."""
        if scope not in self.scopes:
            raise Forbidden(f"This API key lacks the scope {scope}.", reason="role")


class ApiKeyStore(Protocol):
    """Keeps keys durably. Every method may raise StoreError."""

    async def add(self, key: ApiKey, key_hash: bytes, audit: AuditRecord | None = None) -> bool:
        """Store a key, with the audit row; return False where its name was used before."""

    async def by_hash(self, key_hash: bytes) -> ApiKey | None:
        """Return the key whose text has this SHA-256, revoked or not."""

    async def all(self) -> list[ApiKey]:
        """Return every key ever made, oldest first."""

    async def revoke(self, name: str, now: int, audit: AuditRecord | None = None) -> bool:
        """Revoke the live key of that name, with the audit row; False where there is none."""


class ApiKeys:
    """Mints, lists, checks and revokes keys."""

    def __init__(self, store: ApiKeyStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[bytes, tuple[float, ApiKey]] = {}

    async def mint(
        self, name: str, scopes: Iterable[str], days: float | None = None, audit: AuditRecord | None = None
    ) -> tuple[str, ApiKey]:
        """Mint a key; return the text, to be shown once, and what is stored of it.

        Args:
            name: 1–63 of `a-z 0-9 . _ -`; the author `app:<name>`.
            scopes: of SCOPES, at least one.
            days: its life; None for one without end.

        Raises:
            Invalid: a name or scope that is none.
            Conflict: the name was given before.
        """
        key, text = self.draft(name, scopes, days), self.text_of(secrets.token_urlsafe(KEY_BYTES))
        await self.add(key, text, audit)
        return text, key

    def text_of(self, secret: str) -> str:
        """Return the text of a key with this secret part."""
        return PREFIX + secret

    def draft(self, name: str, scopes: Iterable[str], days: float | None = None) -> ApiKey:
        """Make a key that is not stored yet; raises Invalid."""
        wanted = tuple(sorted(set(scopes)))
        if _NAME.fullmatch(name) is None:
            raise Invalid("A key's name is 1 to 63 of a-z 0-9 . _ - and starts and ends with a letter or digit.")
        if not wanted or not set(wanted) <= set(SCOPES):
            raise Invalid(f"Scopes are some of {', '.join(SCOPES)}.")
        now = self._clock.now()
        expires_at = None if days is None else now + int(days * DAY_MS)
        return ApiKey(secrets.token_hex(6), name, wanted, now, expires_at)

    async def add(self, key: ApiKey, text: str, audit: AuditRecord | None = None) -> None:
        """Store a key with its text's hash, and the audit row; raises Conflict where its name was given before."""
        if not await self._store.add(key, _hash(text), audit):
            raise Conflict(f"The name {key.name} was given to a key before.")

    async def list(self) -> list[ApiKey]:
        """Return every key ever made, oldest first."""
        return await self._store.all()

    async def revoke(self, name: str, audit: AuditRecord | None = None) -> None:
        """Revoke a key. This process refuses it at once, others within a second.

        Raises:
            NotFound: no live key has that name.
        """
        if not await self._store.revoke(name, self._clock.now(), audit):
            raise NotFound(f"There is no live key {name}.")
        self._known.clear()

    async def authenticate(self, text: str) -> ApiKey:
        """Return the live key of this text.

        Raises:
            Unauthorized: none, expired or revoked.
        """
        key = await self._find(_hash(text)) if text.startswith(PREFIX) else None
        if key is None or key.revoked_at is not None or _is_over(key, self._clock.now()):
            raise Unauthorized("This API key is not valid.")
        return key

    async def _find(self, key_hash: bytes) -> ApiKey | None:
        now = self._clock.monotonic()
        known = self._known.get(key_hash)
        if known is not None and now - known[0] < TRUSTED_SECONDS:
            return known[1]
        key = await self._store.by_hash(key_hash)
        if key is not None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[key_hash] = (now, key)
        return key


class MemoryApiKeyStore:
    """Keeps the keys of one process, for tests; implements ApiKeyStore."""

    def __init__(self) -> None:
        self._keys: dict[bytes, ApiKey] = {}

    async def add(self, key: ApiKey, key_hash: bytes, audit: AuditRecord | None = None) -> bool:
        if any(other.name == key.name for other in self._keys.values()):
            return False
        self._keys[key_hash] = key
        return True

    async def by_hash(self, key_hash: bytes) -> ApiKey | None:
        return self._keys.get(key_hash)

    async def all(self) -> list[ApiKey]:
        return sorted(self._keys.values(), key=lambda key: (key.created_at, key.name))

    async def revoke(self, name: str, now: int, audit: AuditRecord | None = None) -> bool:
        for key_hash, key in self._keys.items():
            if key.name == name and key.revoked_at is None:
                self._keys[key_hash] = ApiKey(key.id, name, key.scopes, key.created_at, key.expires_at, now)
                return True
        return False


def _is_over(key: ApiKey, now: int) -> bool:
    return key.expires_at is not None and key.expires_at <= now


def _hash(text: str) -> bytes:
    return sha256(text.encode()).digest()
