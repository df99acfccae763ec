"""The page of a finished match: played from its log, checked in the browser, and refused where a byte was changed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Route, expect

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.kit import done, made, post
from tests.e2e.stock import PythonClient

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[ServerProcess]:
    async with ServerProcess(env={"PARLOUR_GUESTS": "on"}) as server:
        yield server


async def finished_match(server: ServerProcess) -> str:
    """Let two people play a match to its end; return the address of its replay."""
    async with PythonClient() as ann, PythonClient() as ben, aiohttp.ClientSession() as http:
        for client, name in ((ann, "ann"), (ben, "ben")):
            await client.connect(server.url, (await sign_in(http, server.url, wallet(name)))["token"])
        room = await made(ann, "tic-tac-toe", title="The last match")
        for client in (ann, ben):
            await done(client, "room:join", room=room)
        for number, cell in enumerate((0, 3, 1, 4, 2)):
            body = {"action": "place", "args": {"cell": cell}}
            await done((ann, ben)[number % 2], "room:post", **post(room, "game.action", body))
    return f"{server.url}/replay/{room}"


async def test_replay_page_plays_a_match_and_checks_its_log(open_page: OpenPage, server: ServerProcess) -> None:
    address = await finished_match(server)
    page = await open_page(address)
    await expect(page.get_by_role("heading", name="The last match")).to_be_visible()
    await expect(page.get_by_role("status")).to_contain_text("Checked in this page")
    slider = page.get_by_label("Entry of the log")
    await expect(slider).to_have_value("1")
    await page.get_by_role("button", name="Play").click()
    await expect(slider).to_have_value(str(await slider.get_attribute("max")))
    await expect(page.get_by_label("State", exact=True)).to_contain_text("ended")
    moment = await open_page(f"{address}#4")
    await expect(moment.get_by_label("Entry of the log")).to_have_value("4")


async def test_replay_page_refuses_a_log_in_which_a_byte_was_changed(
    open_page: OpenPage, server: ServerProcess
) -> None:
    address = await finished_match(server)
    page = await open_page(f"{server.url}/parlour/client.js")

    async def change(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, body=(await answer.text()).replace('"cell":4', '"cell":5', 1))

    await page.route("**/api/rooms/*/replay", change)
    await page.goto(address)
    told = page.get_by_role("status")
    await expect(told).to_contain_text("This is not the match as it was played")
    await expect(told).to_contain_text("its body has another hash")
    await expect(page.get_by_label("Entry of the log")).to_have_count(0)
