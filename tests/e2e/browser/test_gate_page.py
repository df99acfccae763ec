"""The demo page before a gate: it says what is missing, opens when the chain says so, and closes when it is gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.async_api import expect

from parlour.commands.dev_pass import HOLDERS
from parlour.testing.anvil import Deployed
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from parlour_client import connect
from tests.anvil import need_anvil
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import composer, in_room, message, say
from tests.e2e.browser.test_pages import assert_no_barriers
from tests.e2e.browser.wallet import InjectedWallet, rich_account

pytestmark = pytest.mark.asyncio(loop_scope="session")

TRANSFER = "0xa9059cbb"
"""The selector of `transfer(address,uint256)`."""
COIN = json.loads((Path(__file__).parents[2] / "contracts" / "Gates.json").read_text())["contracts"]["Coin"]


async def test_gated_room_opens_with_a_token_and_closes_without(
    open_page: OpenPage, dev: ServerProcess, axe: str
) -> None:
    need_anvil()
    pocket = InjectedWallet(rich_account(7), rpc=f"{dev.url}/api/dev/rpc")
    coin = Deployed(await pocket.deploy(COIN["bytecode"]), COIN["abi"])
    gate = {"chain": 31337, "token": coin.address, "standard": "erc20", "min": "5", "finality": "included"}
    async with connect(dev.url, wallet("keeper")) as keeper:
        room = await keeper.create("chat", title="Holders", gate=gate)
    page = await open_page(f"{dev.url}/#/{room['id']}", wallet=pocket)
    await page.get_by_role("button", name="Pocket Wallet").click()
    door = page.get_by_role("region", name="A gated room")
    await expect(door).to_contain_text(f"at least 5 of {coin.address} on chain 31337 You have 0.")
    await assert_no_barriers(page, axe)
    await pocket.call(coin.address, coin.encode("mint", (pocket.account.address, 5)))
    await in_room(page, "Holders")
    await say(page, "I hold five")
    await expect(message(page, "I hold five")).to_be_visible()
    await composer(page).fill("half a thought")
    await pocket.call(coin.address, coin.encode("burn", (pocket.account.address, 1)))
    await expect(door).to_contain_text("You have 4.")
    await pocket.call(coin.address, coin.encode("mint", (pocket.account.address, 1)))
    await in_room(page, "Holders")
    await expect(composer(page)).to_have_value("half a thought")


async def test_pass_is_bought_on_the_page_and_opens_the_room_until_it_is_sent_away(
    open_page: OpenPage, dev: ServerProcess
) -> None:
    need_anvil()
    pocket = InjectedWallet(rich_account(8), rpc=f"{dev.url}/api/dev/rpc")
    page = await open_page(f"{dev.url}/#/{HOLDERS}", wallet=pocket)
    await page.get_by_role("button", name="Pocket Wallet").click()
    door = page.get_by_role("region", name="A gated room")
    await expect(door).to_contain_text("You have 0.")
    token = (await door.inner_text()).split("of ")[1].split()[0]
    buy = door.get_by_role("button", name="Buy 1 for 0.01 ETH")
    pocket.rejects = True
    await buy.click()
    await expect(page.get_by_role("alert")).to_contain_text("declined in the wallet")
    pocket.rejects = False
    await buy.click()
    await in_room(page, "Holders of a pass")
    await say(page, "bought it here")
    await expect(message(page, "bought it here")).to_be_visible()
    await pocket.call(token, TRANSFER + "aa".rjust(64, "0") + "1".rjust(64, "0"))
    await expect(door).to_contain_text("You have 0.")
