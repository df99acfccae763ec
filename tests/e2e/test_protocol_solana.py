"""docs/protocol.md section 5, "Solana" (experimental): a server that follows a cluster, and stock clients."""

from __future__ import annotations

import asyncio

import aiohttp

from parlour.testing.server import ServerProcess
from tests.adapters.chain.solana_cluster import SOL, Cluster
from tests.e2e.conftest import entering
from tests.e2e.kit import done, made, refused
from tests.e2e.stock import of_type, until

BOB = "4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM"
GATE = {"chain": 103, "token": "0x" + "11" * 20, "standard": "erc20"}


async def test_room_hears_of_a_solana_cluster_and_nothing_else_is_served() -> None:
    async with Cluster() as cluster:
        leading = asyncio.create_task(_lead(cluster))
        chains = [{"kind": "solana", "chainId": 103, "urls": [cluster.url]}]
        async with ServerProcess(chains=chains) as server, entering(server) as enter:
            ann = await enter("ann")
            room = await made(ann)
            await done(ann, "room:join", room=room)
            watch = {"chain": 103, "address": BOB, "event": "logs"}
            ack = await done(ann, "room:watch", room=room, watch=watch)
            assert (ack["watch"]["address"], ack["watch"]["event"]) == (BOB, "logs")
            await asyncio.sleep(0.2)
            signature = await cluster.transfer(BOB, SOL)
            await until(lambda: of_type(ann, room, "chain.event"))
            [entry] = of_type(ann, room, "chain.event")
            assert (entry["body"]["tx"], entry["body"]["args"]["err"]) == (signature, None)
            assert (await refused(ann, "room:configure", room=room, gate=GATE))[0] == "not_found"
            assert (await refused(ann, "chain:lookup", chain=103, block="latest"))[0] == "not_found"
            async with aiohttp.ClientSession() as http, http.get(f"{server.url}/auth/nonce") as answer:
                assert (await answer.json())["chainIds"] == [1]
        leading.cancel()


async def _lead(cluster: Cluster) -> None:
    """Begin a slot every 50 ms."""
    while True:
        await cluster.next()
        await asyncio.sleep(0.05)
