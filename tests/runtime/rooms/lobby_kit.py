"""A process with live lists, and clients that fold what they hear."""

from __future__ import annotations

import asyncio
from typing import Any

from parlour.core import room as commands
from parlour.core.games.room import GameRoom
from parlour.games.tic_tac_toe import TicTacToe
from parlour.runtime.rooms.live_list import ListFilter
from parlour.runtime.rooms.lobby import Lobby, LobbyLimits
from parlour.runtime.store import RoomFilter, StoreError
from parlour.runtime.store_memory import MemoryStore
from parlour.testing.fakes import FakeClock, FakeConnection, carried, settle
from tests.runtime.kit import Process

KINDS = {"tic-tac-toe": GameRoom.of(TicTacToe)}
TABLES = ListFilter("tic-tac-toe")
OPEN = ListFilter("tic-tac-toe", open=True)
SOON, LATER = 0.3, 5.1
"""Longer than changes wait to be told together; longer than until a list is read again."""


class ListStore(MemoryStore):
    """Counts how often lists are read; until `arrives` (`bans_arrive`) is set, what was read is on its way."""

    def __init__(self) -> None:
        super().__init__()
        self.listed = 0
        self.broken = False
        self.arrives = asyncio.Event()
        self.arrives.set()
        self.bans_arrive = asyncio.Event()
        self.bans_arrive.set()

    async def bans(self, *asked: Any) -> Any:
        found = await super().bans(*asked)
        await self.bans_arrive.wait()
        return found

    async def rooms(self, wanted: RoomFilter, **page: Any) -> Any:
        self.listed += 1
        if self.broken:
            raise StoreError("Injected: the connection was lost.")
        found = await super().rooms(wanted, **page)
        await asyncio.sleep(0)
        await self.arrives.wait()
        return found


class Town(Process):
    """A process with a lobby."""

    store: ListStore

    def __init__(
        self, store: ListStore | None = None, clock: FakeClock | None = None, most: int = 3, **more: Any
    ) -> None:
        super().__init__(store or ListStore(), clock, KINDS, **more)
        limits = LobbyLimits(wait_ms=250, reread_seconds=5, lists=most)
        self.lobby = Lobby(self.store, self.clock, self.context.encoder, limits)
        self.context.on_listed = self.lobby.note_change

    async def table(self, room: str, *players: str, **settings: Any) -> None:
        await self.create(room, "tic-tac-toe", **settings)
        for player in players:
            await self.sit(player, room)

    async def sit(self, player: str, room: str) -> None:
        await self.ask(commands.Join(author=player), room)

    async def watcher(self, wanted: ListFilter = TABLES, account: str = "") -> Watcher:
        watcher = Watcher(account)
        await watcher.follow(self, wanted)
        return watcher


class Watcher(FakeConnection):
    """A client that folds what it hears into the list it shows."""

    async def follow(self, town: Town, wanted: ListFilter) -> None:
        asked = asyncio.ensure_future(town.lobby.follow(self, wanted))
        await settle()
        self.heard.clear()
        self.first = [room["id"] for room in carried(asked.result())["rooms"]]
        self.answer = {room["id"]: room for room in carried(asked.result())["rooms"]}

    @property
    def list(self) -> dict[str, Any]:
        folded = dict(self.answer)
        for event in self.events("lobby"):
            assert not set(event["gone"]) - folded.keys(), "gone is what was never there"
            folded |= {room["id"]: room for room in event["rooms"]}
            for room in event["gone"]:
                del folded[room]
        return folded

    @property
    def status(self) -> dict[str, str]:
        return {room: facts["game"]["status"] for room, facts in self.list.items()}
