"""A real server whose document is nested without end: it refuses to write it out, and lives."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.core.documents.test_nesting import nested, without_the_first
from tests.e2e.kit import done, made, posted, refused
from tests.e2e.stock import PythonClient


async def test_document_nested_without_end_ends_no_server() -> None:
    """Pycrdt recurses where it deletes and where it writes out; 60,000 levels ended the process that read them."""
    async with ServerProcess() as server, aiohttp.ClientSession() as http, PythonClient(["websocket"]) as ann:

        async def code(event: str, **data: Any) -> tuple[str, str | None]:
            """Ask until reading has its share of the core again."""
            while (told := await refused(ann, event, **data))[0] == "rate_limited":
                await asyncio.sleep(0.1)
            return told

        await ann.connect(server.url, (await sign_in(http, server.url, wallet("ann")))["token"])
        room = await made(ann, "document")
        await done(ann, "room:join", room=room)
        await posted(ann, room, "doc.update", nested(5_000))
        version = (await done(ann, "doc:version", room=room, id="v", title="deep"))["seq"]
        for after in range(5_000, 60_000, 5_000):
            await posted(ann, room, "doc.update", nested(after + 5_000, after))
        await posted(ann, room, "doc.update", without_the_first(b"\x00\x00"))
        for as_ in ("text", "json"):
            assert await code("doc:read", room=room, **{"as": as_}) == ("too_large", "nested")
        assert await code("doc:restore", room=room, id="back", version=version) == ("too_large", "nested")
        joined = await done(ann, "room:join", room=room)
        assert len(joined["state"]["update"]) > 400_000
        assert await server.stop() == 0  # which compacts it, and indexes it after the start
        await server.start()
        assert (await sign_in(http, server.url, wallet("bea")))["token"]
