"""What files need beneath them: a place for bytes, and rows that say whose they are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from parlour.core.files.layout import Read, Slice
from parlour.core.room import Account, RoomId

T = TypeVar("T")

NAMED_WITHIN_MS = 86_400_000
"""A day: so long a file stays on its room's list while no message names it (protocol section 7)."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of a file's bytes.

    Attributes:
        hash: SHA-256 of them, 32 bytes.
        type: media type, found from the bytes.
        bytes: how many there are.
        width, height: of an image, in pixels as people see it.
    """

    hash: bytes
    type: str
    bytes: int
    width: int | None = None
    height: int | None = None

    def to_json(self, name: str) -> dict[str, Any]:
        """Return the `file` object of answers (protocol section 7)."""
        told: dict[str, Any] = {"hash": f"0x{self.hash.hex()}", "name": name, "type": self.type, "bytes": self.bytes}
        if self.width is not None and self.height is not None:
            told |= {"width": self.width, "height": self.height}
        return told


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a room's list, or an avatar: its facts, its name, and the key its bytes are kept under."""

    facts: FileFacts
    name: str
    key: str


class FilesOwned(Exception):
    """The account keeps as many bytes as it may."""


class Spool(Protocol):
    """A file that grows beside the store, until it is kept or dropped.

    Attributes:
        key: what it may be kept under.
        size: bytes written so far.
        hash: SHA-256 of them, once `end` was called; `rewrite` changes both.
        head: the first bytes.
        is_text: whether all of it is UTF-8 text, once `end` was called.
    """

    @property
    def key(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def hash(self) -> bytes: ...
    @property
    def head(self) -> bytes: ...
    @property
    def is_text(self) -> bool: ...

    async def write(self, piece: bytes) -> None:
        """Add bytes at the end; raises OSError, perhaps only at the next call."""

    async def end(self) -> None:
        """Note that all bytes came; raises OSError."""

    async def look(self, work: Callable[[Read, int], T]) -> T:
        """Run `work` on what was written: it gets a reader and the size."""
        ...

    async def rewrite(self, parts: Sequence[Slice | bytes]) -> None:
        """Replace the content by parts of it, and bytes in between; size and hash follow."""

    async def drop(self) -> None:
        """Remove the file, unless the store keeps it. A second call does nothing."""


class FileStore(Protocol):
    """Keeps bytes by key, in a folder or a bucket. Every method may raise OSError."""

    async def spool(self, key: str) -> Spool:
        """Begin a file that may be kept under this key."""
        ...

    async def keep(self, spool: Spool) -> None:
        """Keep a spool's content durably under its key."""

    def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Read the bytes from `start` to `end`, the end excluded; raises FileNotFoundError."""
        ...

    async def remove(self, key: str) -> None:
        """Remove what is kept or begun under a key; a key that is not there is fine."""

    async def close(self) -> None:
        """End what runs in the background."""


class FileRows(Protocol):
    """The lists of rooms' files, and avatars. Every method may raise StoreError."""

    async def intend(self, key: str, now: int) -> None:
        """Note a key before bytes are kept under it: unless `add` follows within a day, they are removed."""

    async def owned(self, account: Account) -> int:
        """Return how many bytes an account keeps; a content counts once, wherever it is listed."""

    async def holds(self, hash_: bytes) -> bool:
        """Return whether this content is kept already."""

    async def add(
        self, room: RoomId, owner: Account, facts: FileFacts, name: str, key: str | None, *, now: int, most: int
    ) -> bool:
        """List a file; return False where its content is not kept and `key` is None.

        Args:
            room: "" for an avatar of the owner's.
            key: what its bytes are kept under, if they are; where the content was kept before, that key stays.
            most: bytes the account may keep.

        Raises:
            FilesOwned: it has them.
        """
        ...

    async def find(self, room: RoomId, hash_: bytes) -> StoredFile | None:
        """Return a file of the room's list; of the avatars where `room` is ""."""

    async def attachable(self, room: RoomId, owner: Account, hashes: Collection[bytes], now: int) -> set[bytes]:
        """Return which of these files the account put on the room's list, and may name in a message now."""
        ...

    async def forget_unnamed(self, now: int) -> int:
        """Take files off the lists that nobody named for a day, and return how many."""
        ...

    async def garbage(self, now: int, limit: int) -> list[str]:
        """Return keys whose bytes nobody needs."""
        ...

    async def collected(self, keys: Sequence[str]) -> None:
        """Note that the bytes under these keys are gone."""
