"""The follower against a real client (anvil) whose answers the FaultProxy spoils; names as in docs/chain.md."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from parlour.testing.anvil import AnvilChain, Deployed
from parlour.testing.proxy import FaultProxy
from tests.adapters.chain.live_chain import Live, ping
from tests.runtime.chain.chain_kit import artifact, until


@pytest.fixture
async def emitter(chain: AnvilChain) -> Deployed:
    return await chain.deploy(artifact())


def _drop(f: Any) -> None:
    f.heads_dropped = True


def _double(f: Any) -> None:
    f.heads_doubled = True


def _swap(f: Any) -> None:
    f.heads_swapped = True


def _close(f: Any) -> None:
    f.close_after = 2


PROXIED = {
    "f02 heads dropped": _drop,
    "f05 empty logs": lambda f: f.empty_logs(2),
    "f07 foreign logs": lambda f: f.foreign_logs(2),
    "f07 removed logs": lambda f: f.removed_logs(2),
    "f07 doubled logs": lambda f: f.doubled_logs(2),
    "f07 null logs": lambda f: f.null_logs(2),
    "f08 zero bloom": lambda f: f.zero_bloom(),
    "f09 null block": lambda f: f.null_block(3),
    "f10 heads doubled": _double,
    "f10 heads swapped": _swap,
    "f11 socket closed after a head": _close,
    "f17 rate limited": lambda f: f.rate_limit(4),
}


@pytest.mark.parametrize("fault", PROXIED)
async def test_proxy_fault_loses_and_doubles_nothing(chain: AnvilChain, emitter: Deployed, fault: str) -> None:
    async with FaultProxy(chain.url) as proxy, Live([proxy.ws_url]) as live:
        await live.watch(emitter)
        await chain.transact(emitter, "ping", 1)
        await live.agrees(chain, emitter)
        PROXIED[fault](proxy.faults)
        for value in range(2, 8):
            await chain.transact(emitter, "ping", value)
            await chain.mine(2)
        await chain.transact(emitter, "burst", 100, 20)
        await chain.reorg(4, [(ping(chain, emitter, 900, sender=1), 2)])
        await live.agrees(chain, emitter)
        assert "heads" in fault or proxy.faults.used() or proxy.sockets > 2


async def test_f11_connection_lost_while_blocks_are_mined_misses_none(chain: AnvilChain, emitter: Deployed) -> None:
    async with FaultProxy(chain.url) as proxy, Live([proxy.ws_url]) as live:
        await live.watch(emitter)
        for value in range(6):
            await proxy.hang_up()
            await chain.transact(emitter, "ping", value)
        await live.agrees(chain, emitter)
        await until(lambda: proxy.sockets > 4)


async def test_f13_subscription_that_went_silent_is_made_again(chain: AnvilChain, emitter: Deployed) -> None:
    async with FaultProxy(chain.url) as proxy, Live([proxy.ws_url], pollInterval=0.1) as live:
        await live.watch(emitter)
        proxy.faults.heads_dropped = True
        for value in range(20):
            await chain.transact(emitter, "ping", value)
            await asyncio.sleep(0.06)
            if live.follower.heads.resubscribed:
                break
        assert live.follower.heads.resubscribed
        await live.agrees(chain, emitter)


async def test_f30_failover_in_the_middle_of_a_reorg_keeps_one_view(chain: AnvilChain, emitter: Deployed) -> None:
    async with FaultProxy(chain.url) as one, FaultProxy(chain.url) as two, Live([one.ws_url, two.ws_url]) as live:
        await live.watch(emitter)
        for value in range(6):
            await chain.transact(emitter, "ping", value)
        await live.agrees(chain, emitter)
        for _ in range(5):
            one.faults.error(-32000, "gone", method="eth_getLogs", times=1)
            two.faults.error(-32000, "gone", method="eth_getBlockByHash", times=1)
            await chain.reorg(2, [(ping(chain, emitter, 70, sender=1), 0), (ping(chain, emitter, 71, sender=2), 1)])
            await live.agrees(chain, emitter)


@pytest.mark.parametrize("most", [20, 10, 0])
@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_endpoint_that_takes_small_batches_is_followed(
    chain: AnvilChain, emitter: Deployed, scheme: str, most: int
) -> None:
    await chain.mine(70)
    async with FaultProxy(chain.url) as proxy:
        proxy.max_batch = most
        async with Live([proxy.url if scheme == "http" else proxy.ws_url], maxBatch=100) as live:
            await live.watch(emitter, fromBlock=0)
            for value in range(3):
                await chain.transact(emitter, "ping", value)
            await chain.mine(60)
            await chain.transact(emitter, "ping", 3)
            await live.agrees(chain, emitter)
            assert live.rooms.values("r") == [0, 1, 2, 3]
