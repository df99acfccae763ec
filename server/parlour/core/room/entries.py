"""What happened and lasts: entries, the drafts they are made from, and snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Account = str
"""An EIP-55 address, a CAIP-10 id, `app:<key>` for an API key, or `""` for the server and the chain."""
RoomId = str
Body = dict[str, Any] | bytes
"""A JSON object with ASCII keys, or the bytes of a binary body."""

SERVER: Account = ""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a client or a snapshot has got in a log."""

    epoch: str
    seq: int


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest entry that an author had seen when signing a post: its number and 32-byte hash."""

    seq: int
    hash: bytes

    def to_json(self) -> dict[str, Any]:
        """Return `{seq, hash}`, the hash as `0x` hex."""
        return {"seq": self.seq, "hash": "0x" + self.hash.hex()}


@dataclass(frozen=True, slots=True)
class DelegatedKey:
    """A session key that may sign for an account (protocol §1 "Session key").

    Attributes:
        address: EIP-55.
        room: the only room it may sign in, or None for all of the account's.
        since, until: when it may (ms), `until` excluded.
    """

    address: str
    room: RoomId | None
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What the host found out about a post's signature; the room decides by it (core/log/signed_posts.py).

    Attributes:
        signer: the address the signature recovers to, None where it recovers to none.
        keys: live session keys of the author, that address among them if it is one.
        seen_holds: whether the log has the hash the author saw, where they saw it.
    """

    signer: str | None
    keys: Sequence[DelegatedKey] = ()
    seen_holds: bool = True


@dataclass(slots=True)
class Draft:
    """An entry that a room decided on, before the host gives it `seq`, `at`, salt and hash.

    Attributes:
        type: `<family>.<name>`, such as `chat.message` (protocol §5).
        body: what the entry says.
        author: who said it; SERVER for what the server and the chain write.
        id: idempotency key of the author; empty means `server:<seq>`.
        source: unique key per room of what the server writes once (`chain:…`, protocol §5); None for posts.
        ref: the seq this entry corrects or belongs to (`body.of`), kept for look-ups.
        sig: the author's signature, of a signed post (protocol §6).
        salt: 16 bytes, of a signed post; the host draws one where None.
        seen: the head the author had seen, of a signed post.
        raw: the canonical body where it is known already; `body` is not changed then.
    """

    type: str
    body: Body
    author: Account = SERVER
    id: str = ""
    source: str | None = None
    ref: int | None = None
    sig: str | None = None
    salt: bytes | None = None
    seen: Seen | None = None
    raw: bytes | None = None


@dataclass(slots=True)
class Entry:
    """One numbered, durable line of a room's log.

    Attributes:
        room: the room's id, as it was created.
        epoch: of the log; a restored log has a new one.
        seq: 1, 2, 3 … without holes.
        id: idempotency key, unique for the author in this room.
        type: `<family>.<name>` (protocol §5).
        author: who wrote it; SERVER for the server and the chain.
        at: when it was decided, in ms since 1970 UTC.
        body: parsed body, or None once erased.
        raw: the canonical bytes of the body (JCS, or the binary itself), or None once erased.
        body_hash: SHA-256 of salt and raw body, 32 bytes (protocol §6).
        hash: of this entry and all before it, 32 bytes (protocol §6).
        salt: 16 bytes, or None once erased.
        sig: what its author signed it with, in signed posts.
        source: as in Draft.
        ref: as in Draft.
        seen: the head its author had seen, in signed posts.
    """

    room: RoomId
    epoch: str
    seq: int
    id: str
    type: str
    author: Account
    at: int
    body: Body | None
    raw: bytes | None
    body_hash: bytes
    hash: bytes
    salt: bytes | None = None
    sig: str | None = None
    source: str | None = None
    ref: int | None = None
    seen: Seen | None = None

    @property
    def erased(self) -> bool:
        """Whether the body is gone for good; its hash stays."""
        return self.raw is None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A room's folded state after an entry.

    Attributes:
        seq: of that entry.
        state: JSON (Room.snapshot).
        format: the lowest format that reads it (core/log/formats.py).
    """

    seq: int
    state: dict[str, Any]
    format: int = 1
