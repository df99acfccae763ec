"""What sign-in needs from a store: nonces, sessions, and the protocol for keeping them.

`MemorySessionStore` beside this file and `adapters/accounts/sessions.py` implement it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

from parlour.core.room import Account


@dataclass(slots=True)
class Session:
    """A signed-in account on one device. Times are milliseconds since 1970.

    Attributes:
        id: public name of the session; the token is another, secret thing.
        account: who is signed in.
        address: the bare address, EIP-55 or base58.
        chain_id: EVM chain number, or the Solana cluster's name.
        method: `eip191`, `eip1271`, `eip6492` or `solana`.
        created_at: when it was opened.
        expires_at: end of this session; refreshing moves it, never beyond `limit_at`.
        limit_at: end of what the wallet signed.
        session_key, key_room, key_until: the delegated key, its only room (None: any), and its end.
        rank: server role rank, 0 for ordinary accounts; from the rules, not from the store.
        changed_at: last time the row changed; other processes ask for it.
        ended_at, ended_by: when it was revoked, and `signed_out` or `revoked`.
        message, signature: kept where they must be shown or checked again: session keys and contract accounts.
        device: what the client calls itself (its User-Agent), for the list of devices.
        block_hash: a block at which the contract accepted the signature, where it delegated to a key.
    """

    id: str
    account: Account
    address: str
    chain_id: int | str
    method: str
    created_at: int
    expires_at: int
    limit_at: int
    session_key: str | None = None
    key_room: str | None = None
    key_until: int | None = None
    rank: int = 0
    changed_at: int = 0
    ended_at: int | None = None
    ended_by: str | None = None
    message: str | None = None
    signature: str | None = None
    device: str = ""
    block_hash: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Make the answer of `GET /auth/session` (protocol §1)."""
        return {
            "account": self.account,
            "address": self.address,
            "chainId": self.chain_id,
            "method": self.method,
            "sessionKey": self.session_key,
            "expiresAt": self.expires_at,
        }


@dataclass(frozen=True, slots=True)
class Nonce:
    """A number that works once, and what its challenge said.

    Attributes:
        value: the number, as hex.
        origin: the listed origin it was issued for.
        expires_at: its end (ms since 1970), excluded.
        statement: the sentence that the user reads.
        session_key, key_room, key_until: the delegation that the sentence names, if any.
    """

    value: str
    origin: str
    expires_at: int
    statement: str
    session_key: str | None = None
    key_room: str | None = None
    key_until: int | None = None


class Change(NamedTuple):
    """A session that got another token or ended (`ended_by` says how)."""

    id: str
    changed_at: int
    ended_by: str | None


class SessionStore(Protocol):
    """Keeps nonces and sessions durably. Every method may raise StoreError; times are milliseconds since 1970."""

    async def add_nonce(self, nonce: Nonce, now: int, cap: int) -> bool:
        """Store a nonce and delete expired ones; return False where `cap` live ones are stored already."""

    async def nonce(self, value: str) -> Nonce | None:
        """Return a nonce without consuming it."""

    async def open(self, nonce: str, session: Session, token_hash: bytes) -> bool:
        """Consume the nonce and store the session, both or neither; return False where the nonce is gone."""

    async def by_token(self, token_hash: bytes) -> Session | None:
        """Return the session of this token, also when it has ended."""

    async def by_id(self, session_id: str) -> Session | None:
        """Return the session of this public id, also when it has ended."""

    async def by_keys(self, account: Account, addresses: Collection[str]) -> list[Session]:
        """Return the account's sessions that delegated to one of these keys, ended ones too."""

    async def rotate(self, session_id: str, old: bytes, new: bytes, expires_at: int, now: int) -> bool:
        """Give a live session another token and end; return False where it has ended or `old` is not its token."""

    async def end(self, session_id: str, by: str, now: int) -> bool:
        """Revoke a session; return False where no live one has this id."""

    async def live(self, account: Account, now: int) -> list[Session]:
        """Return the account's sessions that neither ended nor expired, newest first."""

    async def changed(self, since: int) -> list[Change]:
        """Return what was rotated or ended at or after `since`."""

    async def delegations(self, account: Account) -> list[Session]:
        """Return every session of the account that delegated to a key, ended ones too, oldest first."""

    async def sweep(self, now: int) -> None:
        """Delete expired nonces, and sessions without a session key that ended more than a week ago."""


def hash_token(token: str) -> bytes:
    """Return the SHA-256 of a token, which is all that is stored of it."""
    return sha256(token.encode()).digest()
