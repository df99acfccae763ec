"""Requests about markets: depth."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from parlour.adapters.socket.request_spec import Call, RequestSpec
from parlour.core.markets.depth import MAX_LEVELS, MAX_WITHIN_BPS
from parlour.protocol.replies import Reply
from parlour.protocol.values import BlockRef, Request, RoomId
from parlour.runtime.rooms.room_ids import named_room


class MarketDepth(Request):
    """Ask what a market's pool sells and buys up to each price."""

    room: RoomId
    within: Annotated[int, Field(ge=1, le=MAX_WITHIN_BPS)] | None = None
    """Basis points from the pool's price to the last level; 100 by default."""
    levels: Annotated[int, Field(ge=1, le=MAX_LEVELS)] | None = None
    """Levels of each side; 10 by default."""


class DepthReply(Reply):
    """`[price, amount]` from the pool's price outwards; amounts of base, raw, without the pool's fee."""

    bids: list[list[str]]
    asks: list[list[str]]
    block: BlockRef


async def depth(call: Call[MarketDepth]) -> dict[str, Any]:
    """Answer the depth of a market's pool at the newest block."""
    asked = call.parsed()
    room, caller = named_room(asked.room), call.client.caller
    return await call.rooms.depth(room, caller, asked.within or 100, asked.levels or 10)


SPECS = (RequestSpec("market:depth", MarketDepth, DepthReply, depth, cost="lookup"),)
