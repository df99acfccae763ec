"""Implements `runtime.files.store.FileRows` over SQLite or Postgres."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from parlour.adapters.sql.kept_beside import discard_unlisted
from parlour.adapters.sql.reader import Reader
from parlour.adapters.sql.rows import key_of
from parlour.adapters.sql.tables_kept import file, file_garbage, room_file
from parlour.adapters.sql.writer import Writer
from parlour.core.room import Account, RoomId
from parlour.runtime.files.store import NAMED_WITHIN_MS, FileFacts, FilesOwned, StoredFile
from parlour.runtime.store import Repeated

GRACE_MS = 60_000
"""Beyond its day an unnamed file stays so long: a message that was let through at the last moment still finds it."""
FORGOTTEN_AT_ONCE = 500
"""Files taken off lists in one transaction: posts wait behind it."""


class SqlFileRows:
    """The lists of rooms' files and the avatars; docstrings of `FileRows` hold here."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def intend(self, key: str, now: int) -> None:
        row = {"key": key, "due": now + NAMED_WITHIN_MS}
        await self._writer.write(lambda connection: connection.execute(insert(file_garbage), row), lasting=False)

    async def owned(self, account: Account) -> int:
        return await self._reader.read(lambda connection: _owned(connection, account))

    async def holds(self, hash_: bytes) -> bool:
        query = select(file.c.key).where(file.c.hash == hash_)
        return await self._reader.read(lambda connection: connection.scalar(query)) is not None

    async def add(
        self, room: RoomId, owner: Account, facts: FileFacts, name: str, key: str | None, *, now: int, most: int
    ) -> bool:
        row = {"room": key_of(room), "hash": facts.hash, "account": owner, "name": name, "at": now}

        def work(connection: Connection) -> bool:
            return _add(connection, row, facts, key, most)

        try:
            return await self._writer.write(work)
        except Repeated:  # another process kept the same content at this moment
            return await self._writer.write(work)

    async def find(self, room: RoomId, hash_: bytes) -> StoredFile | None:
        listed = and_(room_file.c.room == key_of(room), room_file.c.hash == hash_)
        query = (
            select(file, room_file.c.name)
            .join_from(room_file, file, room_file.c.hash == file.c.hash)
            .where(listed)
            .order_by(room_file.c.named.desc(), room_file.c.at)
            .limit(1)
        )
        row = await self._reader.read(lambda connection: connection.execute(query).first())
        if row is None:
            return None
        facts = FileFacts(bytes(row.hash), row.type, row.size, row.width, row.height)
        return StoredFile(facts, row.name, row.key)

    async def attachable(self, room: RoomId, owner: Account, hashes: Collection[bytes], now: int) -> set[bytes]:
        fresh = or_(room_file.c.named.is_(True), room_file.c.at > now - NAMED_WITHIN_MS)
        query = select(room_file.c.hash).where(
            room_file.c.room == key_of(room), room_file.c.account == owner, room_file.c.hash.in_(hashes), fresh
        )
        return await self._reader.read(lambda connection: {bytes(each) for each in connection.scalars(query)})

    async def forget_unnamed(self, now: int) -> int:
        gone = 0
        while count := await self._writer.write(lambda connection: _forget_unnamed(connection, now)):
            gone += count
        return gone

    async def garbage(self, now: int, limit: int) -> list[str]:
        query = select(file_garbage.c.key).where(file_garbage.c.due <= now).order_by(file_garbage.c.due).limit(limit)
        return await self._reader.read(lambda connection: list(connection.scalars(query)))

    async def collected(self, keys: Sequence[str]) -> None:
        gone = delete(file_garbage).where(file_garbage.c.key.in_(keys))
        await self._writer.write(lambda connection: connection.execute(gone), lasting=False)


def _owned(connection: Connection, account: Account) -> int:
    mine = select(room_file.c.hash).where(room_file.c.account == account)
    return connection.scalar(select(func.coalesce(func.sum(file.c.size), 0)).where(file.c.hash.in_(mine))) or 0


def _add(connection: Connection, row: dict[str, object], facts: FileFacts, key: str | None, most: int) -> bool:
    owner = row["account"]
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"files {owner}", 0))))
    held = connection.scalar(select(file.c.key).where(file.c.hash == facts.hash).with_for_update())
    if held is None and key is None:
        return False
    if held is None:
        values = {"hash": facts.hash, "key": key, "type": facts.type, "size": facts.bytes}
        connection.execute(insert(file), {**values, "width": facts.width, "height": facts.height})
        connection.execute(delete(file_garbage).where(file_garbage.c.key == key))
    _list(connection, row)
    if _owned(connection, str(owner)) > most:
        raise FilesOwned
    return True


def _list(connection: Connection, row: dict[str, object]) -> None:
    """Put a file on its room's list, under its newest name where its owner put it there before."""
    mine = and_(*(room_file.c[name] == row[name] for name in ("room", "hash", "account")))
    again = update(room_file).where(mine).values(name=row["name"], at=row["at"])
    if connection.execute(again).rowcount == 0:
        connection.execute(insert(room_file), {**row, "named": False})


def _forget_unnamed(connection: Connection, now: int) -> int:
    old = and_(room_file.c.named.is_(False), room_file.c.at <= now - NAMED_WITHIN_MS - GRACE_MS)
    columns = (room_file.c.room, room_file.c.hash, room_file.c.account)
    found = connection.execute(select(*columns).where(old).limit(FORGOTTEN_AT_ONCE)).all()
    for room, hash_, account in found:
        mine = (room_file.c.room == room, room_file.c.hash == hash_, room_file.c.account == account)
        connection.execute(delete(room_file).where(*mine))
    if found:
        discard_unlisted(connection, sorted({bytes(row.hash) for row in found}))
    return len(found)
