"""Crashes (chain.md F20): a server process is killed at random moments while a real chain goes on."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import aiohttp
import pytest
from eth_account import Account

from parlour.testing.anvil import AnvilChain
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in
from tests.anvil import need_anvil
from tests.e2e.stock import PythonClient
from tests.runtime.chain.chain_kit import PING, artifact

ROOM = "killed"


async def standing(server: ServerProcess, token: str) -> tuple[list[tuple[str, int]], list[str]]:
    """Return the room's events that stand, as (block hash, logIndex), and the types of all its entries."""
    async with PythonClient() as client:
        await client.connect(server.url, token)
        entries: list[dict[str, Any]] = []
        while True:
            after = entries[-1]["seq"] if entries else 0
            page = await client.ask("room:history", {"room": ROOM, "after": after, "limit": 200})
            assert page["ok"], page
            entries += page["entries"]
            if not page["more"]:
                break
    assert [e["seq"] for e in entries] == list(range(1, len(entries) + 1))
    live: dict[int, dict[str, Any]] = {}
    for entry in entries:
        body = entry["body"]
        if entry["type"] == "chain.event":
            live[entry["seq"]] = dict(body)
        elif entry["type"] == "chain.moved":
            for seq in body["of"]:
                live[seq]["block"] = body["block"]
        elif entry["type"] == "chain.reverted":
            for seq in body["of"]:
                del live[seq]
    return sorted((b["block"]["hash"], b["logIndex"]) for b in live.values()), [e["type"] for e in entries]


async def killed_often(kills: int, seed: int) -> None:
    chance = random.Random(seed)
    async with AnvilChain() as chain:
        contract = await chain.deploy(artifact())
        await chain.mine(5)
        chains = [{"chainId": 31337, "urls": [chain.ws_url], "pollInterval": 0.3}]
        async with ServerProcess(chains=chains, env={"PARLOUR_EVENTS_PER_SECOND": "10000"}) as server:
            async with aiohttp.ClientSession() as http:
                token = (await sign_in(http, server.url, Account.from_key(chain.keys[0])))["token"]
            async with PythonClient() as client:
                await client.connect(server.url, token)
                assert (await client.ask("room:create", {"kind": "chat", "id": ROOM}))["ok"]
                request = {"chain": 31337, "address": contract.address, "event": PING}
                answer = await client.ask("room:watch", {"room": ROOM, "watch": request})
                assert answer["ok"], answer
            start = answer["watch"]["from"]["number"]
            mining = asyncio.create_task(_restless(chain, contract, chance))
            for _ in range(kills):
                await asyncio.sleep(chance.uniform(0.05, 0.5))
                await server.kill9()
                await server.start()
            assert not mining.done(), mining
            mining.cancel()
            await asyncio.gather(mining, return_exceptions=True)
            await chain.mine()
            query = {"fromBlock": hex(start + 1), "toBlock": "latest", "address": contract.address}
            logs = await chain.rpc("eth_getLogs", query)
            must = sorted((log["blockHash"], int(log["logIndex"], 16)) for log in logs)
            async with asyncio.timeout(60):
                while (await standing(server, token))[0] != must:
                    await asyncio.sleep(0.2)
            assert len(must) > kills


async def _restless(chain: AnvilChain, contract: Any, chance: random.Random) -> None:
    value = 0
    while True:
        for _ in range(chance.randint(1, 6)):
            value += 1
            await chain.transact(contract, "ping", value)
        if chance.random() < 0.4:
            await chain.reorg(chance.randint(1, 3))
        await asyncio.sleep(chance.uniform(0, 0.02))


async def test_f20_server_killed_while_the_chain_goes_on_delivers_all_once() -> None:
    need_anvil()
    await killed_often(1, seed=1)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_f20_server_killed_fifty_times_delivers_everything_once() -> None:
    need_anvil()
    await killed_often(50, seed=2)
