"""A matchmaker over rooms in memory, with people who come and go."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from functools import partial
from typing import Any

from parlour.core import room as commands
from parlour.core.boards.room import BoardRoom
from parlour.core.games.room import GameRoom
from parlour.core.matchmaking.line import Line
from parlour.core.matchmaking.party import PartyRoom
from parlour.core.matchmaking.room import QueueRoom
from parlour.errors import ParlourError
from parlour.games.tic_tac_toe import TicTacToe
from parlour.runtime.matchmaking.boards import Boards
from parlour.runtime.matchmaking.line_keeper import Surroundings
from parlour.runtime.matchmaking.lineups import Lineups
from parlour.runtime.matchmaking.matchmaker import NOTED, Matchmaker
from parlour.runtime.matchmaking.tables import Tables
from parlour.runtime.matchmaking.wishes import MatchLimits, Wish
from parlour.runtime.rooms.interface import Caller
from parlour.testing.fakes import FakeConnection
from tests.runtime.kit import Process

KIND = TicTacToe.kind
QUEUE = f"queue:{KIND}"
LIMITS = MatchLimits(match_seconds=20, match_away_seconds=60)


class Matching(Process):
    """A process that matches people for games.

    Attributes:
        here: accounts that have a connection.
        blocks: whom each account blocks.
        told: what each account was sent: `(event, data)`.
        flagged: what moderators were told: `(room, note)`.
    """

    def __init__(self, *games: type[Any], **more: Any) -> None:
        self._games = games
        kinds = {game.kind: GameRoom.of(game) for game in (TicTacToe, *games)}
        super().__init__(
            kinds={QueueRoom.kind: QueueRoom, BoardRoom.kind: BoardRoom, PartyRoom.kind: PartyRoom, **kinds}, **more
        )
        self.here: set[str] = set()
        self.blocks: dict[str, set[str]] = {}
        self.told: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        self.flagged: list[tuple[str, str]] = []
        self.context.notify = lambda account, event, data: self.told.setdefault(account, []).append((event, data))
        self.matchmaker = self._matchmaker()
        self._running = asyncio.get_running_loop().create_task(self.matchmaker.run())

    def _matchmaker(self) -> Matchmaker:
        tables = Tables(self.registry, partial(self.rooms.create, Caller("", 3)))
        lineups = Lineups(self.registry.kinds)
        self.boards = Boards(self.registry, lineups)
        around = Surroundings(self.registry, tables, self.boards, self, self._blockers, LIMITS, self._flag)
        matchmaker = Matchmaker(lineups, around)
        self.context.on_entry = {type_: [matchmaker.note] for type_ in NOTED}
        return matchmaker

    def is_here(self, account: str) -> bool:
        return account in self.here

    async def _blockers(self, author: str, accounts: Collection[str]) -> Collection[str]:
        return {each for each in accounts if author in self.blocks.get(each, ())}

    async def _flag(self, room: str, note: str) -> None:
        self.flagged.append((room, note))

    async def find(
        self, account: str, id: str = "r1", kind: str = KIND, network: str = "", **more: Any
    ) -> dict[str, Any]:
        """Look for a table, being here; raises the refusal."""
        self.here.add(account)
        asked = asyncio.ensure_future(self.matchmaker.find(Caller(account), Wish(kind, id, **more), network))
        await self.clock.advance(0)
        return await asked

    async def refusal(self, account: str, *args: Any, **more: Any) -> ParlourError:
        """Return why `find` is refused."""
        try:
            await self.find(account, *args, **more)
        except ParlourError as error:
            return error
        raise AssertionError("it was not refused")

    async def matched(self, *accounts: str, **more: Any) -> str:
        """Let these look for a table, and return the one they all get."""
        for account in accounts:
            await self.find(account, **more)
        await self.clock.advance(1)
        (room,) = {self.found(account)["room"] for account in accounts}
        return str(room)

    def heard(self, account: str, event: str) -> list[dict[str, Any]]:
        return [data for name, data in self.told.get(account, ()) if name == event]

    def found(self, account: str) -> dict[str, Any]:
        """What `match:found` told an account last."""
        return self.heard(account, "match:found")[-1]

    async def sit(self, account: str, room: str) -> dict[str, Any]:
        return await self.join(FakeConnection(account), room)

    async def act(self, account: str, room: str, action: str, **args: Any) -> None:
        body = {"action": action, "args": args}
        post = commands.Post(author=account, id=f"{self.clock.now()}-{account}", type="game.action", body=body)
        await self.ask(post, room)

    def line(self, queue: str = QUEUE) -> Line:
        host = self.registry.find(queue)
        assert host is not None
        room = host.live.room
        assert isinstance(room, QueueRoom)
        return room.line

    async def logged(self, room: str = QUEUE) -> list[str]:
        return [entry.type for entry in await self.store.entries(room, 0, 1000)]

    def die(self, **more: Any) -> Matching:
        """Lose everything but the store, without a word; return the next process."""
        self._running.cancel()
        for host in self.registry.live():
            host.lost_lease()
        return Matching(*self._games, store=self.store, clock=self.clock, owner="two", **more)
