"""The follower against a real client, anvil; each test names its line of the table of failures in docs/chain.md."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from parlour.adapters.chain.node_rpc import connect
from parlour.adapters.sql import migrations
from parlour.adapters.sql.chain import SqlChainStore
from parlour.adapters.sql.rooms import open_store
from parlour.errors import Invalid, NotFound
from parlour.runtime.chain.chains import Chains
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.context import ChainContext
from parlour.runtime.chain.store import ChainStore
from parlour.runtime.chain.store_memory import MemoryChainStore
from parlour.runtime.clock import SystemClock
from parlour.testing.anvil import AnvilChain, Deployed
from parlour.testing.proxy import FaultProxy
from tests.adapters.chain.live_chain import Live, ping
from tests.anvil import need_anvil
from tests.runtime.chain.chain_kit import PING, Rooms, artifact, until

NO_ACCOUNT = "0x" + "12" * 20


@pytest.fixture
async def emitter(chain: AnvilChain) -> Deployed:
    return await chain.deploy(artifact())


@pytest.mark.parametrize("scheme", ["ws", "http"])
async def test_event_mined_on_a_real_chain_becomes_an_entry(chain: AnvilChain, emitter: Deployed, scheme: str) -> None:
    async with Live([chain.ws_url if scheme == "ws" else chain.url]) as live:
        record = await live.watch(emitter)
        assert record["from"]["number"] == await chain.height()
        receipt = await chain.transact(emitter, "ping", 7, sender=3)
        await live.reaches(chain)
        event = live.rooms.of("r", "chain.event")[0]
        assert event["args"] == {"who": chain.accounts[3], "value": "7"}
        assert event["tx"] == receipt["transactionHash"]
        assert event["block"]["hash"] == receipt["blockHash"]
        assert event["address"] == emitter.address


@pytest.mark.parametrize("depth", [1, 3, 10])
async def test_f01_reorgs_of_a_real_chain_with_replacement_transactions(
    chain: AnvilChain, emitter: Deployed, depth: int
) -> None:
    async with Live([chain.ws_url]) as live:
        await live.watch(emitter)
        for value in range(12):
            await chain.transact(emitter, "ping", value)
        await live.agrees(chain, emitter)
        txs = [(ping(chain, emitter, 100 + n, sender=1), n % depth) for n in range(3)]
        await chain.reorg(depth, txs)
        await until(lambda: live.follower.counts.reorgs == 1)
        await live.agrees(chain, emitter)
        assert sum(len(r["of"]) for r in live.rooms.of("r", "chain.reverted")) == depth
        assert {100, 101, 102} <= set(live.rooms.values("r"))


async def test_f01_same_transaction_in_another_block_is_moved(chain: AnvilChain, emitter: Deployed) -> None:
    async with Live([chain.ws_url]) as live:
        await live.watch(emitter)
        receipt = await chain.transact(emitter, "ping", 1)
        raw = await chain.rpc("eth_getRawTransactionByHash", receipt["transactionHash"])
        await chain.mine(2)
        await live.reaches(chain)
        await chain.reorg(3, [(raw, 1)])
        await until(lambda: live.follower.counts.reorgs == 1)
        await live.agrees(chain, emitter)
        assert [e.type for e in live.rooms.entries["r"]] == ["room.watched", "chain.event", "chain.moved"]


async def test_f02_rollback_without_a_pushed_head_is_found_by_polling(chain: AnvilChain, emitter: Deployed) -> None:
    async with Live([chain.ws_url]) as live:
        await live.watch(emitter)
        for value in range(5):
            await chain.transact(emitter, "ping", value)
        await live.agrees(chain, emitter)
        await chain.rollback(4)
        await chain.transact(emitter, "ping", 50)
        await live.agrees(chain, emitter)
        assert live.rooms.values("r") == [0, 50]


async def test_f03_shorter_chain_without_new_blocks_is_waited_out(chain: AnvilChain, emitter: Deployed) -> None:
    async with Live([chain.ws_url]) as live:
        await live.watch(emitter)
        await chain.transact(emitter, "ping", 1)
        await live.agrees(chain, emitter)
        await chain.rollback(1)
        await until(lambda: live.follower.state == "lagging")
        assert live.rooms.values("r") == [1]
        assert live.follower.counts.reorgs == 0


async def test_f10_burst_of_500_blocks_is_followed_to_its_end(chain: AnvilChain, emitter: Deployed) -> None:
    async with Live([chain.ws_url]) as live:
        await live.watch(emitter)
        await chain.transact(emitter, "ping", 1)
        await chain.mine(500)
        await chain.transact(emitter, "ping", 2)
        await live.agrees(chain, emitter)


async def test_f12_frozen_node_is_left_and_used_again_later(chain: AnvilChain, emitter: Deployed) -> None:
    async with FaultProxy(chain.url) as proxy, Live([proxy.ws_url, chain.url]) as live:
        await live.watch(emitter)
        proxy.faults.blackhole()
        await chain.transact(emitter, "ping", 1)
        await live.agrees(chain, emitter)
        proxy.faults.clear()
        chain.pause()
        await until(lambda: live.follower.state == "disconnected")
        chain.resume()
        await chain.transact(emitter, "ping", 2)
        await live.agrees(chain, emitter)


async def test_f14_node_killed_and_restarted_with_an_older_state_is_followed(tmp_path: Path) -> None:
    need_anvil()
    state, chain = tmp_path / "state.json", AnvilChain(state=tmp_path / "state.json")
    await chain.start()
    try:
        emitter = await chain.deploy(artifact())
        await chain.transact(emitter, "ping", 1)
        while not state.exists():
            await asyncio.sleep(0.05)
        await asyncio.sleep(1.2)
        async with Live([chain.url]) as live:
            await live.watch(emitter, fromBlock=0)
            await chain.transact(emitter, "ping", 2)
            await chain.transact(emitter, "ping", 3)
            await live.agrees(chain, emitter)
            await chain.kill()
            await chain.start()
            for value in range(10, 16):
                await chain.transact(emitter, "ping", value)
            await live.agrees(chain, emitter)
            assert live.rooms.values("r")[0] == 1
            assert live.rooms.values("r")[-6:] == list(range(10, 16))
    finally:
        await chain.stop()


async def test_f15_wiped_chain_behind_the_same_url_halts(chain: AnvilChain) -> None:
    async with Live([chain.url], onReset="halt") as live:
        await chain.mine(3)
        await live.reaches(chain)
        await chain.stop()
        await asyncio.sleep(1.1)
        await chain.start()
        await until(lambda: live.follower.state == "halted")
        assert "genesis" in live.follower.reason


async def test_f16_reorg_of_70_blocks_halts_until_an_operator_rewinds(chain: AnvilChain, emitter: Deployed) -> None:
    async with Live([chain.ws_url], maxReorg=64, onReset="halt") as live:
        await live.watch(emitter)
        await chain.transact(emitter, "ping", 1)
        await chain.mine(90)
        await chain.transact(emitter, "ping", 2)
        await live.agrees(chain, emitter)
        await chain.reorg(70)
        await until(lambda: live.follower.state == "halted")
        assert live.rooms.values("r") == [1, 2]
        await live.chains.rewind(31337, await chain.height() - 71)
        await live.agrees(chain, emitter)
        assert live.rooms.values("r") == [1]


async def test_f19_blocks_mined_while_history_is_read_are_delivered_once(chain: AnvilChain, emitter: Deployed) -> None:
    for value in range(60):
        await chain.transact(emitter, "ping", value)
    await chain.mine(100)
    async with Live([chain.ws_url], rangeSize=5) as live:
        mining = asyncio.create_task(_keep_pinging(chain, emitter, 30))
        await live.watch(emitter, fromBlock=0)
        await mining
        await live.agrees(chain, emitter)
        assert live.rooms.values("r") == [*range(60), *range(1000, 1030)]


async def _keep_pinging(chain: AnvilChain, emitter: Deployed, count: int) -> None:
    for value in range(count):
        await chain.transact(emitter, "ping", 1000 + value)


async def test_f22_reorg_of_one_chain_does_not_touch_the_other(chain: AnvilChain, emitter: Deployed) -> None:
    async with AnvilChain(chain_id=10) as other:
        there = await other.deploy(artifact())
        rooms, store = Rooms(), MemoryChainStore()
        configs = [
            ChainConfig(number, (each.ws_url,), events_per_second=2000.0)
            for number, each in ((31337, chain), (10, other))
        ]
        chains = Chains(configs, ChainContext(store, SystemClock()), rooms.deliver, connect)
        await chains.start()
        try:
            await until(lambda: all(c.follower.state == "following" for c in chains))
            one = {"chain": 31337, "address": emitter.address, "event": PING}
            two = {"chain": 10, "address": there.address, "event": PING}
            for room, request in (("one", one), ("two", two), ("both", one), ("both", two)):
                await chains.watch(room, request, rooms.submit(room))
            await chain.transact(emitter, "ping", 1)
            await other.transact(there, "ping", 2)
            await until(lambda: rooms.values("both") == [1, 2] if "both" in rooms.entries else False)
            await until(lambda: rooms.values("two") == [2])
            before = len(rooms.entries["two"])
            await chain.reorg(1)
            await until(lambda: rooms.values("one") == [] and rooms.values("both") == [2])
            assert len(rooms.entries["two"]) == before
            assert [s["reorgs"] for s in await chains.status()] == [1, 0]
        finally:
            await chains.stop()


async def test_f28_absurd_token_data_is_delivered_undecoded(chain: AnvilChain, emitter: Deployed) -> None:
    async with Live([chain.ws_url]) as live:
        await live.watch(emitter, event="Note(uint8 indexed kind, string text, bytes data)")
        await chain.transact(emitter, "garble")
        await chain.transact(emitter, "note", 1, "fine", b"\x01" * 20_000)
        await chain.transact(emitter, "note", 2, "ünï\x00", b"")
        await live.reaches(chain)
        first, second, third = live.rooms.of("r", "chain.event")
        assert "args" not in first
        assert first["topics"][1].endswith("07")
        assert len(second["args"]["data"]) == 2 + 40_000
        assert "args" not in third, "no entry holds a NUL"
        assert third["odd"]


async def test_f29_jumping_block_times_are_kept_as_they_are(chain: AnvilChain, emitter: Deployed) -> None:
    async with Live([chain.ws_url]) as live:
        await live.watch(emitter)
        far = int((await chain.head())["timestamp"], 16) + 10**8
        await chain.rpc("evm_setNextBlockTimestamp", far)
        await chain.transact(emitter, "ping", 1)
        await chain.transact(emitter, "ping", 2)
        await live.reaches(chain)
        times = [e["block"]["time"] for e in live.rooms.of("r", "chain.event")]
        assert times[0] == far
        assert times[1] >= far


async def test_transaction_that_reverts_delivers_nothing(chain: AnvilChain, emitter: Deployed) -> None:
    async with Live([chain.ws_url]) as live:
        await live.watch(emitter)
        receipt = await chain.transact(emitter, "fail")
        assert receipt["status"] == "0x0"
        await chain.transact(emitter, "ping", 5)
        await live.agrees(chain, emitter)


# ── stores, restarts, bad input ──────────────────────────────────────────────────────────────────────────────────


@contextlib.asynccontextmanager
async def sqlite(folder: Path) -> AsyncIterator[ChainStore]:
    url = f"sqlite+aiosqlite:///{folder}/chain.db"
    await migrations.upgrade(url)
    store = await open_store(url)
    yield SqlChainStore(store.writer, store.reader)
    await store.close()


async def test_f20_chain_followed_over_restarts_has_no_gap_and_no_double(
    chain: AnvilChain, emitter: Deployed, tmp_path: Path
) -> None:
    rooms = Rooms()
    for life in range(4):
        async with sqlite(tmp_path) as store, Live([chain.ws_url], store, rooms) as live:
            if life == 0:
                await live.watch(emitter)
            await chain.transact(emitter, "ping", life * 10)
            if life % 2:
                await chain.reorg(1, [(ping(chain, emitter, life * 10 + 5, sender=1), 0)])
            if life == 3:
                await live.agrees(chain, emitter)
        await chain.transact(emitter, "ping", life * 10 + 1)


async def test_bad_watches_get_clear_errors_and_the_follower_goes_on(chain: AnvilChain, emitter: Deployed) -> None:
    async with Live([chain.ws_url], maxBackfill=50) as live:
        await chain.mine(60)
        await live.reaches(chain)
        good = {"chain": 31337, "address": emitter.address, "event": PING}
        cases: list[tuple[dict[str, Any], type[Exception], str]] = [
            ({**good, "chain": 5}, NotFound, "follows no chain 5"),
            ({**good, "event": "Ping(address who"}, Invalid, "parenthesis is missing"),
            ({**good, "address": NO_ACCOUNT}, Invalid, "no contract at"),
            ({**good, "address": chain.accounts[0]}, Invalid, "no contract at"),
            ({**good, "fromBlock": 10_000}, Invalid, "in the future"),
            ({**good, "fromBlock": 1}, Invalid, "50 blocks back"),
        ]
        for request, kind, words in cases:
            with pytest.raises(kind, match=words):
                await live.chains.watch("r", request, live.rooms.submit("r"))
        assert await live.store.subs(31337) == []
        await live.watch(emitter)
        await chain.transact(emitter, "ping", 1)
        await until(lambda: live.rooms.values("r") == [1])


async def test_calls_for_others_are_answered_by_any_endpoint(chain: AnvilChain) -> None:
    async with FaultProxy(chain.url) as proxy, Live([proxy.url, chain.url]) as live:
        proxy.faults.rate_limit(100)
        assert await live.chains.call(31337, "eth_chainId", []) == "0x7a69"


async def test_spam_of_one_account_hides_no_event_of_another(chain: AnvilChain, emitter: Deployed) -> None:
    async with Live([chain.url], eventsPerSecond=100) as live:
        await live.watch(emitter)
        await chain.rpc("evm_setAutomine", False)
        for n in range(5):
            await chain.transact(emitter, "burst", n * 250, 250, sender=1, wait=False)
        await chain.mine()
        await chain.transact(emitter, "ping", 777_777, sender=2, wait=False)
        await chain.mine()
        await live.agrees(chain, emitter)
        assert 777_777 in live.rooms.values("r")
        assert not live.rooms.of("r", "chain.gap")
        assert len(live.rooms.of("r", "chain.event")) == 1251
