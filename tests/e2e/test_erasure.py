"""What is deleted is gone: no byte of a message, its edits or its files is left on the disk, nor in the next backup."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import Connection, inspect, text

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.databases import read_database
from tests.e2e.conftest import entering
from tests.e2e.kit import done, made, posted, said
from tests.forked import parlour
from tests.postgres import Postgres

SECRET, EDITED, FILE = "xylophone-quartz-7731", "zeppelin-jukebox-9942", b"walrus-gazebo-5518 " * 40
KEPT = "this message stays"


def found(folder: Path, secret: bytes) -> list[str]:
    """The files below a folder that hold these bytes."""
    return [str(path) for path in folder.rglob("*") if path.is_file() and secret in path.read_bytes()]


def rows_with(secrets: tuple[bytes, ...]) -> Callable[[Connection], list[str]]:
    """What reads a whole database, and returns the tables and columns that hold one of these, in text or in bytes."""

    def read(connection: Connection) -> list[str]:
        places = []
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings():
                for column, value in row.items():
                    raw = value if isinstance(value, bytes) else str(value).encode()
                    places += [f"{table}.{column}" for secret in secrets if secret in raw]
        return places

    return read


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.long)])
def database(request: pytest.FixtureRequest) -> str | None:
    """The URL of a database of a server; None leaves it to the server."""
    if request.param == "sqlite":
        return None
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.database()


async def run(server: ServerProcess, *arguments: str) -> None:
    words = [*arguments, "--database-url", server.database_url]
    assert (await parlour(*words, folder=server.folder))[0] == 0


async def upload(server: ServerProcess, room: str, token: str) -> str:
    url, headers = f"{server.url}/api/rooms/{room}/files", {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as http, http.post(url, data=FILE, headers=headers) as answer:
        assert answer.status == 201
        hash_: str = (await answer.json())["file"]["hash"]
        return hash_


async def test_deleted_message_leaves_no_byte_anywhere_nor_in_a_backup(tmp_path: Path, database: str | None) -> None:
    env = {"PARLOUR_SNAPSHOT_SECONDS": "0.1", "PARLOUR_FILES": str(tmp_path / "files")}
    async with ServerProcess(database, env=env) as server, entering(server) as enter:
        ann, bea = await enter("ann"), await enter("bea")
        async with aiohttp.ClientSession() as http:
            token = (await sign_in(http, server.url, wallet("ann")))["token"]
        room = await made(ann)
        await done(bea, "room:join", room=room)
        hash_ = await upload(server, room, token)
        for _ in range(50):
            await said(bea, room, KEPT)
        of = (await said(ann, room, SECRET, mentions=[wallet("bea").address], files=[hash_]))["seq"]
        await posted(ann, room, "chat.pin", {"of": of, "on": True})
        await posted(ann, room, "chat.edit", {"of": of, "text": EDITED})
        async with asyncio.timeout(60):
            while not (await done(bea, "search", query=EDITED))["found"]:
                await asyncio.sleep(0.05)
        assert found(tmp_path, FILE)
        assert await read_database(server.database_url, rows_with((SECRET.encode(), EDITED.encode())))
        await posted(ann, room, "chat.delete", {"of": of})
        async with asyncio.timeout(60):
            while found(tmp_path, FILE):
                await asyncio.sleep(0.05)
        assert (await done(bea, "search", query=EDITED))["found"] == []
        for secret in (SECRET, EDITED):
            async with aiohttp.ClientSession() as http:
                for path in ("transcript", "entries", "export?as=json", "export?as=html"):
                    async with http.get(
                        f"{server.url}/api/rooms/{room}/{path}", headers={"Authorization": f"Bearer {token}"}
                    ) as answer:
                        assert answer.status == 200
                        assert secret not in await answer.text(), path
        await run(server, "backup", str(tmp_path / "backup"))
        await server.stop()
        assert await read_database(server.database_url, rows_with((KEPT.encode(),)))
        assert await read_database(server.database_url, rows_with((SECRET.encode(), EDITED.encode()))) == []
        for held in (server.folder, tmp_path):
            for secret in (SECRET.encode(), EDITED.encode(), FILE):
                assert found(held, secret) == [], secret
