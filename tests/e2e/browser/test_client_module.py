"""The one-file SDK, whose Socket.IO is cut to what it uses: both transports, posts, bytes, a lost connection."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from parlour_client import connect
from tests.e2e.browser.conftest import OpenPage

pytestmark = pytest.mark.asyncio(loop_scope="session")

JOIN = """
async ([token, room, transport]) => {
  const Real = window.WebSocket;
  const nowhere = class { constructor() { return new Real("ws://127.0.0.1:65535"); } };
  if (transport === "polling") window.WebSocket = nowhere;
  const sdk = await import("/parlour/client.js");
  window.heard = [];
  window.client = sdk.connect({ token });
  window.room = await window.client.joinRoom({ room });
  const plain = (body) => (body instanceof ArrayBuffer ? [...new Uint8Array(body)] : body);
  window.room.onEntry(({ type, body }) => window.heard.push([type, plain(body)]));
}
"""


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_one_file_client_speaks_by_either_transport(
    open_page: OpenPage, served: ServerProcess, transport: str
) -> None:
    async with aiohttp.ClientSession() as http:
        token = (await sign_in(http, served.url, wallet("ada")))["token"]
    key = wallet("bob").key.hex()
    async with connect(served.url, key) as bob:
        room = await bob.create("chat", id=f"module-{transport}")
        async with bob.join(room["id"]) as mine:
            page = await open_page(served.url + "/healthz")
            await page.evaluate(JOIN, [token, room["id"], transport])
            receipt: dict[str, Any] = await page.evaluate("window.room.say('gm')")
            said = receipt["seq"]
            await mine.post(b"\x00\xff\x07", "app.blob")
            await page.wait_for_function("window.heard.some(([type]) => type === 'app.blob')")
            assert dict(await page.evaluate("window.heard")) == {
                "chat.message": {"text": "gm"},
                "app.blob": [0, 255, 7],
            }
            posted = page.evaluate("window.room.post({ type: 'app.blob', body: new Uint8Array([1, 0, 2]) })")
            heard, _ = await asyncio.gather(mine.wait_for("app.blob", lambda entry: entry.seq == said + 2, 10), posted)
            assert heard.body == b"\x01\x00\x02"
            carried = await page.evaluate(
                "performance.getEntriesByType('resource').some(({ name }) => name.includes('transport=polling'))"
            )
            assert carried == (transport == "polling")
            await page.evaluate("window.client.close()")


async def test_one_file_client_comes_back_after_a_lost_network(open_page: OpenPage, served: ServerProcess) -> None:
    async with aiohttp.ClientSession() as http:
        token = (await sign_in(http, served.url, wallet("ada")))["token"]
    async with connect(served.url, wallet("bob").key.hex()) as bob:
        room = await bob.create("chat", id="module-lost")
        page = await open_page(served.url + "/healthz")
        await page.evaluate(JOIN, [token, room["id"], "websocket"])
        await page.context.set_offline(True)
        await page.evaluate("window.dispatchEvent(new Event('offline'))")
        posted = page.evaluate("window.room.say('kept')")
        await page.wait_for_function("window.client.status.get() !== 'online' || window.client.unsent > 0")
        await page.context.set_offline(False)
        assert (await posted)["seq"] > 1
