"""The route of a market's own watches: beside each swap of a v2 pool it reads the reserves that were synced before."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from parlour.core.chain.abi import parse_event
from parlour.core.chain.decoding import Undecodable, make_decoder
from parlour.core.chain.logs import Log
from parlour.core.chain.routes import Route
from parlour.core.chain.watches import WatchRecord
from parlour.core.room import RoomId

TRADES_PER_SECOND = 2_000.0
"""Trades that a market takes steadily: the busiest pools of the fastest chains stay below."""
_REMEMBERED = 50_000
"""Synced reserves that wait for their swap: all of a step's, and a step is 20,000 logs."""


class MarketRoute(Route):
    """A watch whose events a market turns into entries of its own.

    A market's events are not moved to another block: there a trade has another place, and perhaps another candle. They
    are reverted and told anew.
    """

    pinned = True
    rate = TRADES_PER_SECOND

    def __init__(self, room: RoomId, record: WatchRecord) -> None:
        super().__init__(room, record)
        self._before = ""
        if "before" in record:
            event = parse_event(record["before"])
            self._before, self._decode = event.topic0, make_decoder(event)
            self.topics0 |= {event.topic0}
        self._held: OrderedDict[tuple[str, int], dict[str, Any]] = OrderedDict()

    def wants(self, log: Log) -> bool:
        """Return whether the log is an event of the market; an event that stands before one is remembered."""
        if self._before and log.topics and log.topics[0] == self._before:
            if log.address in self.addresses:
                self._remember(log)
            return False
        return super().wants(log)

    def _remember(self, log: Log) -> None:
        try:
            self._held[(log.block, log.index)] = self._decode(log.topics, log.data)
        except Undecodable:
            return
        if len(self._held) > _REMEMBERED:
            self._held.popitem(last=False)

    def body(self, log: Log, status: str) -> dict[str, Any]:
        """Return the event as a room's watch tells it, with `before` where that was read."""
        body = super().body(log, status)
        before = self._held.get((log.block, log.index - 1))
        return body if before is None else {**body, "before": before}
