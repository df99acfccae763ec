"""What is deleted is gone: no byte of a message, its edits or its files is left on the disk, nor in the next backup."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.conftest import entering
from tests.e2e.kit import done, made, posted, said
from tests.forked import parlour

SECRET, EDITED, FILE = "xylophone-quartz-7731", "zeppelin-jukebox-9942", b"walrus-gazebo-5518 " * 40
KEPT = "this message stays"


def found(folder: Path, secret: bytes) -> list[str]:
    """The files below a folder that hold these bytes."""
    return [str(path) for path in folder.rglob("*") if path.is_file() and secret in path.read_bytes()]


async def run(server: ServerProcess, *arguments: str) -> None:
    words = [*arguments, "--database-url", server.database_url]
    assert (await parlour(*words, folder=server.folder))[0] == 0


async def upload(server: ServerProcess, room: str, token: str) -> str:
    url, headers = f"{server.url}/api/rooms/{room}/files", {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as http, http.post(url, data=FILE, headers=headers) as answer:
        assert answer.status == 201
        hash_: str = (await answer.json())["file"]["hash"]
        return hash_


async def test_deleted_message_leaves_no_byte_on_the_disk_or_in_a_backup(tmp_path: Path) -> None:
    async with ServerProcess(env={"PARLOUR_SNAPSHOT_SECONDS": "0.1"}) as server, entering(server) as enter:
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
        assert found(server.folder, FILE)
        await posted(ann, room, "chat.delete", {"of": of})
        async with asyncio.timeout(60):
            while found(server.folder, FILE):
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
        assert found(server.folder, KEPT.encode())
        for held in (server.folder, tmp_path):
            for secret in (SECRET.encode(), EDITED.encode(), FILE):
                assert found(held, secret) == [], secret
