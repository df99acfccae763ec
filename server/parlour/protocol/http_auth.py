"""What signing in over HTTP asks and answers (protocol §1), for OpenAPI."""

from __future__ import annotations

from typing import Literal

from parlour.protocol.values import Account, Hex, Maybe, Millis, RoomId, Shape


class NonceQuery(Shape):
    """What a nonce is asked for."""

    session_key: Maybe[Hex] = None
    """Address of a key that shall sign entries; the statement then names it."""
    room: Maybe[RoomId] = None
    """The only room that key may sign in."""


class NonceReply(Shape):
    """What goes into a sign-in message (EIP-4361)."""

    nonce: str
    nonce_expires_at: Millis
    domain: str
    uri: str
    version: Literal["1"]
    statement: str | None
    chain_ids: list[int]
    solana_chains: list[str]
    issued_at: str
    """RFC 3339, as `expirationTime` is."""
    expiration_time: str


class VerifyRequest(Shape):
    """A signed message."""

    message: str
    signature: str


class SessionInfo(Shape):
    """Who is signed in, and until when."""

    account: Account
    address: str
    chain_id: int | str
    method: str
    session_key: str | None
    expires_at: Millis


class Session(SessionInfo):
    """A session with its token, which nobody is told again."""

    token: str


class Device(SessionInfo):
    """One of an account's sessions."""

    id: str
    current: bool
    device: str
    created_at: Millis


class DevicesReply(Shape):
    """An account's sessions."""

    sessions: list[Device]


class RevokedReply(Shape):
    """How many sessions were ended."""

    revoked: int
