"""Measures how many real swaps a market takes: from the log a node sends to the candles a room shows."""

from __future__ import annotations

import time
from itertools import count

from parlour.core.chain.logs import Log
from parlour.core.chain.routes import Route
from parlour.core.markets.options import read_options, wanted_watches
from parlour.core.markets.room import MarketRoom
from parlour.core.room import ChainUpdate, Draft, Entry

_WATCH = {"id": "w", "finality": "included", "confirm": [], "from": {"number": 0, "hash": ""}}


def swaps_folded_per_second(logs: list[Log], seconds: float = 1.0) -> float:
    """Measure decoding, pricing and folding on one core; storing and sending are measured as for other entries."""
    tokens = ["0x" + "11" * 20, "0x" + "22" * 20]
    facts = {"tokens": tokens, "decimals": [6, 18], "verified": True}
    asked = {"chain": 1, "pool": "0x" + "33" * 20, "type": "uniswap-v3", "facts": facts}
    room = MarketRoom("market")
    (watch,) = wanted_watches(read_options(asked))
    route = Route("market", {**watch, **_WATCH})
    made = MarketRoom.created("", "", "public", MarketRoom.check_options(asked), False)
    room.apply(_entry(1, made))
    room.apply(_entry(2, Draft("room.watched", {"watch": {**watch, **_WATCH}, "by": ""})))
    done, start, seq = 0, time.process_time(), count(3)
    while time.process_time() - start < seconds:
        for log in logs:
            event = Draft("chain.event", route.body(log, "included"), source=str(done))
            (trade,) = room.handle_chain(ChainUpdate(), [event])
            room.apply(_entry(next(seq), trade))
            done += 1
        room.view(None)
    return done / (time.process_time() - start)


def _entry(seq: int, draft: Draft) -> Entry:
    return Entry("market", "e", seq, "", draft.type, "", 0, draft.body, b"", b"", b"")
