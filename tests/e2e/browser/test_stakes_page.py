"""Stakes in the demo page while the chain reorganises: real blocks, taken back before the start and after it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from parlour.testing.anvil import AnvilChain
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from parlour_client import connect
from tests.anvil import anvil
from tests.e2e.browser.conftest import REPOSITORY, OpenPage
from tests.e2e.browser.person import in_room, put_in, sit_down, take, verdict
from tests.e2e.browser.wallet import InjectedWallet, rich_account

pytestmark = pytest.mark.asyncio(loop_scope="session")

STAKE = REPOSITORY / "clients" / "apps" / "demo" / "contracts" / "Stake.json"


@pytest_asyncio.fixture(loop_scope="session")
async def chain() -> AsyncIterator[AnvilChain]:
    async with anvil(slots=8) as chain:
        yield chain


async def test_a_reorg_that_takes_a_stake_back_takes_the_match_back(open_page: OpenPage, chain: AnvilChain) -> None:
    async with ServerProcess(chains=[{"chainId": chain.chain_id, "urls": [chain.url]}]) as server:
        url = await staked_table(server, chain)
        one, other = [await seated(open_page, url, chain, at) for at in (2, 3)]
        await put_in(one)
        await expect(one.locator(".pot")).to_contain_text("0.01")
        await undo(chain)
        await verdict(one, "Put in your stake to play")
        await expect(other.locator(".pot")).to_contain_text("No stake yet")
        await put_in(one)
        await expect(other.locator(".pot")).to_contain_text("0.01")
        await put_in(other)
        await verdict(one, "Your turn")
        await take(one, 4)
        await verdict(other, "Your turn")
        await undo(chain)
        await verdict(other, "Put in your stake to play")
        for page in (one, other):
            await expect(page.locator(".cell").nth(4)).to_have_accessible_name("middle: free")
            await expect(page.locator(".chain-card.reverted")).to_have_count(2)
        await put_in(other)
        await verdict(one, "Your turn")


async def staked_table(server: ServerProcess, chain: AnvilChain) -> str:
    contract = await chain.deploy(json.loads(STAKE.read_text()))
    stake = {"chain": chain.chain_id, "address": contract.address, "amount": str(10**16)}
    async with connect(server.url, key=wallet("host").key) as parlour:
        room = await parlour.create("tic-tac-toe", title="On shaky ground", options={"stake": stake})
    return f"{server.url}/#/{room['id']}"


async def seated(open_page: OpenPage, url: str, chain: AnvilChain, account: int) -> Page:
    """A person of one of the chain's own rich accounts, who sits at the table."""
    page = await open_page(url, wallet=InjectedWallet(rich_account(account), rpc=chain.url))
    await page.get_by_role("button", name="Pocket Wallet").click()
    await in_room(page, "On shaky ground")
    await sit_down(page)
    return page


async def undo(chain: AnvilChain) -> None:
    """Take back the newest block, and mine others in its place."""
    await chain.rollback(1)
    await chain.mine(3)
