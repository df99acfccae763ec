"""Brings the ends of matches to the boards, and answers what stands there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import structlog

from parlour.core.boards.declared import Board
from parlour.core.boards.results import said_by
from parlour.core.boards.room import PREFIX, BoardRoom, counted, source_of
from parlour.core.boards.scoring import Ratings
from parlour.core.boards.skill import START
from parlour.core.boards.standings import Standings, rating_in
from parlour.core.matchmaking.line import OpenTable
from parlour.core.matchmaking.lineup import Lineup
from parlour.core.room import Account, ChainUpdate, Draft, Entry, Join, RoomId
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.hooks import title_of
from parlour.errors import Invalid, NoSuchRoom, NotFound, ParlourError
from parlour.runtime.matchmaking.lineups import Lineups
from parlour.runtime.rooms.interface import NewRoom
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.store import StoreError

log = structlog.get_logger()

RATINGS = "rating"
"""The board of a rated kind is `rating:<kind>`."""
ROWS = 50
"""Rows of a page where nobody says otherwise."""


class KindsBoard(NamedTuple):
    """A board of a kind that people are matched for."""

    kind: str
    lineup: Lineup
    board: Board

    @property
    def id(self) -> str:
        """Its name, such as `weekly:chess`."""
        return f"{self.board.name}:{self.kind}"

    @property
    def room(self) -> RoomId:
        """The room that it is."""
        return PREFIX + self.id

    @property
    def options(self) -> dict[str, Any]:
        """What its room is made with."""
        board, rating = self.board, self.lineup.rating or "openskill"
        return {"kind": self.kind, "rating": rating, "score": board.score, "reset": board.reset, "ties": board.ties}


class Boards:
    """The boards of every kind that people are matched for."""

    def __init__(self, registry: RoomRegistry, lineups: Lineups) -> None:
        self._registry = registry
        self._boards = {each.id.lower(): each for kind, lineup in lineups.items() for each in _boards_of(kind, lineup)}
        registry.reserved.make_at_join(PREFIX, self.make)

    async def wake(self) -> None:
        """Open boards with seasons, so that one which ended while no server ran is told."""
        for each in self._boards.values():
            if each.board.reset is not None:
                try:
                    await self._registry.reach(each.room)
                except NoSuchRoom:
                    continue
                except (ParlourError, StoreError) as error:
                    log.warning("board.not_opened", board=each.id, error=type(error).__name__)

    # ── what stands there ────────────────────────────────────────────────────────────────────────────────────────

    async def ratings(self, kind: str, accounts: Collection[Account]) -> Mapping[Account, int]:
        """Return what accounts are rated in a kind; nothing where it is not rated. Raises Unavailable, StoreError."""
        if f"{RATINGS}:{kind}" not in self._boards:
            return {}
        standings = await self._standings(self._boards[f"{RATINGS}:{kind}"])
        return {
            account: START if standings is None else rating_in(standings, account)["rating"] for account in accounts
        }

    async def described(self, kind: str, accounts: Collection[Account]) -> dict[str, Any]:
        """Answer `{ratings}` by account; raises Invalid for a kind without ratings."""
        if (board := self._boards.get(f"{RATINGS}:{kind}")) is None:
            known = ", ".join(sorted(each.kind for each in self._boards.values() if each.board.name == RATINGS))
            raise Invalid(f"{kind[:64]!r} has no ratings here; there are {known or 'none'}.", details={"path": "kind"})
        standings = await self._standings(board) or Standings(Ratings(board.lineup.rating or "openskill"))
        return {"ratings": {account: rating_in(standings, account) for account in accounts}}

    async def read(self, board: str, asked: Page) -> dict[str, Any]:
        """Answer `{rows, cursor, at}`, with `season` on a board that has seasons.

        Raises:
            NotFound: there is no such board or season, or the account is not on it.
        """
        found = self._boards.get(board.lower())
        if found is None:
            raise NotFound("There is no such board.", reason="board")
        room, at = await self._room(found), self._registry.context.clock.now()
        if asked.season is not None and (room is None or room.season is None or asked.season != room.season.name):
            return {**_ended_rows(room, asked), "at": at}
        standings = None if room is None else room.standings
        most, first = asked.limit or ROWS, int(asked.cursor or 1)
        if asked.around is not None:
            if standings is None or asked.around not in standings.players:
                raise NotFound("That account is not on the board.", reason="unranked")
            first = standings.place(asked.around) - most // 2
        rows = [] if standings is None else standings.rows(max(1, first), most)
        more = standings is not None and first + most <= len(standings)
        season = {} if room is None or room.season is None else {"season": room.season.name}
        return {"rows": rows, "cursor": str(first + most) if more else None, "at": at, **season}

    async def _standings(self, board: KindsBoard) -> Standings | None:
        room = await self._room(board)
        return None if room is None else room.standings

    async def _room(self, board: KindsBoard) -> BoardRoom | None:
        try:
            host = await self._registry.reach(board.room)
        except NoSuchRoom:
            return None
        return await host.read_state(_board_room)

    # ── what changes it ──────────────────────────────────────────────────────────────────────────────────────────

    async def count(self, kind: str, ends: Sequence[tuple[OpenTable, Entry]]) -> None:
        """Count the ends of a kind's tables, once however often it is asked; raises Unavailable, StoreError."""
        for board in self._of(kind):
            found = (_counted(board, table, end) for table, end in ends)
            drafts = [draft for draft in found if draft is not None]
            if drafts:
                await self._deliver(board, drafts)

    async def take_back(self, kind: str, room: RoomId, seqs: Sequence[int]) -> None:
        """Count ends no more that a reorganisation took back; ends that were never counted change nothing."""
        for board in self._of(kind):
            if await self._room(board) is not None:
                of: list[Any] = [source_of(room, seq) for seq in seqs]
                body = {"of": of, "block": {}, "void": []}
                taken = Draft("chain.reverted", body, source=f"taken:{room.lower()}:{max(seqs)}")
                await self._deliver(board, [taken])

    def _of(self, kind: str) -> list[KindsBoard]:
        return [each for each in self._boards.values() if each.kind == kind]

    async def _deliver(self, board: KindsBoard, drafts: list[Draft]) -> None:
        update = ChainUpdate(drafts=drafts)
        try:
            await self._registry.deliver(board.room, update)
        except NoSuchRoom:
            await self._create(board)
            await self._registry.deliver(board.room, update)

    async def make(self, room: RoomId, command: Join) -> None:
        """Make a board when somebody first joins it; raises NoSuchRoom for what is none."""
        board = self._boards.get(room[len(PREFIX) :].lower())
        if board is None:
            raise NoSuchRoom()
        await self._create(board)

    async def _create(self, board: KindsBoard) -> None:
        title = f"{title_of(board.kind)}: {'ratings' if board.board.name == RATINGS else title_of(board.board.name)}"
        await self._registry.create(
            "", NewRoom(BoardRoom.kind, board.room, title, options=board.options), reserved=True
        )


class Page(NamedTuple):
    """What is read of a board: from the top, from a cursor, or with an account in the middle; of an older season."""

    around: Account | None = None
    cursor: str | None = None
    limit: int | None = None
    season: str | None = None


def _boards_of(kind: str, lineup: Lineup) -> list[KindsBoard]:
    declared = [*([Board(RATINGS)] if lineup.rating is not None else ()), *lineup.boards]
    return [KindsBoard(kind, lineup, board) for board in declared]


def _counted(board: KindsBoard, table: OpenTable, end: Entry) -> Draft | None:
    """Return what counts the end of a table; None where it counts for nothing: broken off, or against bots."""
    if table.options.get("bots") or not isinstance(end.body, dict):
        return None
    said = said_by(board.board.score, end.body, table.players, board.lineup.teams)
    return None if said is None else counted(end.room, end.seq, said)


def _ended_rows(room: BoardRoom | None, asked: Page) -> dict[str, Any]:
    """Return a page of a season that is over; raises NotFound where the board does not hold it."""
    ended = None if room is None else room.ended.get(asked.season or "")
    if ended is None:
        raise NotFound("The board does not hold that season.", reason="season")
    first, most = int(asked.cursor or 1), asked.limit or ROWS
    if asked.around is not None:
        places = [at for at, row in enumerate(ended.rows, 1) if row["account"] == asked.around]
        if not places:
            raise NotFound("That account is not among the first of that season.", reason="unranked")
        first = max(1, places[0] - most // 2)
    more = first + most <= len(ended.rows)
    rows = list(ended.rows[max(1, first) - 1 : first - 1 + most])
    return {"rows": rows, "cursor": str(first + most) if more else None, "season": ended.season.name}


def _board_room(hall: Hall) -> BoardRoom:
    if not isinstance(hall, BoardRoom):
        raise NoSuchRoom()
    return hall
