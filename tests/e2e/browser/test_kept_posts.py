"""A page that keeps its posts (`@parlour/client/local`): what a reload left without an answer is sent then, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Page, Route

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from parlour_client import connect
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.cut import Wire

pytestmark = pytest.mark.asyncio(loop_scope="session")

DIST = Path(__file__).parents[3] / "server" / "parlour" / "static" / "package" / "dist"
OPEN = """
async ([token, room]) => {
  const [sdk, local] = await Promise.all([import("/parlour/client.js"), import("/sdk/local.js")]);
  window.posts = local.keepPosts();
  window.client = sdk.connect({ token, posts: window.posts });
  await window.client.ready();
  if (room) window.room = await window.client.joinRoom({ room });
}
"""
TYPE = "() => { for (const text of ['one', 'two', 'three']) window.room.say(text).catch(() => {}); }"
KEPT = "async () => (await window.posts.load(window.client.me.get().account)).length === 3"


@pytest_asyncio.fixture(loop_scope="session")
async def wire() -> AsyncIterator[Wire]:
    wire = Wire()
    await wire.start()
    async with ServerProcess(env={"PARLOUR_ORIGINS": wire.url}) as wire.server:
        wire.lead_to(wire.server.port)
        yield wire
    await wire.close()


async def opened(page: Page, token: str, room: str | None) -> None:
    """Open the page's client; its modules come from the built package."""

    async def module(route: Route) -> None:
        name = route.request.url.partition("/sdk/")[2]
        await route.fulfill(path=DIST / name, content_type="text/javascript")

    await page.route("**/sdk/**", module)
    await page.evaluate(OPEN, [token, room])


async def test_posts_typed_while_offline_are_sent_after_a_reload_once(open_page: OpenPage, wire: Wire) -> None:
    async with aiohttp.ClientSession() as http:
        token = (await sign_in(http, wire.server.url, wallet("ada")))["token"]
    async with connect(wire.server.url, wallet("bob").key.hex()) as bob:
        room = (await bob.create("chat", id="kept-posts"))["id"]
        page = await open_page(wire.url + "/healthz")
        await opened(page, token, room)
        await page.evaluate("window.room.say('before')")
        wire.cut()
        await page.evaluate(TYPE)
        await page.wait_for_function("window.client.unsent === 3")
        await page.wait_for_function(KEPT)
        await page.goto("about:blank")
        wire.mend()
        await page.goto(wire.url + "/healthz")
        await opened(page, token, None)
        await page.wait_for_function("window.client.unsent === 0")
        async with bob.join(room) as mine:
            texts = [entry.body["text"] for entry in (await mine.history()).items if entry.type == "chat.message"]
        assert texts == ["before", "one", "two", "three"]
        await page.goto(wire.url + "/healthz")
        await opened(page, token, None)
        assert await page.evaluate("window.client.unsent") == 0, "nothing is left"
