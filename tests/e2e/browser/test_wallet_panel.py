"""The demo's wallet panel on a real chain: balances, and a transaction from the wallet's question to finality."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from eth_utils.address import to_checksum_address
from playwright.async_api import Page, expect

from parlour.testing.anvil import AnvilChain
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from parlour_client import connect
from tests.anvil import anvil
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import in_room
from tests.e2e.browser.test_pages import assert_no_barriers
from tests.e2e.browser.wallet import InjectedWallet, rich_account

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONTRACTS = Path(__file__).parents[2] / "contracts"
COIN = json.loads((CONTRACTS / "Gates.json").read_text())["contracts"]["Coin"]
WALLETS = json.loads((CONTRACTS / "Wallets.json").read_text())["contracts"]
SINK = "0x00000000000000000000000000000000000000AA"
COINS = 10**18
FINAL_BLOCKS = 8


@dataclass
class Place:
    """A server that follows a chain whose blocks the test makes."""

    chain: AnvilChain
    server: ServerProcess

    def pocket(self, at: int) -> InjectedWallet:
        return InjectedWallet(rich_account(at), rpc=self.chain.url)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place() -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        chain = await stack.enter_async_context(anvil(slots=2, automine=False))
        await chain.mine()
        chains = [{"chainId": chain.chain_id, "urls": [chain.ws_url]}]
        server = await stack.enter_async_context(ServerProcess(chains=chains))
        keeper = await stack.enter_async_context(connect(server.url, wallet("keeper")))
        await keeper.create("chat", id="lobby", title="Lobby")
        yield Place(chain, server)


async def open_panel(open_page: OpenPage, place: Place, pocket: InjectedWallet, *, width: int = 1280) -> Page:
    page = await open_page(place.server.url + "/", wallet=pocket, width=width)
    await page.get_by_role("button", name="Pocket Wallet").click()
    await in_room(page, "Lobby")
    await show_panel(page, width=width)
    return page


async def show_panel(page: Page, *, width: int = 1280) -> None:
    if width < 720:
        await page.get_by_role("button", name="Rooms", exact=True).click()
    await page.get_by_role("button", name="Wallet", exact=True).click()
    await expect(page.get_by_role("heading", name="Balances")).to_be_visible()


async def send(page: Page, amount: str, *, of: str = "ETH") -> None:
    await page.get_by_role("combobox", name="What").select_option(label=of)
    await page.get_by_label("Amount").fill(amount)
    await page.get_by_role("textbox", name="To", exact=True).fill(SINK)
    await page.get_by_role("region", name="Send").get_by_role("button").click()


async def has(page: Page, place: Place, words: str) -> None:
    """The panel shows this balance at the next block after it is followed, whichever that is."""
    async with asyncio.timeout(60):
        while words not in await page.get_by_role("list", name="Balances").inner_text():
            await place.chain.mine()


async def tells(page: Page, words: str) -> None:
    """The newest transaction is this far."""
    lines = page.get_by_role("status", name="Transactions").get_by_role("listitem")
    await expect(lines.first).to_contain_text(words)


async def test_transaction_is_followed_from_the_wallets_question_to_finality(open_page: OpenPage, place: Place) -> None:
    pocket = place.pocket(2)
    page = await open_panel(open_page, place, pocket)
    await has(page, place, "10000 ETH on chain 31337")
    balances = page.get_by_role("list", name="Balances")
    pocket.rejects = True
    await send(page, "0.5")
    await expect(page.get_by_role("alert")).to_contain_text("declined in the wallet")
    await expect(page.get_by_label("Amount")).to_have_value("0.5")
    pocket.rejects = False
    pocket.chain_id = 1  # the page leads it back
    pocket.answers.clear()
    await page.get_by_role("region", name="Send").get_by_role("button").click()
    await expect(
        page.get_by_role("region", name="Send").get_by_role("button", name="Confirm in your wallet…")
    ).to_be_disabled()
    pocket.answers.set()
    await tells(page, "Waiting for a block")
    assert pocket.chain_id == place.chain.chain_id
    await place.chain.mine()
    await tells(page, "In a block")
    await expect(balances).to_contain_text(re.compile(r"9999\.49\d* ETH"))
    await place.chain.mine(FINAL_BLOCKS)
    await tells(page, "Final")


async def test_transactions_undone_and_replaced_are_told_as_such(open_page: OpenPage, place: Place) -> None:
    page = await open_panel(open_page, place, place.pocket(3))
    await send(page, "1")
    await tells(page, "Waiting for a block")
    line = page.get_by_role("status", name="Transactions").locator("code").first
    tx = await line.get_attribute("title")
    assert tx is not None
    await place.chain.cancel(tx)
    await place.chain.mine()
    await tells(page, "Cancelled")
    await send(page, "2")
    await tells(page, "Waiting for a block")
    await place.chain.mine()
    await tells(page, "In a block")
    await place.chain.reorg(1)
    await tells(page, "Undone")


async def test_another_account_in_the_wallet_has_a_panel_of_its_own(open_page: OpenPage, place: Place) -> None:
    pocket = place.pocket(4)
    page = await open_panel(open_page, place, pocket)
    await has(page, place, "10000 ETH")
    other = rich_account(5)
    pocket.account = other
    await page.evaluate("account => window.tellFromWallet('accountsChanged', [account])", other.address)
    await page.get_by_role("button", name="Pocket Wallet").click()  # signed out: it is another person
    await in_room(page, "Lobby")
    await expect(page.locator(".me")).to_contain_text(other.address[:6])
    await send(page, "3")  # the panel stays open, for this account
    await tells(page, "Waiting for a block")


async def test_contract_wallet_sees_what_the_contract_holds_and_what_it_sends(
    open_page: OpenPage, place: Place
) -> None:
    pocket = place.pocket(8)
    owner = f"{int(pocket.account.address, 16):064x}"  # the constructor's argument
    code = WALLETS["OwnedWallet"]["bytecode"] + owner
    deployed = await place.chain.rpc("eth_sendTransaction", {"from": place.chain.accounts[0], "data": code})
    await place.chain.mine()
    contract = to_checksum_address((await place.chain.receipt(deployed))["contractAddress"])
    await place.chain.rpc("anvil_setBalance", contract, hex(3 * COINS))
    pocket.contract = contract
    page = await open_panel(open_page, place, pocket)
    await expect(page.locator(".me")).to_contain_text(contract[:6])
    await has(page, place, "3 ETH on chain 31337")
    await send(page, "1")  # a contract signs no transaction: its owner's key does, as with a relay
    await tells(page, "Waiting for a block")
    await place.chain.mine()
    await tells(page, "In a block")
    await place.chain.mine(FINAL_BLOCKS)
    await tells(page, "Final")


async def test_gated_room_closes_when_its_token_is_sent_away_from_the_panel(open_page: OpenPage, place: Place) -> None:
    pocket = place.pocket(6)
    deployed = await place.chain.rpc("eth_sendTransaction", {"from": place.chain.accounts[0], "data": COIN["bytecode"]})
    await place.chain.mine()
    address = to_checksum_address((await place.chain.receipt(deployed))["contractAddress"])
    mint = f"0x40c10f19{int(pocket.account.address, 16):064x}{5 * COINS:064x}"
    gate = {"chain": 31337, "token": address, "standard": "erc20", "min": str(5 * COINS), "finality": "included"}
    async with connect(place.server.url, wallet("keeper")) as keeper:
        room = await keeper.create("chat", title="Holders", gate=gate)
    page = await open_page(f"{place.server.url}/#/{room['id']}", wallet=pocket)
    await page.get_by_role("button", name="Pocket Wallet").click()
    door = page.get_by_role("region", name="A gated room")
    await expect(door).to_contain_text("You have 0.")
    await pocket.call(address, mint)
    await place.chain.mine()
    await in_room(page, "Holders")
    await show_panel(page)
    await page.get_by_label("Token to follow").fill(address)
    await page.get_by_role("button", name="Follow").click()
    await expect(page.get_by_label("Token to follow")).to_have_value("")
    await has(page, place, "5 COIN")
    await send(page, "1", of="COIN")
    await tells(page, "Waiting for a block")
    await place.chain.mine()
    await expect(door).to_contain_text("You have 4")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
async def test_wallet_panel_has_no_barriers(
    open_page: OpenPage, place: Place, axe: str, theme: str, width: int
) -> None:
    page = await open_page(place.server.url + "/", wallet=place.pocket(7), theme=theme, width=width)
    await page.get_by_role("button", name="Pocket Wallet").click()
    await in_room(page, "Lobby")
    await show_panel(page, width=width)
    await has(page, place, "ETH")
    if folder := os.environ.get("PARLOUR_PICTURES"):
        await page.screenshot(path=Path(folder) / f"wallet-{theme}-{width}.png")
    await assert_no_barriers(page, axe)
