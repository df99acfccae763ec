"""Requests about matchmaking: tables, parties, ratings and boards."""

from __future__ import annotations

from typing import Any

from parlour.adapters.socket.request_spec import Call, RequestSpec
from parlour.core.identity.accounts import account_of
from parlour.core.matchmaking.party import Ready
from parlour.core.matchmaking.tickets import Window
from parlour.protocol.matchmaking import (
    BoardRead,
    BoardReply,
    MatchCancel,
    MatchFind,
    MatchReply,
    PartyCreate,
    PartyReady,
    RatingsOf,
    RatingsReply,
    RatingWindow,
)
from parlour.protocol.replies import CreateReply, Done
from parlour.runtime.matchmaking.boards import Page
from parlour.runtime.matchmaking.wishes import Wish
from parlour.runtime.rooms.interface import NewRoom, RoomRequest
from parlour.runtime.rooms.room_ids import named_room


async def find(call: Call[MatchFind]) -> dict[str, Any]:
    """Put the caller into the line of a kind."""
    asked, account = call.parsed(), call.client.signed_in()
    await call.backing.limiter.hit("match", account)
    rating = asked.rating or RatingWindow()
    wish = Wish(
        asked.kind,
        asked.id,
        asked.options or {},
        asked.want or {},
        Window(rating.within, rating.widen_per_second, rating.most),
        None if asked.bots is None else asked.bots.after,
        asked.party,
    )
    return await call.backing.matchmaker.find(call.client.caller, wish, call.client.address)


async def cancel(call: Call[MatchCancel]) -> dict[str, Any]:
    """Take the caller out of the line."""
    call.client.signed_in()
    return await call.backing.matchmaker.cancel(call.client.caller, call.parsed().ticket)


async def ratings(call: Call[RatingsOf]) -> dict[str, Any]:
    """Answer what accounts are rated in a kind."""
    asked = call.parsed()
    return await call.backing.matchmaker.boards.described(asked.kind, [account_of(each) for each in asked.accounts])


async def read_board(call: Call[BoardRead]) -> dict[str, Any]:
    """Answer a page of a board."""
    asked = call.parsed()
    around = None if asked.around is None else account_of(asked.around)
    page = Page(around, asked.cursor, asked.limit, asked.season)
    return await call.backing.matchmaker.boards.read(asked.board, page)


async def create_party(call: Call[PartyCreate]) -> dict[str, Any]:
    """Make a party that the caller leads."""
    asked, client = call.parsed(), call.client
    await call.backing.limiter.hit("rooms", client.signed_in())
    call.backing.matchmaker.check_kind(asked.kind)
    options = {"kind": asked.kind, "size": asked.size}
    return await call.rooms.create(client.caller, NewRoom("party", asked.id, visibility="private", options=options))


def ready(call: Call[PartyReady]) -> None:
    """Say that the caller is ready to play, or is not."""
    asked, client = call.parsed(), call.client
    command = Ready(client.signed_in(), client.rank, on=asked.on)
    call.rooms.submit(named_room(asked.room), RoomRequest(command, call.reply))


SPECS = (
    RequestSpec("match:find", MatchFind, MatchReply, find, cost="search", mutates=True),
    RequestSpec("match:cancel", MatchCancel, Done, cancel, cost="search", mutates=True),
    RequestSpec("party:create", PartyCreate, CreateReply, create_party, cost="create", mutates=True),
    RequestSpec("party:ready", PartyReady, Done, ready, cost="change", mutates=True),
    RequestSpec("ratings:of", RatingsOf, RatingsReply, ratings, cost="read"),
    RequestSpec("board:read", BoardRead, BoardReply, read_board, cost="read"),
)
