"""Swaps and market rooms for tests: events as a follower hands them to a room."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from parlour.core.chain.logs import Log, read_logs
from parlour.core.markets.options import read_options, wanted_watches
from parlour.core.markets.room import MarketRoom
from parlour.core.room import ChainUpdate, Draft
from parlour.testing.kept_room import KeptRoom

DATA = Path(__file__).parents[2] / "data"
TOKEN0, TOKEN1 = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
POOL = "0x88e6A0c2dDD26FEEb64F039a2c41296FcB3f5640"
WHO = "0x00000000000000000000000000000000000000AA"


def real_logs(number: int) -> list[Log]:
    """Return all logs of a mainnet block."""
    data = json.loads((DATA / "blocks" / f"mainnet_{number}.json").read_text())
    logs = read_logs([log for r in data["receipts"] for log in r["logs"]])
    for log in logs:
        log.time = int(data["block"]["timestamp"], 16)
    return logs


def options(**more: Any) -> dict[str, Any]:
    """Return the options of a market as the server stores them."""
    facts = {"tokens": [TOKEN0, TOKEN1], "decimals": [6, 18], "symbols": ["USDC", "WETH"], "verified": True}
    return {"chain": 1, "pool": POOL, "type": "uniswap-v3", "facts": facts, **more}


def swap_event(number: int, index: int, amounts: tuple[int, int], *, time: int = 0, **more: Any) -> dict[str, Any]:
    """Return the body of `chain.event` for a swap of a v3 pool."""
    args = {"sender": WHO, "recipient": WHO, "amount0": str(amounts[0]), "amount1": str(amounts[1])}
    args |= {"sqrtPriceX96": str(1 << 96), "liquidity": "1", "tick": "0"}
    block = {"number": number, "hash": f"0x{number:064x}", "time": time or number * 12}
    event = {"watch": "w1", "chain": 1, "address": POOL, "event": "Swap", "args": args, "block": block}
    return {**event, "tx": f"0x{number * 1000 + index:064x}", "logIndex": index, "status": "included", **more}


class Market(KeptRoom[MarketRoom]):
    """A market room that gets its swaps directly."""

    def __init__(self, **more: Any) -> None:
        super().__init__(MarketRoom, options(**more), seed=1)
        for number, wanted in enumerate(wanted_watches(read_options(self.room.options)), 1):
            watch = {"id": f"w{number}", **wanted, "from": {"number": 0, "hash": "0x"}}
            self._append([Draft("room.watched", {"watch": watch, "by": "owner"})])
        self._sources = 0

    def hear(self, *events: dict[str, Any]) -> list[Any]:
        """Deliver chain events in one update; return the entries they became."""
        before = len(self.log)
        drafts = []
        for event in events:
            self._sources += 1
            drafts.append(Draft("chain.event", event, source=f"chain:{self._sources}"))
        self.submit(ChainUpdate(drafts=drafts))
        return self.log[before:]

    def swap(self, number: int, index: int, amounts: tuple[int, int], **more: Any) -> Any:
        """Deliver one swap; return its entry."""
        return self.hear(swap_event(number, index, amounts, **more))[-1]

    def confirmed(self, status: str, upto: int) -> None:
        """Let the chain confirm everything up to a block."""
        self.chain_confirmed(status, 1, upto)
