"""The demo page as people use it: sign in, talk, play, reload, stake."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from tests.anvil import need_anvil
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import (
    composer,
    go_to,
    in_room,
    message,
    open_table,
    put_in,
    say,
    sign_in,
    sit_down,
    take,
    verdict,
)
from tests.e2e.browser.test_games_page import close_room
from tests.e2e.browser.test_pages import assert_no_barriers
from tests.e2e.browser.wallet import InjectedWallet, rich_account

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_person_signs_in_with_an_injected_wallet(open_page: OpenPage, served: ServerProcess) -> None:
    pocket = InjectedWallet(wallet("browser-alice"))
    page = await open_page(served.url + "/", wallet=pocket)
    await page.get_by_role("button", name="Pocket Wallet").click()
    await expect(page.locator(".me")).to_contain_text(pocket.account.address[:6])
    assert pocket.asked.count("personal_sign") == 1
    assert pocket.messages[0].splitlines()[1] == pocket.account.address  # EIP-55, whatever the wallet answered


async def test_declined_signature_leaves_the_door_open(open_page: OpenPage, served: ServerProcess) -> None:
    pocket = InjectedWallet(wallet("browser-alice"))
    pocket.rejects = True
    page = await open_page(served.url + "/", wallet=pocket)
    await page.get_by_role("button", name="Pocket Wallet").click()
    await expect(page.get_by_role("alert")).to_contain_text("declined in the wallet")
    pocket.rejects = False
    await page.get_by_role("button", name="Pocket Wallet").click()
    await expect(page.get_by_role("button", name="Sign out")).to_be_visible()


async def test_another_account_in_the_wallet_signs_the_person_out(open_page: OpenPage, served: ServerProcess) -> None:
    page = await open_page(served.url + "/", wallet=InjectedWallet(wallet("browser-alice")))
    await page.get_by_role("button", name="Pocket Wallet").click()
    await expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    await page.evaluate("window.tellFromWallet('accountsChanged', ['0x70997970c51812dc3a010c7d01b50e0d17dc79c8'])")
    await expect(page.get_by_role("heading", name="Come in")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="Come in")).to_be_visible()


async def test_serve_admits_no_guests_and_offers_no_dev_wallets(open_page: OpenPage, served: ServerProcess) -> None:
    page = await open_page(served.url + "/")
    await expect(page.get_by_text("No wallet found")).to_be_visible()
    await page.get_by_role("button", name="Look around as a guest").click()
    await expect(page.get_by_role("alert")).to_contain_text("admits no guests")


async def test_two_tabs_talk(open_page: OpenPage, dev: ServerProcess) -> None:
    ada, grace = await two_people(open_page, dev)
    await expect(ada.locator(".people")).to_contain_text("Grace")
    await composer(grace).press_sequentially("gm")
    await expect(ada.get_by_text("Grace is typing…")).to_be_visible()
    await composer(grace).press("Enter")
    await expect(message(ada, "gm")).to_be_visible()
    await expect(ada.get_by_text("Grace is typing…")).to_have_count(0)
    await message(ada, "gm").hover()
    await message(ada, "gm").get_by_role("button", name="React with 🎉").click()
    await expect(message(grace, "gm").locator(".reaction")).to_have_text("🎉 1")


async def test_message_is_changed_and_taken_back_with_the_keyboard(open_page: OpenPage, dev: ServerProcess) -> None:
    ada, grace = await two_people(open_page, dev)
    await say(ada, "the first thuoght")
    await expect(message(grace, "the first thuoght")).to_be_visible()
    await composer(ada).press("ArrowUp")
    await expect(composer(ada)).to_have_value("the first thuoght")
    await say(ada, "the first thought")
    await expect(message(grace, "the first thought")).to_contain_text("(edited)")
    await message(ada, "the first thought").get_by_role("button", name="Delete").focus()
    await ada.keyboard.press("Enter")
    await expect(grace.get_by_text("This message was taken back.").last).to_be_visible()
    await expect(message(grace, "the first thought")).to_have_count(0)


async def test_markup_in_a_message_is_only_text(open_page: OpenPage, dev: ServerProcess) -> None:
    ada, grace = await two_people(open_page, dev)
    text = "<img src=x onerror=\"document.title='broken into'\"><b>bold</b>"
    await say(ada, text)
    await expect(message(grace, text).locator(".text")).to_have_text(text)
    assert await grace.locator(".message img, .message b").count() == 0
    assert await grace.title() == "Lobby · Parlour"


async def test_game_is_played_to_its_end(open_page: OpenPage, dev: ServerProcess) -> None:
    ada, grace = await two_people(open_page, dev)
    await open_table(ada, "To the end")
    await grace.goto(ada.url)
    await in_room(grace, "To the end")
    await verdict(grace, "Waiting for 2 players")
    for player in (ada, grace):
        await sit_down(player)
    for player, cell in ((ada, 0), (grace, 3), (ada, 1), (grace, 4)):
        await take(player, cell)
    await expect(grace.locator(".cell").nth(1)).to_have_attribute("aria-label", "top: cross")
    await verdict(ada, "Your turn")
    await ada.keyboard.press("b")
    await ada.keyboard.press("ArrowUp")
    await ada.keyboard.press("3")
    await verdict(ada, "You won")
    await verdict(grace, "Ada won")
    await expect(grace.locator(".cell.in-line")).to_have_count(3)
    await expect(grace.get_by_role("log")).to_contain_text("Ada took the top right")
    for player in (grace, ada):
        await player.get_by_role("button", name="Play again").click()
    await expect(ada.locator(".cell .mark")).to_have_count(0)


async def test_reload_resumes_the_session_the_room_and_the_seat(open_page: OpenPage, dev: ServerProcess) -> None:
    ada, grace = await two_people(open_page, dev)
    await open_table(ada, "Still here")
    await grace.goto(ada.url)
    for player in (ada, grace):
        await sit_down(player)
    await take(ada, 4)
    await expect(grace.locator(".cell").nth(4)).to_have_attribute("aria-label", "middle: cross")
    await grace.reload()
    await in_room(grace, "Still here")
    await expect(grace.locator(".seat small", has_text="you")).to_be_visible()
    await verdict(grace, "Your turn")
    await take(grace, 0)
    await expect(ada.locator(".cell").nth(0)).to_have_attribute("aria-label", "top left: circle")


async def test_match_begins_with_both_stakes_and_pays_nobody(open_page: OpenPage, dev: ServerProcess, axe: str) -> None:
    need_anvil()
    ada, grace = await two_people(open_page, dev)
    await open_table(ada, "High stakes", staked=True)
    await grace.goto(ada.url)
    for player in (ada, grace):
        await sit_down(player)
    await verdict(ada, "Put in your stake to play")
    await put_in(ada)
    await verdict(ada, "Waiting for Grace’s stake")
    await ada.locator(".cell").nth(4).click(force=True)
    await verdict(grace, "Put in your stake to play")
    await put_in(grace)
    await verdict(ada, "Your turn")
    await expect(ada.locator(".cell").nth(4)).to_have_attribute("aria-label", "middle: free")
    await expect(grace.locator(".chain-card")).to_have_count(2)
    await expect(grace.get_by_role("log")).to_contain_text("Ada put 0.01 ETH on the table")
    await expect(ada.locator(".pot")).to_have_text(re.compile(r"0\.02\s*ETH"))
    await take(ada, 4)
    await expect(grace.locator(".cell").nth(4)).to_have_attribute("aria-label", "middle: cross")
    await expect(grace.get_by_role("button", name="back")).to_have_count(0)
    for cell, player in ((0, grace), (1, ada), (3, grace), (7, ada)):
        await take(player, cell)
    await verdict(grace, "Ada won")
    await expect(grace.locator(".stakes")).to_contain_text("Winning pays nothing yet")
    await assert_no_barriers(grace, axe)
    await grace.get_by_role("button", name="Take my 0.01 ETH back").click()
    await expect(ada.get_by_role("log")).to_contain_text("Grace took 0.01 ETH back")
    await expect(ada.locator(".pot")).to_have_text(re.compile(r"0\.01\s*ETH"))
    await expect(grace.get_by_role("button", name="Take my 0.01 ETH back")).to_have_count(0)
    for player in (ada, grace):
        await player.get_by_role("button", name="Play again").click()
    await verdict(ada, "You won")
    await put_in(grace)
    await verdict(grace, "Your turn")


async def test_stake_is_taken_back_from_a_table_nobody_came_to(open_page: OpenPage, dev: ServerProcess) -> None:
    need_anvil()
    ada = await open_page(dev.url + "/", theme="dark", width=390)
    await sign_in(ada, "Ada")
    await ada.get_by_role("button", name="Rooms", exact=True).click()
    await open_table(ada, "Nobody came", staked=True, game="Battleship")
    await sit_down(ada)
    await put_in(ada)
    await ada.get_by_text("Where the money is").click()
    await expect(ada.locator(".stakes")).to_contain_text("that player alone can take it out")
    await ada.get_by_role("button", name="Leave the table").click()
    await expect(ada.locator(".stakes")).to_contain_text("You do not play here")
    await ada.get_by_role("button", name="Take my 0.01 ETH back").click()
    await expect(ada.locator(".stakes")).to_contain_text("Winning pays nothing yet")
    await expect(ada.get_by_role("log")).to_contain_text("Ada took 0.01 ETH back")


async def test_stake_of_a_closed_table_is_taken_back_elsewhere(
    open_page: OpenPage, dev: ServerProcess, axe: str
) -> None:
    need_anvil()
    ada, grace = await two_people(open_page, dev)
    await open_table(ada, "Shut at noon", staked=True)
    await grace.goto(ada.url)
    await sit_down(grace)
    await put_in(grace)
    await expect(grace.get_by_role("button", name="Take my 0.01 ETH back")).to_be_visible()
    await close_room(dev, "Ada", ada.url)
    await expect(grace.locator(".stakes")).to_contain_text("closed to you, and no stake is lost")
    await expect(grace.get_by_role("button", name="Leave the table")).to_have_count(0)
    await grace.goto(dev.url + "/#/lobby")
    await grace.reload()
    await expect(grace.get_by_role("region", name="Your stakes")).to_contain_text("Shut at noon")
    await assert_no_barriers(grace, axe)
    await grace.get_by_role("button", name="Take back the stake of Shut at noon").click()
    await expect(grace.get_by_role("region", name="Your stakes")).to_have_count(0)


async def test_injected_wallet_stakes_too(open_page: OpenPage, dev: ServerProcess) -> None:
    need_anvil()
    rich = InjectedWallet(rich_account(3), rpc=f"{dev.url}/api/dev/rpc")
    page = await open_page(dev.url + "/", wallet=rich)
    await sign_in(page, "Pocket Wallet")
    await open_table(page, "From a pocket", staked=True)
    await sit_down(page)
    await put_in(page)
    await expect(page.locator(".chain-card")).to_contain_text("put 0.01 ETH on the table")
    assert rich.asked.count("eth_sendTransaction") == 2  # the pot, then the stake


async def test_draft_is_sent_once_when_the_server_is_back(open_page: OpenPage, served: ServerProcess) -> None:
    alice = await open_page(served.url + "/", wallet=InjectedWallet(wallet("browser-alice")))
    await alice.get_by_role("button", name="Pocket Wallet").click()
    await make_room(alice, "Hard floor")
    bob = await open_page(alice.url, wallet=InjectedWallet(wallet("browser-bob")))
    await bob.get_by_role("button", name="Pocket Wallet").click()
    await in_room(bob, "Hard floor")
    await say(alice, "before")
    await expect(message(bob, "before")).to_be_visible()
    await served.kill9()
    await expect(alice.get_by_text("The connection was lost.")).to_be_visible()
    await say(alice, "meanwhile")
    await expect(alice.get_by_text("Sending…")).to_be_visible()
    await served.start()
    await expect(message(bob, "meanwhile")).to_have_count(1)
    await expect(message(alice, "meanwhile")).to_have_count(1)
    await expect(alice.get_by_text("Sending…")).to_have_count(0)
    await expect(message(bob, "before")).to_have_count(1)


async def test_guest_looks_on(open_page: OpenPage, dev: ServerProcess) -> None:
    page = await open_page(dev.url + "/")
    await page.get_by_role("button", name="Look around as a guest").click()
    await in_room(page, "Lobby")
    await expect(page.get_by_text("You are looking on as a guest.")).to_be_visible()
    await expect(composer(page)).to_have_count(0)


async def test_rooms_are_reached_with_the_keyboard_alone(open_page: OpenPage, dev: ServerProcess) -> None:
    page = await open_page(dev.url + "/")
    await sign_in(page, "Satoshi")
    await expect(composer(page)).to_be_visible()
    await page.keyboard.press("/")
    await expect(composer(page)).to_be_focused()
    await page.keyboard.type("no hands")
    await page.keyboard.press("Enter")
    await expect(message(page, "no hands").last).to_be_visible()
    await page.get_by_role("log").focus()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    await page.keyboard.press("Escape")
    await go_to(page, "Tic-tac-toe")
    await page.locator(".verdict").wait_for()
    await page.keyboard.press("[")
    await expect(page.get_by_role("heading", level=1, name="Tic-tac-toe", exact=True)).to_have_count(0)


async def two_people(open_page: OpenPage, dev: ServerProcess) -> tuple[Page, Page]:
    """Ada and Grace in the lobby, each in a browser of their own."""
    ada, grace = await open_page(dev.url + "/"), await open_page(dev.url + "/", theme="dark")
    await sign_in(ada, "Ada")
    await sign_in(grace, "Grace")
    return ada, grace


async def make_room(page: Page, title: str) -> None:
    await page.get_by_role("button", name="New room or table").click()
    await page.get_by_label("Name").fill(title)
    await page.get_by_label("A room to talk in").check()
    await page.get_by_role("button", name="Open it").click()
    await in_room(page, title)
