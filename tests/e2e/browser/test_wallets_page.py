"""The demo page with wallets as people have them: on another chain, slow, declining in the middle, a contract."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.async_api import expect

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from tests.anvil import need_anvil
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import in_room, message, open_table, put_in, say, sign_in, sit_down
from tests.e2e.browser.wallet import InjectedWallet, rich_account

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONTRACTS = json.loads((Path(__file__).parents[2] / "contracts" / "Wallets.json").read_text())["contracts"]


def rich(dev: ServerProcess, at: int) -> InjectedWallet:
    """A wallet with ether on the dev chain."""
    need_anvil()
    return InjectedWallet(rich_account(at), rpc=f"{dev.url}/api/dev/rpc")


async def test_wallet_on_another_chain_is_led_to_the_tables_and_stakes(open_page: OpenPage, dev: ServerProcess) -> None:
    pocket = rich(dev, 4)
    page = await open_page(dev.url + "/", wallet=pocket)
    await sign_in(page, "Pocket Wallet")
    await open_table(page, "Far from home", staked=True)
    await sit_down(page)
    pocket.chain_id, pocket.chains = 1, {1}
    pocket.rejects = True
    await put_in(page)
    await expect(page.get_by_role("alert")).to_contain_text("declined in the wallet")
    pocket.rejects = False
    await put_in(page)
    await expect(page.locator(".chain-card")).to_contain_text("put 0.01 ETH on the table")
    assert pocket.chain_id == 31337


async def test_slow_wallet_that_is_given_up_for_another_signs_nobody_in(
    open_page: OpenPage, dev: ServerProcess
) -> None:
    pocket = InjectedWallet(wallet("browser-slow"))
    pocket.answers.clear()
    page = await open_page(dev.url + "/", wallet=pocket)
    await page.get_by_role("button", name="Pocket Wallet").click()
    await expect(page.get_by_text("Sign in the wallet…")).to_be_visible()
    await sign_in(page, "Ada")
    pocket.answers.set()
    await say(page, "it is me")
    await expect(message(page, "it is me").get_by_role("button", name="Edit")).to_be_attached()  # it is Ada's
    await page.reload()
    await in_room(page, "Lobby")
    await expect(page.locator(".me")).to_contain_text("Ada")


async def test_transaction_declined_in_the_wallet_leaves_the_stake_to_be_put_in(
    open_page: OpenPage, dev: ServerProcess
) -> None:
    pocket = rich(dev, 5)
    page = await open_page(dev.url + "/", wallet=pocket)
    await sign_in(page, "Pocket Wallet")
    await open_table(page, "Cold feet", staked=True)
    await sit_down(page)
    pocket.rejects = True
    await put_in(page)
    await expect(page.get_by_role("alert")).to_contain_text("declined in the wallet")
    pocket.rejects = False
    await put_in(page)
    await expect(page.locator(".chain-card")).to_contain_text("put 0.01 ETH on the table")


async def test_contract_wallet_signs_in_and_talks(open_page: OpenPage, dev: ServerProcess) -> None:
    pocket = rich(dev, 6)
    owner = bytes.fromhex(pocket.account.address[2:]).rjust(32, b"\0").hex()  # the constructor's argument
    contract = pocket.contract = await pocket.deploy(CONTRACTS["OwnedWallet"]["bytecode"] + owner)
    page = await open_page(dev.url + "/", wallet=pocket)
    await sign_in(page, "Pocket Wallet")
    await expect(page.locator(".me")).to_contain_text(contract[:6])
    await say(page, "from a contract")
    await expect(message(page, "from a contract")).to_be_visible()
    await expect(page.get_by_role("log")).to_contain_text(contract[:6])
