"""Tabs that share one socket (`@parlour/client/local`): one is closed in the middle, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Page, Route, WebSocket

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from parlour_client import connect
from tests.e2e.browser.conftest import OpenPage

pytestmark = pytest.mark.asyncio(loop_scope="session")

DIST = Path(__file__).parents[3] / "server" / "parlour" / "static" / "package" / "dist"
OPEN = """
async ([token, room]) => {
  const [sdk, local] = await Promise.all([import("/parlour/client.js"), import("/sdk/local.js")]);
  window.client = sdk.connect({ token, createSocket: local.shareSocket() });
  window.room = await window.client.joinRoom({ room });
}
"""
SAY = "(texts) => { window.said = Promise.all(texts.map((text) => window.room.say(text))); }"
TEXTS = "window.room.messages.get().map(({ text }) => text)"


async def open_tab(page: Page, url: str, token: str, room: str, sockets: list[WebSocket]) -> None:
    """Open a tab's client; its modules come from the built package."""

    async def module(route: Route) -> None:
        name = route.request.url.partition("/sdk/")[2]
        await route.fulfill(path=DIST / name, content_type="text/javascript")

    page.on("websocket", lambda socket: sockets.append(socket))
    await page.route("**/sdk/**", module)
    await page.goto(url)
    await page.evaluate(OPEN, [token, room])


async def test_tab_goes_on_when_the_one_with_the_socket_is_closed(open_page: OpenPage, served: ServerProcess) -> None:
    async with aiohttp.ClientSession() as http:
        token = (await sign_in(http, served.url, wallet("ada")))["token"]
    sockets: list[WebSocket] = []
    url = f"{served.url}/healthz"
    async with connect(served.url, wallet("bob")) as bob:
        room = await bob.create("chat", id="two-tabs")
        async with bob.join(room["id"]) as mine:
            first = await open_page(url)
            await open_tab(first, url, token, room["id"], sockets)
            second = await first.context.new_page()
            await open_tab(second, url, token, room["id"], sockets)
            await mine.say("hello")
            for page in (first, second):
                await page.wait_for_function(f"{TEXTS}.at(-1) === 'hello'")
            assert len(sockets) == 1, "the second tab speaks by the socket of the first"
            own = [f"own {number}" for number in range(40)]
            await second.evaluate(SAY, own[:20])
            await first.close()
            await second.evaluate(SAY, own[20:])
            await mine.say("while it is away")
            await second.evaluate("window.said")
            await second.wait_for_function(f"{TEXTS}.length === 42")
            log = [entry.text for entry in (await mine.history(limit=100)).items if entry.type == "chat.message"]
            assert await second.evaluate(TEXTS) == log
            assert [text for text in log if text.startswith("own")] == own
            assert len(sockets) == 2
            await second.evaluate("window.client.close()")
