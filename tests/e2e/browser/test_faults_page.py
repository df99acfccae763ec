"""What the demo page keeps and shows on a bad day: reloads, lost connections, odd addresses, proxies."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import composer, go_to, in_room, message, say, sign_in
from tests.e2e.browser.prefix import behind_a_prefix
from tests.e2e.browser.wallet import InjectedWallet

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_both_pages_work_behind_a_path_prefix(open_page: OpenPage, dev: ServerProcess) -> None:
    async with behind_a_prefix(dev.url) as front:
        page = await open_page(front)
        await sign_in(page, "Ada")
        await say(page, "below a prefix")
        await expect(message(page, "below a prefix").last).to_be_visible()
        await go_to(page, "Tic-tac-toe")
        await expect(page.locator(".board")).to_be_visible()
        await page.goto(front + "admin/#/rooms")
        await expect(page.get_by_role("row", name="Lobby")).to_be_visible()


async def test_draft_outlives_a_room_switch_and_a_reload(open_page: OpenPage, dev: ServerProcess) -> None:
    page = await open_page(dev.url + "/")
    await sign_in(page, "Ada")
    await composer(page).fill("half a tho")
    await go_to(page, "Tic-tac-toe")
    await expect(composer(page)).to_have_value("")
    await go_to(page, "Lobby")
    await expect(composer(page)).to_have_value("half a tho")
    await page.reload()
    await in_room(page, "Lobby")
    await expect(composer(page)).to_have_value("half a tho")


async def test_address_that_is_no_room_leads_to_the_lobby(open_page: OpenPage, dev: ServerProcess) -> None:
    page = await open_page(dev.url + "/#/100%")
    await page.get_by_role("button", name="Ada").click()
    await in_room(page, "Lobby")


async def test_serve_without_a_lobby_offers_rooms_or_to_make_one(open_page: OpenPage, served: ServerProcess) -> None:
    page = await open_page(served.url + "/", wallet=InjectedWallet(wallet("browser-carol")))
    await page.get_by_role("button", name="Pocket Wallet").click()
    await expect(page.get_by_role("region", name="No room yet")).to_be_visible()
    await expect(page.get_by_text("Opening the room")).to_have_count(0)


async def test_log_is_one_tab_stop_walked_with_arrows(open_page: OpenPage, dev: ServerProcess) -> None:
    page = await open_page(dev.url + "/")
    await sign_in(page, "Grace")
    for text in ("the first of two", "the second of two"):
        await say(page, text)
    await expect(message(page, "the second of two").last).to_be_visible()
    await page.get_by_role("log").focus()
    await page.keyboard.press("ArrowUp")
    await expect(message(page, "the second of two").last).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(message(page, "the first of two").last).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Enter")
    await expect(message(page, "the first of two").last.locator(".reaction")).to_have_text("👍 1")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Add files")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(composer(page)).to_be_focused()
