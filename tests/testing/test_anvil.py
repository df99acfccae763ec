"""testing/anvil.py: a dev chain that is killed and started again."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from parlour import testing
from parlour.testing.anvil import AnvilChain
from tests.anvil import anvil, need_anvil


@pytest.mark.parametrize("torn", [False, True])
async def test_dev_chain_killed_again_and_again_keeps_its_genesis_and_its_time(tmp_path: Path, torn: bool) -> None:
    need_anvil()
    state, seen = tmp_path / "state.json", set()
    for _ in range(3):
        chain = AnvilChain(state=state)
        await chain.start()
        await chain.mine()
        head = await chain.head()
        seen.add((await chain.rpc("eth_getBlockByNumber", "0x0", False))["hash"])
        assert abs(int(head["timestamp"], 16) - time.time()) < 30
        while not state.exists():
            await asyncio.sleep(0.05)
        await asyncio.sleep(1.1)
        await chain.kill()
        if torn:
            state.write_bytes(state.read_bytes()[:-100])
    assert len(seen) == 1


async def test_pending_transaction_is_replaced_cancelled_and_forgotten() -> None:
    async with anvil(automine=False) as chain:
        payee = chain.accounts[5]
        first = await chain.send({"to": payee, "value": "0x5"})
        dearer = await chain.replace(first)
        other = await chain.replace(dearer, value="0x7")
        gone = await chain.send({"to": payee, "value": "0x1"}, sender=1)
        cancelled = await chain.cancel(gone)
        lost = await chain.send({"to": payee, "value": "0x1"}, sender=2)
        await chain.forget(lost)
        await chain.mine()
        receipts = [await chain.rpc("eth_getTransactionReceipt", tx) for tx in (first, dearer, gone, lost)]
        assert receipts == [None] * 4
        assert (await chain.receipt(other))["status"] == "0x1"
        assert (await chain.receipt(cancelled))["to"].lower() == chain.accounts[1].lower()
        balance = int(await chain.rpc("eth_getBalance", payee, "latest"), 16)
        assert balance % 10**18 == 7


async def test_chain_goes_back_to_a_snapshot() -> None:
    async with anvil() as chain:
        await chain.mine(2)
        mark = await chain.snapshot()
        await chain.mine(5)
        await chain.revert(mark)
        assert await chain.height() == 2


def test_chains_for_tests_are_found_by_their_names() -> None:
    for name in testing.__all__:
        assert getattr(testing, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = testing.Nothing
