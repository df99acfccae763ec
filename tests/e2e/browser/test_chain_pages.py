"""The demo's pages about a chain: blocks as they come and a look-up, and a market's candles, trades and depth."""

from __future__ import annotations

import os
import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from parlour.testing.anvil import AnvilChain
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.amm import ETHER, Amm, pair
from tests.anvil import anvil
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import message
from tests.e2e.browser.test_pages import assert_no_barriers
from tests.e2e.kit import done
from tests.e2e.stock import PythonClient

pytestmark = pytest.mark.asyncio(loop_scope="session")
MARKET = "eth-usd"
LOOKS = [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)]


@dataclass
class Place:
    """A server that follows a chain with one pool, and the market of it."""

    chain: AnvilChain
    server: ServerProcess
    amm: Amm
    now: int

    async def trade(self, usd: int, eth: float, seconds: int = 60) -> None:
        """Buy ETH, in a block of a later minute."""
        self.now += seconds
        paid, out = usd * 10**6, int(eth * ETHER)
        await self.chain.rpc("evm_setNextBlockTimestamp", self.now)
        amounts = (0, out) if self.amm.usd_first else (out, 0)
        await self.amm.swap(*amounts, paid=(paid, 0) if self.amm.usd_first else (0, paid))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place() -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        chain = await stack.enter_async_context(anvil(slots=4))
        chains = [{"chainId": chain.chain_id, "urls": [chain.ws_url]}]
        env = {"PARLOUR_GUESTS": "on"}
        server = await stack.enter_async_context(ServerProcess(chains=chains, env=env))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        token = (await sign_in(http, server.url, wallet("ann")))["token"]
        ann = await stack.enter_async_context(PythonClient(["websocket"]))
        await ann.connect(server.url, token)
        amm = await pair(chain)
        place = Place(chain, server, amm, int(time.time()) // 60 * 60 + 70)
        base = "token1" if amm.usd_first else "token0"
        options = {"chain": chain.chain_id, "pool": amm.pool.address, "base": base}
        await done(ann, "room:create", kind="market", id=MARKET, title="Ether in dollars", options=options)
        for usd, eth in ((2100, 1.0), (4100, 2.0), (2060, 1.0), (6300, 3.0), (2150, 1.0), (2200, 1.0)):
            await place.trade(usd, eth)
            await place.trade(usd, eth * 0.98, seconds=2)
        yield place


async def looking_at(open_page: OpenPage, place: Place, room: str, *, theme: str = "light", width: int = 1280) -> Page:
    page = await open_page(f"{place.server.url}/#/{room}", theme=theme, width=width)
    await page.get_by_role("button", name="Look around as a guest").click()
    return page


async def picture(page: Page, name: str) -> None:
    """Keep a screenshot where `PARLOUR_PICTURES` names a folder."""
    if folder := os.environ.get("PARLOUR_PICTURES"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("theme", "width"), LOOKS)
async def test_market_page_shows_candles_trades_and_depth(
    open_page: OpenPage, place: Place, axe: str, theme: str, width: int
) -> None:
    page = await looking_at(open_page, place, MARKET, theme=theme, width=width)
    market = page.get_by_role("region", name="Market of ETH in USD")
    await expect(market.get_by_text("unverified pool")).to_be_visible()
    await expect(market.locator(".candles canvas")).to_be_visible()
    await expect(market.get_by_role("img")).to_have_accessible_name(re.compile("^6 candles of 1m"))
    await expect(market.get_by_role("region", name="Depth").locator("tbody tr")).to_have_count(10)
    await expect(market.get_by_role("region", name="Latest trades").locator("tbody tr")).to_have_count(12)
    await picture(page, f"market-{theme}-{width}")
    await market.get_by_role("button", name="1h", exact=True).click()
    await expect(market.get_by_role("button", name="1h", exact=True)).to_have_attribute("aria-pressed", "true")
    await assert_no_barriers(page, axe)


async def test_market_page_follows_trades_and_marks_those_undone(open_page: OpenPage, place: Place) -> None:
    page = await looking_at(open_page, place, MARKET)
    rows = page.get_by_role("region", name="Latest trades").locator("tbody tr")
    await expect(rows.first).to_be_visible()
    before = await rows.count()
    await place.trade(2300, 1.0)
    await expect(rows).to_have_count(before + 1)
    await place.chain.reorg(2)
    await place.chain.mine(2)
    await expect(rows.first).to_have_class("gone")
    await expect(rows.first).to_contain_text("reverted")


@pytest.mark.parametrize(("theme", "width"), LOOKS)
async def test_explorer_page_shows_blocks_as_they_come(
    open_page: OpenPage, place: Place, axe: str, theme: str, width: int
) -> None:
    page = await looking_at(open_page, place, f"chain:{place.chain.chain_id}", theme=theme, width=width)
    explorer = page.get_by_role("region", name=f"Chain {place.chain.chain_id}")
    await expect(explorer).to_be_visible()
    await place.chain.mine(6)
    head = await place.chain.height()
    await expect(explorer.locator(".blocks li").first).to_contain_text(str(head))
    await expect(explorer.locator(".blocks li", has_text="safe").first).to_be_visible()
    await picture(page, f"explorer-{theme}-{width}")
    await assert_no_barriers(page, axe)


async def test_explorer_page_looks_things_up(open_page: OpenPage, place: Place, axe: str) -> None:
    page = await looking_at(open_page, place, f"chain:{place.chain.chain_id}")
    await expect(page.get_by_text("Newest block", exact=True).locator("..")).not_to_contain_text("—")
    await expect(page.locator("form.composer, .closed-note")).to_have_count(0)
    receipt = await place.chain.transact(place.amm.tokens[0], "mint", place.chain.accounts[1], 5)
    field, found = page.get_by_label("Transaction, block or account"), page.get_by_label("Found")
    await field.fill(receipt["transactionHash"])
    await field.press("Enter")
    await expect(found).to_contain_text("Transfer")
    await field.fill(place.amm.pool.address)
    await field.press("Enter")
    await expect(found).to_contain_text("Contract")
    await field.fill(receipt["blockHash"])
    await field.press("Enter")
    await expect(found).to_contain_text("Parent")
    await picture(page, "explorer-found")
    await assert_no_barriers(page, axe)
    await field.fill("nonsense")
    await field.press("Enter")
    await expect(page.get_by_role("alert").filter(has_text="Type a block")).to_be_visible()


async def test_message_shows_the_room_transaction_and_address_it_is_about(open_page: OpenPage, place: Place) -> None:
    tx = await place.chain.send({"to": place.chain.accounts[1], "value": hex(ETHER)})
    await place.chain.mine()
    async with aiohttp.ClientSession() as http, PythonClient(["websocket"]) as ann:
        await ann.connect(place.server.url, (await sign_in(http, place.server.url, wallet("ann")))["token"])
        await done(ann, "room:create", kind="chat", id="talk", title="Talk")
        chain = place.chain.chain_id
        for text, card in (
            ("trade here", {"room": MARKET}),
            ("that one", {"chain": chain, "tx": tx}),
            ("this pool", {"chain": chain, "address": place.amm.pool.address}),
            ("elsewhere", {"chain": 5, "tx": tx}),
        ):
            await done(ann, "room:post", room="talk", type="chat.message", id=text, body={"text": text, "card": card})
    page = await looking_at(open_page, place, "talk")
    about = {text: message(page, text).locator(".about") for text in ("that one", "this pool", "elsewhere")}
    included = re.compile(f"Transaction {tx[:10]}.* 1 ether, (included|safe|final)")
    await expect(about["that one"]).to_contain_text(included)
    await expect(about["this pool"]).to_contain_text(re.compile("Address 0x.* 0 ether, a contract"))
    await expect(about["elsewhere"]).to_contain_text("chain 5")
    await picture(page, "cards")
    await message(page, "trade here").get_by_role("link", name=f"Room {MARKET}").click()
    await expect(page.get_by_role("heading", level=1, name="Ether in dollars")).to_be_visible()
