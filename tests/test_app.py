"""A server in this process, from its start to its clean end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from parlour.app import Server
from parlour.settings import load


@pytest.mark.parametrize("path", ["/socket.io/?EIO=4&transport=polling", "/readyz"])
async def test_server_while_it_drains_refuses_open_connections(tmp_path: Path, path: str) -> None:
    server = await Server.build(load(port=0, database_url=f"sqlite+aiosqlite:///{tmp_path}/parlour.db"))
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))

    async def status() -> bytes:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: parlour\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        return head.split()[1]

    assert await status() == b"200"
    drained, registry = asyncio.Event(), server.parts.rooms.registry
    drain = registry.drain

    async def held() -> None:
        await drained.wait()
        await drain()

    registry.drain = held  # type: ignore[method-assign]
    with capture_logs() as lines:
        stopping = asyncio.create_task(server.stop())
        await asyncio.sleep(0)
        assert await status() == b"503"
    assert [line["event"] for line in lines].count("server.draining") == 1
    drained.set()
    await stopping
    writer.close()
