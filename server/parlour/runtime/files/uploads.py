"""Takes files in: piece by piece to the disk, examined, kept once, and put on a room's list."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass

from parlour.core.files.names import clean_name
from parlour.core.files.types import AVATARS
from parlour.core.room import Account, RoomId
from parlour.errors import Invalid, TooLarge, Unavailable
from parlour.runtime.clock import Clock
from parlour.runtime.entropy import Entropy
from parlour.runtime.files.examine import examined
from parlour.runtime.files.store import FileFacts, FileRows, FilesOwned, FileStore, Spool, StoredFile

AVATAR_ROOM = ""
"""What stands for a room in the list of avatars."""
KEY_BYTES = 16
"""Of a key's random part: no two uploads ever share one."""
UNDER_WAY = 64
"""Uploads at once: each holds a file and a piece of up to a megabyte in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLimits:
    """Bounds of files; each is a setting (settings/files.py) of the same name.

    Attributes:
        file_bytes: of one file.
        files_owned: bytes of all files of one account.
        file_pixels: of one image, unfolded.
        avatar_bytes: of one avatar.
    """

    file_bytes: int
    files_owned: int
    file_pixels: int
    avatar_bytes: int


class Uploads:
    """Takes in what accounts upload. Rights are decided before anybody calls this."""

    def __init__(self, store: FileStore, rows: FileRows, clock: Clock, limits: FileLimits) -> None:
        self.limits = limits
        self._store = store
        self._rows = rows
        self._clock = clock
        self._entropy = Entropy()
        self._under_way = 0

    async def keep(self, room: RoomId, owner: Account, name: str, pieces: AsyncIterator[bytes]) -> StoredFile:
        """Keep a file of a room's; its account may name it in messages there.

        Raises:
            Invalid: no bytes came. TooLarge: too many bytes or pixels, or the account's quota is used up.
            Unavailable: the disk, or too many uploads at once. StoreError. Whatever `pieces` raises.
        """
        return await self._take(room, owner, clean_name(name), pieces, self.limits.file_bytes)

    async def keep_avatar(self, owner: Account, pieces: AsyncIterator[bytes]) -> StoredFile:
        """Keep an account's avatar: a PNG, JPEG or WebP image; raises as `keep`, Invalid for any other type."""
        return await self._take(AVATAR_ROOM, owner, "avatar", pieces, self.limits.avatar_bytes, AVATARS)

    async def _take(
        self,
        room: RoomId,
        owner: Account,
        name: str,
        pieces: AsyncIterator[bytes],
        most: int,
        types: Collection[str] | None = None,
    ) -> StoredFile:
        if self._under_way >= UNDER_WAY:
            raise Unavailable("Too many files are being uploaded; try again.", retry_after=1000)
        self._under_way += 1
        spool: Spool | None = None
        try:
            key = self._entropy.take(KEY_BYTES).hex()
            await self._rows.intend(key, self._clock.now())
            spool = await self._store.spool(key)
            await _fill(spool, pieces, most)
            facts = await examined(spool, self.limits.file_pixels)
            if types is not None and facts.type not in types:
                raise Invalid("That is none of " + ", ".join(sorted(types)) + ".", details={"path": "body"})
            return await self._list(room, owner, name, spool, facts)
        except OSError as error:
            raise Unavailable("The server cannot store files right now; try again.", retry_after=1000) from error
        finally:
            self._under_way -= 1
            if spool is not None:
                await spool.drop()

    async def _list(self, room: RoomId, owner: Account, name: str, spool: Spool, facts: FileFacts) -> StoredFile:
        """Put the file on the list, and keep its bytes where no file has the same."""
        key = None
        try:
            while True:
                if key is None and not await self._rows.holds(facts.hash):
                    await self._store.keep(spool)
                    key = spool.key
                now, most = self._clock.now(), self.limits.files_owned
                if await self._rows.add(room, owner, facts, name, key, now=now, most=most):
                    return StoredFile(facts, name, key or "")
        except FilesOwned:
            raise TooLarge(f"An account keeps {self.limits.files_owned} bytes of files.", reason="quota") from None


async def _fill(spool: Spool, pieces: AsyncIterator[bytes], most: int) -> None:
    async for piece in pieces:
        if spool.size + len(piece) > most:
            raise TooLarge(f"A file has at most {most} bytes.")
        await spool.write(piece)
    await spool.end()
    if not spool.size:
        raise Invalid("The file is empty.", details={"path": "body"})
