"""The demo page without a network: half a minute apart in the middle of talk and game, and a reload meanwhile."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, expect

from parlour.testing.server import ServerProcess
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import in_room, message, open_table, say, sit_down, take, verdict
from tests.e2e.browser.test_demo import two_people

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOST = "The connection was lost."


async def lose_network(page: Page) -> None:
    """Chromium opens no connection from now on, and is told so, whereupon the page gives up the one it has."""
    await page.context.set_offline(True)
    await page.evaluate("window.dispatchEvent(new Event('offline'))")


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_half_a_minute_apart_loses_nothing_of_talk_and_game(open_page: OpenPage, dev: ServerProcess) -> None:
    ada, grace = await two_people(open_page, dev)
    await open_table(ada, "Apart")
    await grace.goto(ada.url)
    await in_room(grace, "Apart")
    for player in (ada, grace):
        await sit_down(player)
    await take(ada, 0)
    await verdict(grace, "Your turn")
    await lose_network(ada)
    await expect(ada.get_by_text(LOST)).to_be_visible()
    await take(grace, 3)
    await say(grace, "are you there?")
    await say(ada, "from the dark")
    await expect(ada.get_by_text("Sending…")).to_be_visible()
    await asyncio.sleep(30)
    await ada.context.set_offline(False)
    for page in (ada, grace):
        for text in ("are you there?", "from the dark"):
            await expect(message(page, text)).to_have_count(1)
        await expect(page.locator(".cell").nth(3)).to_have_attribute("aria-label", "left: circle")
    await expect(ada.get_by_text(LOST)).to_have_count(0)
    for player, cell in ((ada, 1), (grace, 4), (ada, 2)):
        await take(player, cell)
    await verdict(ada, "You won")
    await verdict(grace, "Ada won")


async def test_message_that_waits_is_sent_once_by_a_reloaded_page(open_page: OpenPage, dev: ServerProcess) -> None:
    ada, grace = await two_people(open_page, dev)
    await say(ada, "before the reload")
    await expect(message(grace, "before the reload")).to_be_visible()
    await lose_network(ada)
    await say(ada, "in the middle of it")
    await expect(ada.get_by_text("Sending…")).to_be_visible()
    await ada.context.set_offline(False)
    await ada.reload()
    await in_room(ada, "Lobby")
    for page in (ada, grace):
        await expect(message(page, "in the middle of it")).to_have_count(1)
    await expect(ada.get_by_text("Sending…")).to_have_count(0)
    await ada.reload()
    await in_room(ada, "Lobby")
    await expect(message(ada, "in the middle of it")).to_have_count(1)
