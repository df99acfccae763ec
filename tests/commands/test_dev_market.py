"""The market that `parlour dev` makes of its own pool: candles of twenty minutes at the first start."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from parlour.app import Server
from parlour.commands.dev_chain import DevChain
from parlour.commands.dev_market import MARKET, SPAN_S, TRADES, open_pool
from parlour.commands.dev_rooms import watch_chain
from parlour.runtime.rooms.interface import Caller
from parlour.runtime.rooms.rights import RoomRights
from tests.anvil import anvil
from tests.commands.dev_server import dev_server


async def test_dev_market_has_candles_at_the_first_start_and_keeps_its_pool(tmp_path: Path) -> None:
    async with anvil(state=tmp_path / "state.json", age_s=2 * SPAN_S) as chain:
        pool = await open_pool(chain, tmp_path / "pool.json", timed=True)
        height = await chain.height()
        assert (height, await open_pool(chain, tmp_path / "pool.json", timed=True)) == (TRADES + 1, pool)
        assert await chain.height() == height
        await chain.mine()
        assert abs(int((await chain.head())["timestamp"], 16) - time.time()) < 60
        async with dev_server(chain, tmp_path) as server:
            opened = DevChain(chain.chain_id, [chain.url], chain.url, pool=pool)
            for _ in range(2):  # the second start finds it
                await watch_chain(server, "ann", opened)
            async with asyncio.timeout(30):
                while (state := await _state(server)) is None or state["last"] is None or state["last"]["id"] < TRADES:
                    await asyncio.sleep(0.1)
    assert state["pair"]["symbols"] == ["ETH", "USD"]
    assert 19 <= len(state["candles"]["1m"]) <= 22
    assert state["day"]["trades"] == TRADES


async def _state(server: Server) -> Any:
    _, hall = await RoomRights(server.parts.rooms.registry).open(MARKET, Caller("ann"))
    return hall.view(None)
