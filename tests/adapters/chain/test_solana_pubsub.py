"""Rooms that watch a Solana cluster (experimental): PubSub of transactions in LiteSVM, followed as any chain is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from parlour.adapters.chain.solana_pubsub import SolanaNode
from parlour.core.chain.solana import KIND, SolanaRoute, slot_name
from parlour.errors import NotFound, Unavailable
from parlour.runtime.blocks.attach import listen_to_blocks
from parlour.runtime.chain.chains import Chains
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.context import ChainContext
from parlour.runtime.chain.store_memory import MemoryChainStore
from parlour.runtime.clock import SystemClock
from tests.adapters.chain.solana_cluster import SOL, SYSTEM, Cluster
from tests.runtime.chain.chain_kit import Rooms, until

SOLANA = 103
BOB = "4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM"


class Watching:
    """A cluster, a follower of it, and rooms."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.rooms, self.store = cluster, Rooms(), MemoryChainStore()

    async def start(self) -> None:
        """Follow the cluster; again, as after a restart."""
        item = {"kind": KIND, "chainId": SOLANA, "urls": [self.cluster.url], "callTimeout": 2}
        config = ChainConfig.read(item, events_per_second=2000)
        context = ChainContext(self.store, SystemClock())
        context.routes.register(KIND, SolanaRoute)
        self.node = SolanaNode(self.cluster.url, SOLANA, context.clock)
        self.chains = Chains([config], context, self.rooms.deliver, lambda url: self.node)
        listen_to_blocks(self.chains, context, lambda chain, type_, body: None)
        await self.chains.start()
        while self.follower.state != "following":
            await self.cluster.next()
            await asyncio.sleep(0.02)

    @property
    def follower(self) -> Any:
        return next(iter(self.chains)).follower

    async def slots(self, count: int, **more: Any) -> None:
        """Begin slots, and wait until the newest one but one is followed."""
        for _ in range(count):
            await self.cluster.next(**more)
        head = slot_name(self.cluster._parents[self.cluster.slot])
        await until(lambda: self.follower.status()["hash"] == head, 20)

    async def watch(self, address: str, event: str = "logs", room: str = "r", **more: Any) -> dict[str, Any]:
        asked = {"chain": SOLANA, "address": address, "event": event, **more}
        return await self.chains.watch(room, asked, self.rooms.submit(room))

    def told(self, *types: str, room: str = "r") -> list[dict[str, Any]]:
        return self.rooms.of(room, *(types or ("chain.event",)))


@pytest.fixture
async def made() -> AsyncIterator[Watching]:
    async with Cluster() as cluster:
        made = Watching(cluster)
        await made.start()
        yield made
        await made.chains.stop()


async def test_transactions_that_mention_an_address_are_events(made: Watching) -> None:
    watch = await made.watch(BOB)
    await made.slots(1)
    slot, signature = made.cluster.slot, await made.cluster.transfer(BOB, 2 * SOL)
    await made.slots(1)
    await until(made.told)
    [event] = made.told()
    block = event.pop("block")
    assert (block["number"], block["hash"]) == (slot, slot_name(slot))
    assert event == {
        "watch": watch["id"], "chain": SOLANA, "address": BOB, "event": "logs", "tx": signature, "logIndex": 0,
        "args": {"logs": [f"Program {SYSTEM} invoke [1]", f"Program {SYSTEM} success"], "err": None},
        "status": "included",
    }  # fmt: skip
    await made.slots(33)
    await until(lambda: made.told("chain.confirmed"))
    assert made.told("chain.confirmed")[-1]["status"] == "finalized"
    assert len(made.told()) == 1


async def test_account_is_told_as_it_is(made: Watching) -> None:
    await made.watch(BOB, "account")
    await made.slots(1)
    await made.cluster.transfer(BOB, 2 * SOL)
    await made.cluster.transfer(BOB, SOL)
    await made.slots(1)
    await until(lambda: len(made.told()) == 2)
    assert [(event["tx"], event["args"]) for event in made.told()] == [
        ("", {"lamports": str(amount * SOL), "owner": SYSTEM, "data": ""}) for amount in (2, 3)
    ]


async def test_slot_that_its_cluster_dropped_is_a_reorganisation(made: Watching) -> None:
    await made.watch(BOB)
    await made.slots(1)
    base = made.cluster.slot
    await made.slots(1)
    transfer = made.cluster.send(BOB, SOL)
    await made.cluster.tell_transfer(*transfer)
    await made.slots(1)
    await until(made.told)
    await made.cluster.next(parent=base)
    await made.cluster.tell_transfer(*transfer)
    await made.slots(2)
    await until(lambda: made.told("chain.moved"))
    [moved] = made.told("chain.moved")
    assert (moved["of"], moved["block"]["number"]) == ([2], base + 3)
    assert len(made.told()) == 1


async def test_slots_that_were_skipped_are_no_gap(made: Watching) -> None:
    await made.watch(BOB)
    await made.slots(2, skip=3)
    signature = await made.cluster.transfer(BOB, SOL)
    await made.slots(1)
    await until(made.told)
    assert [event["tx"] for event in made.told()] == [signature]
    assert made.told("chain.gap", "chain.reverted") == []


async def test_transaction_that_is_told_late_is_an_event_that_is_late(made: Watching) -> None:
    await made.watch(BOB)
    await made.slots(1)
    slot = made.cluster.slot
    await made.slots(2)
    await made.cluster.transfer(BOB, SOL, slot=slot)
    await made.slots(34)
    await until(made.told)
    [event] = made.told()
    assert (event["late"], event["block"]["number"], event["status"]) == (True, slot, "finalized")


async def test_slots_of_a_lost_connection_are_a_gap(made: Watching) -> None:
    await made.watch(BOB)
    await made.slots(2)
    complete = made.cluster.slot - 1
    await made.cluster.cut()
    made.cluster.slot += 5
    missed = await made.cluster.transfer(BOB, SOL)
    await until(lambda: made.cluster.asked.count("slotSubscribe") == 2)
    await made.slots(1)
    await made.slots(3)
    signature = await made.cluster.transfer(BOB, SOL)
    await made.slots(1)
    await until(lambda: made.told("chain.gap") and made.told())
    [gap] = made.told("chain.gap")
    assert (gap["from"]["number"], gap["reason"]) == (complete + 1, "unheard")
    assert complete + 6 <= gap["to"]["number"] < made.cluster.slot
    assert gap["dropped"] == gap["to"]["number"] - complete
    assert missed != signature
    assert [event["tx"] for event in made.told()] == [signature]


async def test_watch_goes_on_after_a_restart_with_a_gap(made: Watching) -> None:
    await made.watch(BOB)
    await made.slots(2)
    complete = made.cluster.slot - 1
    await made.chains.stop()
    made.cluster.slot += 40
    await made.start()
    await made.slots(4)
    signature = await made.cluster.transfer(BOB, SOL)
    await made.slots(1)
    await until(lambda: made.told("chain.gap") and made.told())
    [gap] = made.told("chain.gap")
    assert gap["from"]["number"] <= complete + 1
    assert [event["tx"] for event in made.told()] == [signature]


async def test_slots_are_blocks(made: Watching) -> None:
    await made.chains.watch("r", {"chain": SOLANA, "blocks": True}, made.rooms.submit("r"))
    await made.slots(2)
    await made.slots(1)
    await until(lambda: len(made.told("chain.block")) >= 2)
    numbers = [block["number"] for block in made.told("chain.block")]
    assert numbers == [*range(numbers[0], numbers[-1] + 1)]


async def test_cluster_that_began_anew_is_followed(made: Watching) -> None:
    await made.watch(BOB)
    await made.slots(2)
    made.cluster.slot, made.cluster.root = 2, 1
    made.cluster._parents.clear()
    await made.cluster.next()
    await made.cluster.next()
    await until(lambda: (made.follower.status()["processed"] or 99) < 10)
    assert made.follower.state == "following"


async def test_cluster_answers_no_calls(made: Watching) -> None:
    with pytest.raises(NotFound, match="Solana cluster"):
        await made.chains.call(SOLANA, "eth_getCode", ["0x" + "11" * 20, "latest"])


async def test_addresses_of_a_connection_are_bounded(made: Watching) -> None:
    made.node.most_addresses = 1
    watch = await made.watch(BOB)
    await made.slots(1)
    with pytest.raises(Unavailable, match="1 may be"):
        await made.watch(SYSTEM)
    await made.chains.unwatch(SOLANA, watch["id"])
    await made.slots(66)
    await made.watch(SYSTEM)
    assert "logsUnsubscribe" in made.cluster.asked
