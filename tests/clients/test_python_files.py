"""Files of rooms through the Python client, against a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from parlour_client import ParlourError, connect


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    async with ServerProcess() as server:
        yield server


async def test_file_is_brought_in_named_and_read_by_another(server: ServerProcess, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("for everybody")
    async with connect(server.url, wallet("ann").key) as ann, connect(server.url, wallet("bob").key) as bob:
        await ann.create("chat", id="files")
        file = await ann.upload("files", tmp_path / "note.txt")
        assert (file["name"], file["type"], file["bytes"]) == ("note.txt", "text/plain", 13)
        again = await ann.upload("files", b"for everybody", name="same.txt")
        assert again["hash"] == file["hash"]
        async with ann.join("files") as room:
            await room.say("", files=[file["hash"]])
            assert (await room.upload(b"for everybody", name="same.txt"))["hash"] == file["hash"]
        assert await bob.download("files", file["hash"]) == b"for everybody"
        with pytest.raises(ParlourError) as refused:
            await ann.upload("files", b"")
        assert refused.value.code == "invalid"
        with pytest.raises(ParlourError) as missing:
            await bob.download("files", "0x" + "0" * 64)
        assert missing.value.code == "not_found"


async def test_direct_message_is_told_kept_and_read(server: ServerProcess) -> None:
    async with connect(server.url, wallet("ann").key) as ann, connect(server.url, wallet("bob").key) as bob:
        coming = bob.notices()
        waiting = asyncio.create_task(anext(coming))
        room = await ann.dm([bob.account])
        async with ann.join(room["id"]) as talk:
            await talk.say("between us")
            assert (await waiting)["room"] == room["id"]
            page = await bob.notices(limit=1)
            assert (page.items[0]["type"], page.items[0]["from"], page.unread) == ("direct", ann.account, 1)
            await bob.answer_dm(room["id"], True)
            await bob.read_notices(page.items[0]["id"])
            assert (await bob.notices()).unread == 0
