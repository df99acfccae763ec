"""Claims that the server sends (`PARLOUR_SETTLE_KEY`), on a chain: paid, refused, undone, and killed at each step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from parlour.testing.anvil import AnvilChain, Deployed
from parlour.testing.server import ServerProcess
from tests.e2e.kit import done, post
from tests.e2e.settled import WINDOW_MS, chain, entries, escrow, fund, play_out, seated, table
from tests.e2e.stock import PythonClient, until
from tests.escrow import ARBITER, REFEREE, STAKE, Game, deployed, pass_time, result_words, signed

__all__ = ["chain", "escrow"]

FINAL_BLOCKS = 8
"""Beyond two epochs of the chain's two slots: what was there before is final."""
PAYER = 9
"""The account that pays for the claims."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(chain: AnvilChain, escrow: Deployed) -> AsyncIterator[ServerProcess]:
    chains = [{"chainId": chain.chain_id, "urls": [chain.url]}]
    keys = {"PARLOUR_REFEREE_KEY": "07" * 32, "PARLOUR_SETTLE_KEY": chain.keys[PAYER].hex()}
    async with ServerProcess(chains=chains, env={**keys, "PARLOUR_SETTLE_ESCROWS": escrow.address}) as server:
        yield server


async def claimed(chain: AnvilChain, game: Game) -> bool:
    return int((await chain.call(game.contract, "games", game.id))[0]) >= 2


async def until_claimed(chain: AnvilChain, client: PythonClient, room: str) -> None:
    """Let the stakes become final, which the server waits for, until the room hears of its claim."""
    await chain.mine(FINAL_BLOCKS)
    await until(lambda: any(each["body"].get("event") == "Claimed" for each in entries(client, room, "chain.event")))


@pytest.mark.parametrize("killed_at", [None, "ended", "claimed"])
async def test_server_brings_a_result_to_the_escrow(
    chain: AnvilChain, escrow: Deployed, server: ServerProcess, killed_at: str | None
):
    async with seated(chain, server) as players:
        room, game = await table(players, escrow)
        await fund(chain, game)
        await play_out(players, room)
        if killed_at == "ended":
            await server.kill9()
            await server.start()
    async with seated(chain, server) as players:
        await done(players[0], "room:join", room=room)
        await until_claimed(chain, players[0], room)
        if killed_at == "claimed":
            await server.kill9()
            await pass_time(chain, WINDOW_MS // 1000)
            await server.start()
    async with seated(chain, server) as players:
        await done(players[0], "room:join", room=room)
        await pass_time(chain, WINDOW_MS // 1000)
        log = await until_settled(players[0], room)
        assert await chain.call(escrow, "balanceOf", chain.accounts[1]) >= 2 * STAKE
        sent = [entry for entry in log if entry["type"] == "wallet.track"]
        assert {entry["author"] for entry in sent} == {chain.accounts[PAYER]}
        assert len(sent) == 2


@pytest.mark.long
@pytest.mark.parametrize("step", ["funding", "playing", "sent", "settling"])
async def test_server_killed_on_the_way_pays_once(
    chain: AnvilChain, escrow: Deployed, server: ServerProcess, step: str
):
    async def reached(here: str) -> None:
        if here == step:
            await server.kill9()
            await server.start()

    async with seated(chain, server) as players:
        room, game = await table(players, escrow)
        await fund(chain, game, senders=(1,))
    await reached("funding")
    await fund(chain, game, senders=(2,))
    for number, cell in enumerate((0, 3, 1, 4, 2)):
        async with seated(chain, server) as players:
            await until_view(players, room, lambda view: view["status"] == "playing")
            body = {"action": "place", "args": {"cell": cell}}
            await done(players[number % 2], "room:post", **post(room, "game.action", body))
        await reached("playing")
    async with seated(chain, server) as players:
        await done(players[0], "room:join", room=room)
        await chain.mine(FINAL_BLOCKS)
        await until(lambda: entries(players[0], room, "wallet.track"))
    await reached("sent")
    async with seated(chain, server) as players:
        await until_view(players, room, lambda view: view["settlement"]["rounds"]["1"]["state"] == "claimed")
    await pass_time(chain, WINDOW_MS // 1000)
    await reached("settling")
    async with seated(chain, server) as players:
        await until_view(players, room, lambda view: view["settlement"]["rounds"]["1"]["state"] == "settled")
        log = (await done(players[0], "room:history", room=room, limit=200))["entries"]
    assert len([entry for entry in log if entry["type"] == "game.settled"]) == 1
    assert len([entry for entry in log if entry["type"] == "wallet.track"]) == 2
    assert len([entry for entry in log if entry["type"] == "game.ended"]) == 1


async def until_settled(client: PythonClient, room: str) -> list[dict[str, Any]]:
    """Read the log until it is settled, which may have been before anybody was back; return its entries."""
    async with asyncio.timeout(60):
        while True:
            log: list[dict[str, Any]] = (await done(client, "room:history", room=room))["entries"]
            if any(entry["type"] == "game.settled" for entry in log):
                return log
            await asyncio.sleep(0.1)


async def until_view(players: list[PythonClient], room: str, holds: Callable[[dict[str, Any]], bool]) -> None:
    """Join with everybody, and look until what the room shows is so."""
    async with asyncio.timeout(60):
        while True:
            views = [(await done(each, "room:join", room=room))["state"] for each in players]
            if holds(views[0]):
                return
            await asyncio.sleep(0.1)


async def test_claim_that_a_reorganisation_undid_is_sent_again(
    chain: AnvilChain, escrow: Deployed, server: ServerProcess
):
    async with seated(chain, server) as players:
        room, game = await table(players, escrow)
        await fund(chain, game)
        await play_out(players, room)
        await until_claimed(chain, players[0], room)
        await chain.reorg(1)
        await until(lambda: entries(players[0], room, "chain.reverted"))
        for _ in range(3):
            await chain.mine()
        await until(lambda: len(entries(players[0], room, "wallet.track")) >= 2)
        await chain.mine()
        assert await claimed(chain, game)


async def test_claim_after_the_deadline_is_not_sent_and_stakes_go_back(
    chain: AnvilChain, escrow: Deployed, server: ServerProcess
):
    async with seated(chain, server) as players:
        room, game = await table(players, escrow, duration=60_000)
        await fund(chain, game)
        await play_out(players, room)
        await pass_time(chain, 61)
        await chain.mine(FINAL_BLOCKS)
        for player in chain.accounts[1:3]:
            assert (await chain.transact(escrow, "refund", game.words, player))["status"] == "0x1"
        await until(lambda: len(entries(players[0], room, "chain.event")) == 4)
        view = (await done(players[0], "room:join", room=room))["state"]
        assert view["settlement"]["rounds"]["1"]["state"] == "refunded"
        assert not entries(players[0], room, "wallet.track")


async def test_contract_that_the_operator_did_not_name_is_not_paid_for(
    chain: AnvilChain, escrow: Deployed, server: ServerProcess
):
    async with seated(chain, server) as players:
        rooms = []
        for contract in (await deployed(chain), escrow):
            room, game = await table(players, contract)
            await fund(chain, game)
            await play_out(players, room)
            rooms.append(room)
        await until_claimed(chain, players[0], rooms[1])
        assert not entries(players[0], rooms[0], "wallet.track")


async def test_round_that_the_escrow_refuses_holds_no_later_one_back(
    chain: AnvilChain, escrow: Deployed, server: ServerProcess
):
    async with seated(chain, server) as players:
        room, game = await table(players, escrow, duration=60_000)
        await fund(chain, game)
        await play_out(players, room)
        await pass_time(chain, 61)
        await chain.mine(FINAL_BLOCKS)
        later = replace(game, nonce=2)
        await fund(chain, later)
        for client in players:
            await done(client, "room:post", **post(room, "game.action", {"action": "rematch", "args": {}}))
        await play_out(players[::-1], room, round_=2)
        await until_claimed(chain, players[0], room)
        assert await claimed(chain, later)
        assert not await claimed(chain, game)


async def test_disputed_result_is_left_to_who_disputed_it(chain: AnvilChain, escrow: Deployed, server: ServerProcess):
    async with seated(chain, server) as players:
        room, game = await table(players, escrow, arbiters=[ARBITER.address])
        await fund(chain, game)
        ended = await play_out(players, room)
        assert ended["settlement"]["referee"] == REFEREE.address
        await until_claimed(chain, players[0], room)
        other = game.result(dict(zip(chain.accounts[1:3], (0, 2 * STAKE), strict=True)))
        call = (game.words, result_words(other), signed(other, [ARBITER]))
        assert (await chain.transact(escrow, "dispute", *call))["status"] == "0x1"
        assert (await chain.transact(escrow, "settle", *call[:2]))["status"] == "0x1"
        await until(lambda: entries(players[0], room, "game.settled"))
        assert await chain.call(escrow, "balanceOf", chain.accounts[2]) >= 2 * STAKE
