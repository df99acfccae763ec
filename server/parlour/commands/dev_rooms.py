"""The demo rooms of `parlour dev`, and what they watch of its chain."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import structlog

from parlour.app import Server
from parlour.commands.dev_chain import DevChain
from parlour.commands.dev_market import make_market
from parlour.commands.dev_pass import make_holders_room
from parlour.core.rooms.hooks import title_of
from parlour.errors import Conflict, Invalid, ParlourError
from parlour.runtime.games.discovery import load
from parlour.runtime.rooms.interface import Caller, NewRoom

LOBBY, TABLE, STAKED_TABLE, PINGS = "lobby", "tic-tac-toe-demo", "tic-tac-toe-stake", "pings"
STAKE_WEI = "10000000000000000"
"""0.01 ether: the demo's friendly stake."""
WATCH_ATTEMPTS = 10
"""Tries to start the demo's watches, one a second: the follower needs a while to reach the chain's head."""

DemoRoom = tuple[str, str, str, dict[str, Any]]
"""Id, kind, title, options."""


def demo_rooms(chain: DevChain | None) -> list[DemoRoom]:
    """List the demo rooms; those about the chain only where the chain has what they show."""
    rooms: list[DemoRoom] = [(LOBBY, "chat", "Lobby", {}), (TABLE, "tic-tac-toe", "Tic-tac-toe", {})]
    if chain is not None and chain.stake is not None:
        stake = {"chain": chain.chain_id, "address": chain.stake["address"], "amount": STAKE_WEI}
        rooms.append((STAKED_TABLE, "tic-tac-toe", "Tic-tac-toe, for a stake", {"stake": stake}))
    if chain is not None and chain.watch is not None:
        rooms.append((PINGS, "chat", "Pings of the simulated chain", {}))
    return rooms


def own_tables(games: Iterable[str]) -> list[DemoRoom]:
    """List a table for each game that was named as `module:Class`, so that its author finds one to sit down at."""
    kinds = dict.fromkeys(load(reference).kind for reference in games)
    return [(f"{kind}-demo", kind, title_of(kind), {}) for kind in kinds]


async def make_rooms(server: Server, owner: str, rooms: list[DemoRoom]) -> None:
    """Create the demo rooms at the first start; an existing room with other settings stays as it is.

    A game whose options have no defaults gets no table, for somebody has to choose them.
    """
    create = server.parts.rooms.registry.create
    for room, kind, title, options in rooms:
        try:
            await create(owner, NewRoom(kind, room, title, options=options), limited=False)
        except Conflict:
            structlog.get_logger().warning("dev.room_kept", room=room)
        except Invalid as error:
            structlog.get_logger().warning("dev.no_table", kind=kind, error=error.message)


async def watch_chain(server: Server, owner: str, chain: DevChain) -> None:
    """Let the demo rooms watch the chain, and make its market and its gated room, once its follower has a position."""
    watching, caller = server.parts.chain.watching, Caller(owner)
    for _ in range(WATCH_ATTEMPTS):
        try:
            if chain.watch is not None:
                await watching.watch(PINGS, caller, chain.watch, "demo")
            if chain.stake is not None and (staked := await server.parts.process.store.load(STAKED_TABLE)):
                await watching.start_wanted(staked.record, caller)
            if chain.pool is not None:
                await make_market(server, caller, chain.chain_id, chain.pool)
            if chain.token is not None:
                await make_holders_room(server, caller, chain.chain_id, chain.token)
            return
        except ParlourError as error:
            if not error.retryable:
                structlog.get_logger().warning("dev.no_watch", error=error.message)
                return
        await asyncio.sleep(1)
