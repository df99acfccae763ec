"""Two people with wallets of their own walk through the whole demo, and one of them loses the network in the middle."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from parlour.commands.dev_market import MARKET
from parlour.commands.dev_pass import HOLDERS
from parlour.testing.server import ServerProcess
from tests.anvil import need_anvil
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import in_room, message, open_table, say, sign_in, sit_down, take, verdict
from tests.e2e.browser.test_cut_page import LOST
from tests.e2e.browser.test_document_page import button, shows, text_of, write
from tests.e2e.browser.wallet import InjectedWallet, rich_account

pytestmark = pytest.mark.asyncio(loop_scope="session")

CUT_S = 30
LOOKS = [(width, theme) for width in (1280, 390) for theme in ("light", "dark")]


@pytest.mark.long
@pytest.mark.timeout(1200)
async def test_two_wallets_walk_through_the_demo_and_a_lost_network_loses_nothing(
    open_page: OpenPage, dev: ServerProcess
) -> None:
    need_anvil()
    ann, ben = [
        await open_page(dev.url + "/", wallet=InjectedWallet(rich_account(at), rpc=f"{dev.url}/api/dev/rpc"))
        for at in (1, 2)
    ]
    await look(ann, "welcome")
    for page in (ann, ben):
        await sign_in(page, "Pocket Wallet")
    await say(ann, "the first stop")
    await expect(message(ben, "the first stop")).to_have_count(1)
    await look(ann, "lobby")
    await pass_the_gate(ann)
    await visit(ann, MARKET, "Ether in dollars")
    await look(ann, "market")
    await button(ann, "Wallet", exact=True).click()
    await expect(ann.get_by_role("heading", name="Balances")).to_be_visible()
    await look(ann, "wallet")
    await visit(ann, "lobby", "Lobby")
    table = await share_a_table(ann, ben)
    notes = await share_a_document(ann, ben)
    await lose_and_find(ann, ben, table, notes)


async def pass_the_gate(page: Page) -> None:
    """Buy what the gated room asks for, where it asks for it."""
    await page.evaluate("room => (location.hash = `#/${room}`)", HOLDERS)
    door = page.get_by_role("region", name="A gated room")
    await expect(door.get_by_role("button", name="Buy 1 for 0.01 ETH")).to_be_visible()
    await look(page, "gate")
    await door.get_by_role("button", name="Buy 1 for 0.01 ETH").click()
    await in_room(page, "Holders of a pass")
    await say(page, "I bought it here")
    await expect(message(page, "I bought it here")).to_have_count(1)


async def share_a_table(ann: Page, ben: Page) -> str:
    await open_table(ann, "Walked to")
    await ben.goto(ann.url)
    for player in (ann, ben):
        await in_room(player, "Walked to")
        await sit_down(player)
    await take(ann, 0)
    await verdict(ben, "Your turn")
    await look(ann, "table")
    return ann.url


async def share_a_document(ann: Page, ben: Page) -> str:
    await button(ann, "New room or table").click()
    await look(ann, "new-room")
    await ann.get_by_label("Name").fill("Notes of the walk")
    await ann.get_by_label("A document to write together").check()
    await button(ann, "Open it").click()
    await in_room(ann, "Notes of the walk")
    await ben.goto(ann.url)
    await in_room(ben, "Notes of the walk")
    await write(ann, "Both are here. ")
    await shows(ben, "Both are here.")
    await look(ann, "document")
    return ann.url


async def lose_and_find(ann: Page, ben: Page, table: str, notes: str) -> None:
    """Cut talk, game and document of one person, each in a tab; all that both did meanwhile is there once, after."""
    lobby = notes.split("#")[0] + "#/lobby"
    talk, game = await tab(ann, lobby, "Lobby"), await tab(ann, table, "Walked to")
    await ann.context.set_offline(True)
    for page in (ann, talk, game):
        await page.evaluate("window.dispatchEvent(new Event('offline'))")
        await expect(page.get_by_text(LOST)).to_be_visible()
    await write(ann, "Written in the dark. ")
    await say(talk, "said in the dark")
    await expect(talk.get_by_text("Sending…")).to_be_visible()
    await write(ben, "Written in the light. ")
    await ben.goto(lobby)
    await in_room(ben, "Lobby")
    await say(ben, "said in the light")
    await ben.goto(table)
    await in_room(ben, "Walked to")
    await take(ben, 3)
    await asyncio.sleep(CUT_S)
    await ann.context.set_offline(False)
    await talk.reload()  # in the middle of the post
    await in_room(talk, "Lobby")
    await expect(game.locator(".cell").nth(3)).to_have_attribute("aria-label", "left: circle")
    for player, cell in ((game, 1), (ben, 4), (game, 2)):
        await take(player, cell)
    await verdict(game, "You won")
    await ben.goto(lobby)
    for page in (talk, ben):
        for text in ("said in the dark", "said in the light"):
            await expect(message(page, text)).to_have_count(1)
    await talk.reload()
    await in_room(talk, "Lobby")
    await expect(message(talk, "said in the dark")).to_have_count(1)
    await ben.goto(notes)
    await in_room(ben, "Notes of the walk")
    for text in ("Both are here.", "Written in the dark.", "Written in the light."):
        for page in (ann, ben):
            await shows(page, text)
    await expect(text_of(ben)).to_have_text(await text_of(ann).inner_text())


async def tab(of: Page, url: str, title: str) -> Page:
    """Open another tab of a person's browser, signed in too."""
    page = await of.context.new_page()
    await page.goto(url)
    await button(page, "Pocket Wallet").click()
    await in_room(page, title)
    await expect(button(page, "Sign out")).to_be_visible()
    return page


async def visit(page: Page, room: str, title: str) -> None:
    await page.evaluate("room => (location.hash = `#/${room}`)", room)
    await in_room(page, title)


async def look(page: Page, name: str) -> None:
    """Keep screenshots in both widths and themes where `PARLOUR_PICTURES` names a folder."""
    folder = os.environ.get("PARLOUR_PICTURES")
    if folder is None:
        return
    for width, theme in LOOKS:
        await page.set_viewport_size({"width": width, "height": 800 if width > 500 else 844})
        await page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        await page.wait_for_timeout(400)  # transitions end
        await page.screenshot(path=Path(folder) / f"{name}-{width}-{theme}.png")
    await page.set_viewport_size({"width": 1280, "height": 800})
    await page.emulate_media(color_scheme="light")
