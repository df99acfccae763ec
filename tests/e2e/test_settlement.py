"""docs/protocol.md section 16 on real parts: a server with a referee's key, an escrow on a chain, two players."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from parlour.settings import SettingsError
from parlour.settings.given import given
from parlour.testing.anvil import AnvilChain, Deployed
from parlour.testing.server import ServerProcess
from parlour.wiring.settlement import referee_key
from tests.e2e.kit import done, fresh, refusal
from tests.e2e.settled import WINDOW_MS, chain, entries, escrow, fund, play_out, seated, table
from tests.e2e.stock import PythonClient, until
from tests.escrow import REFEREE, STAKE, pass_time, result_words

__all__ = ["chain", "escrow"]

SECRET = "07" * 32

in_module = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(chain: AnvilChain) -> AsyncIterator[ServerProcess]:
    chains = [{"chainId": chain.chain_id, "urls": [chain.url]}]
    async with ServerProcess(chains=chains, env={"PARLOUR_REFEREE_KEY": f"0x{SECRET}"}) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def players(chain: AnvilChain, server: ServerProcess) -> AsyncIterator[list[PythonClient]]:
    async with seated(chain, server) as both:
        yield both


@in_module
async def test_winner_is_paid_by_the_referees_signature(
    chain: AnvilChain, escrow: Deployed, players: list[PythonClient]
):
    room, game = await table(players, escrow)
    await fund(chain, game)
    ended = await play_out(players, room)
    assert [each["body"]["seat"] for each in entries(players[0], room, "game.funded")] == [0, 1]
    settlement = ended["settlement"]
    assert settlement["referee"] == REFEREE.address
    signatures = [bytes.fromhex(settlement["sig"][2:])]
    result = result_words(settlement["typedData"])
    claim = await chain.transact(escrow, "claim", game.words, result, signatures, sender=5)
    assert claim["status"] == "0x1"
    await pass_time(chain, WINDOW_MS // 1000)
    paid = await chain.transact(escrow, "settle", game.words, result, sender=6)
    assert paid["status"] == "0x1"
    await until(lambda: entries(players[0], room, "game.settled"))
    told = {"round": 1, "chain": 31337, "tx": paid["transactionHash"], "status": "included"}
    assert entries(players[0], room, "game.settled")[0]["body"] == told
    assert await chain.call(escrow, "balanceOf", chain.accounts[1]) == 2 * STAKE
    await chain.mine(20)
    await until(lambda: len(entries(players[0], room, "game.settled")) == 2)
    assert entries(players[0], room, "game.settled")[1]["body"] == told | {"status": "finalized"}


@in_module
async def test_rooms_that_cannot_be_settled_are_refused(players: list[PythonClient], escrow: Deployed):
    good = {"chain": 31337, "escrow": escrow.address}

    async def said(kind: str, settle: Any, **more: Any) -> tuple[str, str | None]:
        asked = {"kind": kind, "id": fresh(), "settle": settle, **more}
        return refusal(await players[0].ask("room:create", asked))

    assert await said("chat", good) == ("invalid", None)
    assert await said("tic-tac-toe", {**good, "chain": 5}) == ("not_found", "chain")
    assert await said("tic-tac-toe", {**good, "escrow": "0x" + "99" * 20}) == ("invalid", "no_contract")
    assert await said("tic-tac-toe", {**good, "fee": 1}) == ("invalid", None)
    assert await said("tic-tac-toe", good, options={"bots": 1}) == ("invalid", None)


@in_module
async def test_owner_cannot_stop_the_watch_of_the_escrow(players: list[PythonClient], escrow: Deployed):
    room, _ = await table(players, escrow)
    log = (await done(players[0], "room:history", room=room))["entries"]
    watch = next(entry["body"]["watch"]["id"] for entry in log if entry["type"] == "room.watched")
    ack = await players[0].ask("room:unwatch", {"room": room, "watch": watch})
    assert refusal(ack) == ("illegal", "watched")


def test_referee_key_that_is_the_logs_or_none_ends_the_start():
    assert referee_key(given(), REFEREE.address) is None
    for source, said in ((SECRET, "one of their own"), ("/no/such/file", "No such file")):
        with pytest.raises(SettingsError, match=said):
            referee_key(given(referee_key=source), REFEREE.address)
