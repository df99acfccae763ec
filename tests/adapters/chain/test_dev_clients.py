"""The follower on every dev chain: anvil in the short form, Hardhat 2, Hardhat 3 and Ganache in the long one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from parlour.commands.dev_chain import open_chain
from parlour.testing.anvil import AnvilChain, Deployed
from tests.adapters.chain.dev_clients import PACKAGES, dev_chain
from tests.adapters.chain.live_chain import Live
from tests.runtime.chain.chain_kit import artifact, until


@pytest.fixture(params=["anvil", *(pytest.param(name, marks=pytest.mark.long) for name in PACKAGES)])
async def chain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AnvilChain]:
    async with dev_chain(request.param, tmp_path_factory.getbasetemp() / "clients") as made:
        yield made


@pytest.fixture
async def emitter(chain: AnvilChain) -> Deployed:
    return await chain.deploy(artifact())


@pytest.mark.parametrize("verify", ["bloom", "receipts"])
async def test_events_of_a_dev_chain_count_as_included_until_they_are_deep(
    chain: AnvilChain, emitter: Deployed, verify: str
) -> None:
    async with Live([chain.url], verify=verify) as live:
        await live.watch(emitter)
        await chain.transact(emitter, "ping", 7)
        await live.reaches(chain)
        await chain.mine(70)
        await live.reaches(chain)
        await until(lambda: live.rooms.of("r", "chain.confirmed"))
        assert [body["status"] for body in live.rooms.of("r", "chain.event")] == ["included"]


async def test_dev_chain_reverted_below_what_was_told_is_a_reorg(chain: AnvilChain, emitter: Deployed) -> None:
    async with Live([chain.url]) as live:
        await live.watch(emitter)
        await chain.transact(emitter, "ping", 1)
        await live.reaches(chain)
        before = await chain.rpc("evm_snapshot")
        for value in (2, 3):
            await chain.transact(emitter, "ping", value)
        await chain.mine(100)
        await live.reaches(chain)
        assert live.rooms.values("r") == [1, 2, 3]
        await chain.rpc("evm_revert", before)
        await chain.transact(emitter, "ping", 4)
        await live.agrees(chain, emitter)
        assert live.rooms.values("r") == [1, 4]
        assert live.follower.state == "following"


async def test_dev_chain_started_anew_is_followed_from_its_genesis(chain: AnvilChain, emitter: Deployed) -> None:
    async with Live([chain.url]) as live:
        await live.watch(emitter)
        for value in (1, 2):
            await chain.transact(emitter, "ping", value)
        await live.reaches(chain)
        await chain.stop()
        await chain.start()
        again = await chain.deploy(artifact())
        assert again.address == emitter.address
        await chain.transact(again, "ping", 3)
        await live.agrees(chain, again)
        assert live.rooms.values("r") == [3]
        assert live.follower.state == "following"


async def test_many_blocks_mined_at_once_are_followed_without_a_doubt(chain: AnvilChain, emitter: Deployed) -> None:
    async with Live([chain.url]) as live:
        await live.watch(emitter)
        await chain.mine(3)
        await live.reaches(chain)
        await chain.mine(999)
        await chain.transact(emitter, "ping", 1)
        await chain.mine(20)
        await chain.transact(emitter, "ping", 2)
        await live.agrees(chain, emitter)
        assert live.rooms.values("r") == [1, 2]
        assert live.follower.counts.reorgs == 0
        assert live.follower.counts.rejected == 0


async def test_dev_server_funds_wallets_and_deploys_on_a_given_chain(chain: AnvilChain, tmp_path: Path) -> None:
    wallet = "0x" + "12" * 20
    async with AsyncExitStack() as stack:
        opened = await open_chain(stack, chain.url, tmp_path, [wallet], lambda line: None)
        assert opened.note is None
        assert opened.stake is not None
        for contract in (opened.stake["address"], opened.pool):
            assert await chain.rpc("eth_getCode", contract, "latest") != "0x"
        assert int(await chain.rpc("eth_getBalance", wallet, "latest"), 16) == 100 * 10**18
