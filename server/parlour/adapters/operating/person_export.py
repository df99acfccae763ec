"""Writes a person's data as a zip: what is stored of the account, what it wrote, the files that it uploaded.

Rooms that nobody reads along in are left out, as operators see nothing of them; their people export those themselves.
"""

from __future__ import annotations

import asyncio
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

import orjson

from parlour.adapters.operating.person_rows import SqlPersonRows
from parlour.core.room import Account
from parlour.errors import NotFound
from parlour.runtime.files.store import FileRows, FileStore

AT_ONCE = 500
"""Entries read at once."""
IN_MEMORY = 1 << 20
"""Bytes of an archive that need no file."""
LEFT_OUT = "Direct rooms and wallet rooms are left out: nobody but their people reads them."


class PersonExports:
    """Makes archives."""

    def __init__(self, people: SqlPersonRows, rows: FileRows, store: FileStore) -> None:
        self._people = people
        self._rows = rows
        self._store = store

    async def archive(self, account: Account) -> IO[bytes]:
        """Return the archive, at its begin, for the caller to close.

        Raises:
            NotFound: the account never signed in. StoreError, OSError.
        """
        about = await self._people.one(account)
        if about is None:
            raise NotFound("That account never signed in here.")
        spool: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # the caller's
        try:
            with ZipFile(spool, "w", ZIP_DEFLATED) as archive:
                archive.writestr("README.txt", LEFT_OUT + "\n")
                archive.writestr("account.json", orjson.dumps(about, option=orjson.OPT_INDENT_2))
                await self._entries(archive, account)
                await self._files(archive, account)
            spool.seek(0)
        except BaseException:
            spool.close()
            raise
        return spool

    async def _entries(self, archive: ZipFile, account: Account) -> None:
        """Write what the account wrote, one entry a line."""
        after = ("", 0)
        with archive.open("entries.ndjson", "w", force_zip64=True) as file:
            while page := await self._people.written(account, after, AT_ONCE):
                await asyncio.to_thread(file.write, b"".join(map(_line, page)))
                after = page[-1].room, page[-1].seq

    async def _files(self, archive: ZipFile, account: Account) -> None:
        for row in await self._people.files(account):
            found = await self._rows.find(row.room, bytes(row.hash))
            if found is None:
                continue
            with archive.open(f"files/{bytes(row.hash).hex()[:16]}-{_plain(row.name)}", "w", force_zip64=True) as file:
                async for piece in self._store.read(found.key, 0, found.facts.bytes):
                    await asyncio.to_thread(file.write, piece)


def _line(row: Any) -> bytes:
    body = {"bytes": len(row.body)} if row.binary else orjson.Fragment(row.body)
    return orjson.dumps({"room": row.room, "seq": row.seq, "at": row.at, "type": row.type, "body": body}) + b"\n"


def _plain(name: str) -> str:
    """Return a file's name without what leads elsewhere in an archive."""
    return "".join(char if char.isalnum() or char in "._- " else "_" for char in name).lstrip(".") or "file"
