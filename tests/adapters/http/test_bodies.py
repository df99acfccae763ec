"""Bodies of HTTP requests that come slowly, come too large, or stop in the middle."""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from parlour.app import Server
from parlour.settings import load


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    url = f"sqlite+aiosqlite:///{tmp_path}/parlour.db"
    server = await Server.build(load(port=0, database_url=url, handshake_timeout=0.3))
    await server.start()
    yield int(server.url.rpartition(":")[2])
    await server.stop()


async def begun(port: int, length: int = 5_000) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A sign-in whose body stops after one byte."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"POST /auth/verify HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{{".encode())
    return reader, writer


async def test_body_that_takes_too_long_is_408(port: int) -> None:
    reader, writer = await begun(port)
    assert b" 408 " in await asyncio.wait_for(reader.readline(), 60)
    assert b'"error":{"code":"invalid"' in await asyncio.wait_for(reader.readuntil(b"}}"), 60)
    writer.close()


async def test_body_that_announces_too_much_is_413_at_once(port: int) -> None:
    reader, writer = await begun(port, 1 << 30)
    assert b" 413 " in await asyncio.wait_for(reader.readline(), 60)
    writer.close()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "pigeon"])
async def test_packed_body_is_not_unpacked_nor_worth_a_line(
    port: int, encoding: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for packed in (b"no such thing", gzip.compress(b"[" * 20_000_000)):
        async with (
            aiohttp.ClientSession() as http,
            http.post(
                f"http://127.0.0.1:{port}/auth/verify",
                data=packed,
                headers={"Content-Encoding": encoding},
            ) as answer,
        ):
            assert (answer.status, (await answer.json())["error"]["code"]) == (401, "malformed")
    written = capsys.readouterr()
    assert "http.failed" not in written.out + written.err
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_sender_that_goes_away_in_the_middle_is_not_worth_a_line(
    port: int, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await begun(port)
    await asyncio.sleep(0.1)
    writer.transport.abort()
    await asyncio.sleep(0.4)
    written = capsys.readouterr()
    assert "http.failed" not in written.out + written.err
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
