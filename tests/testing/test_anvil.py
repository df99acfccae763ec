"""testing/anvil.py: a dev chain that is killed and started again."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from parlour.testing.anvil import AnvilChain
from tests.anvil import need_anvil


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
