"""A settled table in two browsers: funded, provisional, claimed and paid, as the chain says it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from parlour.core.settlement.terms import Terms
from parlour.testing.anvil import AnvilChain
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from parlour_client import connect
from tests.anvil import anvil
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.person import in_room, sit_down, take, verdict
from tests.e2e.browser.wallet import InjectedWallet, rich_account
from tests.escrow import STAKE, Game, deployed, pass_time

pytestmark = pytest.mark.asyncio(loop_scope="session")

WINDOW_MS = 60_000
PLAYERS = (2, 3)
FINAL_BLOCKS = 8


@pytest_asyncio.fixture(loop_scope="session")
async def chain() -> AsyncIterator[AnvilChain]:
    async with anvil(slots=2) as chain:
        yield chain


async def test_settled_table_shows_each_step_to_both_players(open_page: OpenPage, chain: AnvilChain) -> None:
    escrow = await deployed(chain)
    chains = [{"chainId": chain.chain_id, "urls": [chain.url]}]
    keys = {"PARLOUR_REFEREE_KEY": "07" * 32, "PARLOUR_SETTLE_KEY": chain.keys[9].hex()}
    async with ServerProcess(chains=chains, env={**keys, "PARLOUR_SETTLE_ESCROWS": escrow.address}) as server:
        settle = {"chain": chain.chain_id, "escrow": escrow.address, "stake": str(STAKE), "window": WINDOW_MS}
        async with connect(server.url, key=wallet("host").key) as parlour:
            room = await parlour.create("tic-tac-toe", title="For the pot", settle=settle)
            async with parlour.join(room["id"], as_="spectator") as watched:
                shown = watched.state["settlement"]
        game = Game(escrow, Terms.of_json(shown), bytes.fromhex(shown["table"][2:]), shown["nonce"])
        one, other = [await seated(open_page, f"{server.url}/#/{room['id']}", chain, at) for at in PLAYERS]
        for page in (one, other):
            await expect(page.get_by_label("Escrow")).to_contain_text("0 of 2")
        for account in PLAYERS:
            await chain.transact(escrow, "join", game.words, sender=account, value=STAKE)
        for page in (one, other):
            await expect(page.get_by_label("Escrow")).to_contain_text("2 of 2")
            await expect(page.get_by_label("Escrow")).to_contain_text("provisional")
        for number, cell in enumerate((0, 3, 1, 4, 2)):
            await verdict((one, other)[number % 2], "Your turn")
            await take((one, other)[number % 2], cell)
        await tells(one, other, "waits for its claim")
        await chain.mine(FINAL_BLOCKS)
        await tells(one, other, "to be paid from")
        await pass_time(chain, WINDOW_MS // 1000)
        await tells(one, other, "Round 1: paid")
        await chain.mine(FINAL_BLOCKS)
        await tells(one, other, "paid, and final")
        assert await chain.call(escrow, "balanceOf", chain.accounts[PLAYERS[0]]) == 2 * STAKE


async def tells(one: Page, other: Page, words: str) -> None:
    for page in (one, other):
        await expect(page.get_by_label("Rounds")).to_contain_text(words)


async def seated(open_page: OpenPage, url: str, chain: AnvilChain, account: int) -> Page:
    """A person of one of the chain's own rich accounts, who sits at the table."""
    page = await open_page(url, wallet=InjectedWallet(rich_account(account), rpc=chain.url))
    await page.get_by_role("button", name="Pocket Wallet").click()
    await in_room(page, "For the pot")
    await sit_down(page)
    return page
