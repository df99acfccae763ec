"""The main job on real parts: a server process, a real chain, socket.io-client in Node and stock python-socketio."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from eth_account import Account

from parlour.testing.anvil import AnvilChain
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in
from tests.e2e.stock import NodeClient, PythonClient, Stock, heard, until

STAKE = Path(__file__).parents[2] / "clients" / "apps" / "demo" / "contracts" / "Stake.json"
MESSAGES = 200


@pytest.fixture
async def server(chain: AnvilChain) -> AsyncIterator[ServerProcess]:
    async with ServerProcess(chains=[{"chainId": chain.chain_id, "urls": [chain.url]}]) as server:
        yield server


async def signed_in(server: ServerProcess, key: bytes) -> dict[str, Any]:
    async with aiohttp.ClientSession() as http:
        return await sign_in(http, server.url, Account.from_key(key))


async def test_two_wallets_meet_talk_stake_play_and_come_back_after_a_kill(
    chain: AnvilChain, server: ServerProcess
) -> None:
    """Issue 2, "Shown by" 1, in its order."""
    ada_session, bob_session = [await signed_in(server, chain.keys[n]) for n in (0, 1)]
    async with NodeClient() as ada, PythonClient() as bob:
        await ada.connect(server.url, ada_session["token"])
        await bob.connect(server.url, bob_session["token"])
        for client, session in ((ada, ada_session), (bob, bob_session)):
            await until(lambda client=client: heard(client, "welcome"))
            assert heard(client, "welcome")[0]["account"] == session["account"]

        await _talk(ada, bob, ada_session["account"], bob_session["account"])
        await _watch(ada, bob, chain)
        await _play(ada, bob, chain)
        await _survive(ada, bob, bob_session["token"], server)


async def _talk(ada: Stock, bob: Stock, ada_account: str, bob_account: str) -> None:
    """200 messages each way arrive in `seq` order, on both ends, each sender's own in the order sent."""
    assert (await ada.ask("room:create", {"kind": "chat", "id": "lobby", "title": "Lobby"}))["ok"]
    for client in (ada, bob):
        joined = await client.ask("room:join", {"room": "lobby"})
        assert joined["ok"], joined
    posts = [
        asyncio.ensure_future(client.ask("room:post", _message("lobby", f"{name}-{n}")))
        for n in range(MESSAGES)
        for client, name in ((ada, "ada"), (bob, "bob"))
    ]
    acks = await asyncio.gather(*posts)
    assert all(ack["ok"] for ack in acks)
    for client in (ada, bob):
        await until(lambda client=client: len(heard(client, "entry", "lobby")) == 2 * MESSAGES)
        entries = heard(client, "entry", "lobby")
        assert [entry["seq"] for entry in entries] == list(range(2, 2 * MESSAGES + 2))
        for name, account in (("ada", ada_account), ("bob", bob_account)):
            assert [e["id"] for e in entries if e["author"] == account] == [f"{name}-{n}" for n in range(MESSAGES)]
    assert heard(ada, "entry", "lobby") == heard(bob, "entry", "lobby")
    assert sorted(ack["seq"] for ack in acks) == list(range(2, 2 * MESSAGES + 2))


async def _watch(ada: Stock, bob: Stock, chain: AnvilChain) -> None:
    """A contract's event becomes an entry of the room that watches it."""
    stake = await chain.deploy(json.loads(STAKE.read_text()))
    event = "Staked(address indexed player, uint256 amount)"
    watch = {"chain": chain.chain_id, "address": stake.address, "event": event}
    watching = await ada.ask("room:watch", {"room": "lobby", "watch": watch})
    assert watching["ok"], watching
    receipt = await chain.transact(stake, "stake", sender=1, value=10**16)
    await until(lambda: [e for e in heard(bob, "entry", "lobby") if e["type"] == "chain.event"])
    [entry] = [e for e in heard(bob, "entry", "lobby") if e["type"] == "chain.event"]
    assert entry["author"] == ""
    assert entry["body"]["watch"] == watching["watch"]["id"]
    assert entry["body"]["address"] == stake.address
    assert entry["body"]["args"] == {"player": chain.accounts[1], "amount": str(10**16)}
    assert entry["body"]["tx"] == receipt["transactionHash"]
    assert entry["body"]["block"]["hash"] == receipt["blockHash"]
    assert (entry["body"]["chain"], entry["body"]["status"]) == (chain.chain_id, "included")


async def _play(ada: Stock, bob: Stock, chain: AnvilChain) -> None:
    """A table with a stake: nobody moves before staking on the chain; then the game is played to its end."""
    stake = await chain.deploy(json.loads(STAKE.read_text()))
    options = {"stake": {"chain": chain.chain_id, "address": stake.address, "amount": str(10**15)}}
    created = await ada.ask("room:create", {"kind": "tic-tac-toe", "id": "table", "options": options})
    assert created["ok"], created
    seats = [(await client.ask("room:join", {"room": "table"}))["seat"] for client in (ada, bob)]
    assert seats == [0, 1]
    early = await ada.ask("room:post", _move("table", "early", 0))
    assert (early["error"]["code"], early["error"]["reason"]) == ("illegal", "not_staked")
    for sender in (0, 1):
        await chain.transact(stake, "stake", sender=sender, value=10**15)
    await until(lambda: len([e for e in heard(ada, "entry", "table") if e["type"] == "chain.event"]) == 2)
    for number, (client, cell) in enumerate([(ada, 0), (bob, 3), (ada, 1), (bob, 4), (ada, 2)]):
        moved = await client.ask("room:post", _move("table", f"move-{number}", cell))
        assert moved["ok"], moved
    await until(lambda: [e for e in heard(bob, "entry", "table") if e["type"] == "game.ended"])
    [ended] = [e for e in heard(bob, "entry", "table") if e["type"] == "game.ended"]
    assert ended["body"]["result"]["winner"] == 0
    over = await bob.ask("room:post", _move("table", "late", 8))
    assert (over["error"]["code"], over["error"]["reason"]) == ("illegal", "game_over")
    view = (await bob.ask("room:join", {"room": "table"}))["state"]
    assert view["cells"] == [0, 0, 0, 1, 1, None, None, None, None]
    assert (view["winner"], view["stakes"]) == (0, [str(10**15)] * 2)


async def _survive(ada: NodeClient, bob: PythonClient, bob_token: str, server: ServerProcess) -> None:
    """SIGKILL and a new start: everything acknowledged is there, and `since` gets exactly what was missed."""
    before = await bob.ask("room:join", {"room": "lobby"})
    since = {"epoch": before["epoch"], "seq": before["head"], "hash": before["hash"]}
    table = await bob.ask("room:join", {"room": "table"})
    await bob.close()
    missed = [await ada.ask("room:post", _message("lobby", f"missed-{n}")) for n in range(25)]
    await server.kill9()
    await server.start()
    await until(lambda: len(heard(ada, "welcome")) == 2)  # the stock client came back by itself
    async with PythonClient() as returned:
        await returned.connect(server.url, bob_token)
        joined = await returned.ask("room:join", {"room": "lobby", "since": since})
        assert (joined["recovered"], joined["epoch"]) == (True, since["epoch"])
        assert [entry["id"] for entry in joined["entries"]] == [f"missed-{n}" for n in range(25)]
        assert [entry["seq"] for entry in joined["entries"]] == [ack["seq"] for ack in missed]
        assert [entry["hash"] for entry in joined["entries"]] == [ack["hash"] for ack in missed]
        again = await ada.ask("room:post", _message("lobby", "missed-24"))
        assert (again["seq"], again["duplicate"]) == (missed[-1]["seq"], True)
        assert (await returned.ask("room:join", {"room": "table"}))["state"] == table["state"]


def _message(room: str, text: str) -> dict[str, Any]:
    return {"room": room, "id": text, "type": "chat.message", "body": {"text": text}}


def _move(room: str, id: str, cell: int) -> dict[str, Any]:
    return {"room": room, "id": id, "type": "game.action", "body": {"action": "place", "args": {"cell": cell}}}
