"""Ratings of matched games: what counts, once, and what a player may read of it."""

from __future__ import annotations

import pytest

from parlour import Board, Game, Player, State, action
from parlour.core.room import ChainUpdate, Draft, Leave
from parlour.errors import Invalid, NotFound
from parlour.runtime.matchmaking.boards import Page
from parlour.runtime.rooms.interface import NewRoom
from parlour.testing.fakes import FakeConnection
from tests.runtime.kit import ALICE, BOB, CAROL
from tests.runtime.matchmaking.kit import KIND, Matching

BOARD = f"board:rating:{KIND}"


async def won(m: Matching, room: str, winner: str, loser: str) -> None:
    """Play a match of tic-tac-toe whose first in line may be either."""
    for account in (winner, loser):
        await m.sit(account, room)
    cells = {winner: [0, 1, 2], loser: [3, 4, 8]}
    view = m.registry.find(room).live.room.view(None)  # type: ignore[union-attr]
    first = view["players"][view["turn"]]
    order = [winner, loser] if first == winner else [loser, winner]
    for turn in range(6):
        account = order[turn % 2]
        if cells[account]:
            await m.act(account, room, "place", cell=cells[account].pop(0))
            await m.clock.advance(0.1)
        if "game.ended" in await m.logged(room):
            break
    await m.clock.advance(2)


async def test_won_match_moves_ratings_and_the_next_ticket_has_them() -> None:
    m = Matching()
    await won(m, await m.matched(ALICE, BOB), ALICE, BOB)
    told = (await m.boards.described(KIND, [ALICE, BOB, CAROL]))["ratings"]
    assert told[ALICE]["rating"] > 1500 > told[BOB]["rating"]
    assert [told[each].get("rank") for each in (ALICE, BOB, CAROL)] == [1, 2, None]
    for account in (ALICE, BOB):
        await m.find(account, "r2")
    await m.clock.advance(30)  # their windows widen: one match leaves newcomers 316 points apart
    assert {p["account"]: p["rating"] for p in m.found(ALICE)["players"]} == {
        each: told[each]["rating"] for each in (ALICE, BOB)
    }


async def test_joined_board_shows_its_rows_and_changes_once_a_second() -> None:
    m = Matching()
    await won(m, await m.matched(ALICE, BOB), ALICE, BOB)
    watcher = FakeConnection(CAROL)
    joined = await m.join(watcher, BOARD)
    assert [row["account"] for row in joined["state"]["rows"]] == [ALICE, BOB]
    pairs = [(f"0x{n:040x}", f"0x{n + 1:040x}") for n in range(100, 106, 2)]
    rooms = [await m.matched(*pair) for pair in pairs]
    for room, pair in zip(rooms, pairs, strict=True):
        for account in pair:
            await m.sit(account, room)
    for room, (_, loser) in zip(rooms, pairs, strict=True):
        await m.ask(Leave(author=loser), room)
        await m.clock.advance(0.3)
    await m.clock.advance(2)
    assert (await m.logged(BOARD)).count("board.counted") == 4
    assert len(watcher.events("state")) == 2
    rows = (await m.boards.read(f"rating:{KIND}", Page()))["rows"]
    assert [row["account"] for row in m.seen(watcher)["rows"]] == [row["account"] for row in rows]
    assert len(rows) == 8


async def test_match_is_counted_once_whoever_dies_in_between() -> None:
    m = Matching()
    room = await m.matched(ALICE, BOB)
    m.matchmaker.note = lambda record, entry: None  # type: ignore[method-assign]
    m.context.on_entry = {}
    await won(m, room, ALICE, BOB)
    assert await m.logged(BOARD) == []
    for _ in range(2):
        m = m.die()
        await m.clock.advance(12)
    assert (await m.logged(BOARD)).count("board.counted") == 1
    assert (await m.boards.described(KIND, [ALICE]))["ratings"][ALICE]["games"] == 1


async def test_rematch_table_and_other_rooms_count_for_nothing() -> None:
    m = Matching()
    room = await m.matched(ALICE, BOB)
    await won(m, room, ALICE, BOB)
    for account in (ALICE, BOB):
        await m.act(account, room, "rematch")
    await m.registry.create(ALICE, NewRoom(KIND, "mine"))
    await won(m, "mine", ALICE, BOB)
    assert (await m.logged(BOARD)).count("board.counted") == 1


async def staked(m: Matching, room: str) -> None:
    """Let an event of a chain come to a table, so that its end rests on a block."""
    await m.registry.deliver(room, ChainUpdate(drafts=[Draft("chain.event", {"status": "finalized"}, source="e")]))


async def undo_end(m: Matching, room: str) -> None:
    """Undo the move that ended a table's match, and with it the end, by a reorganisation."""
    log = await m.logged(room)
    ended = len(log) - log[::-1].index("game.ended")
    moved = len(log) - log[::-1].index("game.action")
    body = {"of": [moved], "block": {}, "void": [{"seq": ended, "reason": "not_over"}]}
    await m.registry.deliver(room, ChainUpdate(drafts=[Draft("chain.reverted", body, source=f"r{ended}")]))


async def games_of(m: Matching, account: str) -> int:
    games: int = (await m.boards.described(KIND, [account]))["ratings"][account]["games"]
    return games


async def test_match_with_a_bot_counts_for_nothing() -> None:
    m = Matching()
    await m.find(ALICE, bots_after=0)
    await m.clock.advance(2)
    room = m.found(ALICE)["room"]
    await m.sit(ALICE, room)
    await m.ask(Leave(author=ALICE), room)
    await m.clock.advance(3)
    assert "game.ended" in await m.logged(room)
    assert not m.line().tables
    assert (await m.boards.described(KIND, [ALICE]))["ratings"][ALICE]["games"] == 0


async def test_crash_after_a_reorganisation_leaves_no_rating_counted() -> None:
    m = Matching()
    room = await m.matched(ALICE, BOB)
    await staked(m, room)
    await won(m, room, ALICE, BOB)
    assert await games_of(m, ALICE) == 1
    m.context.on_entry = {}  # the process dies before it hears of the entry
    await undo_end(m, room)
    m = m.die()
    await m.clock.advance(12)
    assert await games_of(m, ALICE) == 0
    assert m.line().resting[room][1] is None


async def test_end_undone_and_come_again_counts_once_whoever_dies_in_between() -> None:
    m = Matching()
    room = await m.matched(ALICE, BOB)
    await staked(m, room)
    counting, m.boards.count = m.boards.count, nothing  # type: ignore[method-assign]
    await won(m, room, ALICE, BOB)
    assert m.line().resting[room][1] is not None
    await counting(KIND, [])
    m = m.die()
    await m.clock.advance(12)
    assert await games_of(m, ALICE) == 1
    m.context.on_entry = {}
    await undo_end(m, room)
    view = m.registry.find(room).live.room.view(None)  # type: ignore[union-attr]
    assert view["status"] == "playing"
    await m.ask(Leave(author=BOB), room)
    m = m.die()
    await m.clock.advance(12)
    assert await games_of(m, ALICE) == 1
    assert (await m.logged(BOARD)).count("board.counted") == 2
    assert (await m.logged(BOARD)).count("chain.reverted") == 1


async def nothing(*args: object) -> None:
    """Count nothing, as a process that dies first."""


class Points(State):
    points: list[int] = [0, 0]


class Race(Game[Points]):
    """Who is first wins, and the times are measured."""

    boards = (Board("daily", score="wins", reset="day 00:00 UTC"), Board("fastest", score="best:time"))

    @action
    def win(self, player: Player, time: int) -> None:
        self.finish(player, time=[time if seat == player.seat else None for seat in range(2)])


async def race(m: Matching, id: str, winner: str, time: int) -> None:
    room = await m.matched(ALICE, BOB, kind=Race.kind, id=id)
    for account in (ALICE, BOB):
        await m.sit(account, room)
    await m.act(winner, room, "win", time=time)
    await m.clock.advance(2)


async def test_declared_boards_count_and_their_seasons_are_kept_by_name() -> None:
    m = Matching(Race)
    await race(m, "r1", BOB, 30)
    await race(m, "r2", ALICE, 20)
    fastest = await m.boards.read("fastest:race", Page())
    assert [(row["account"], row["score"]) for row in fastest["rows"]] == [(ALICE, 20), (BOB, 30)]
    before = await m.boards.read("DAILY:race", Page())
    m = m.die()
    m.clock.step(24 * 3_600_000)
    await m.clock.advance(12)
    after = await m.boards.read("daily:race", Page())
    assert (after["rows"], len(before["rows"])) == ([], 2)
    ended = await m.boards.read("daily:race", Page(season=before["season"]))
    assert ended["rows"] == before["rows"]
    assert (await m.boards.read("daily:race", Page(BOB, None, 1, before["season"])))["rows"][0]["account"] == BOB
    for asked in (Page(season="1999-01-01"), Page(CAROL, season=before["season"])):
        with pytest.raises(NotFound):
            await m.boards.read("daily:race", asked)
    assert "board.season" in await m.logged("board:daily:race")


async def test_end_that_a_reorganisation_takes_back_takes_the_rating_back() -> None:
    m = Matching()
    room = await m.matched(ALICE, BOB)
    await staked(m, room)
    await won(m, room, ALICE, BOB)
    await undo_end(m, room)
    await m.clock.advance(2)
    assert (await m.boards.described(KIND, [ALICE]))["ratings"][ALICE] == {"rating": 1500, "deviation": 500, "games": 0}


async def test_board_is_read_in_pages_and_around_an_account() -> None:
    m = Matching()
    assert (await m.boards.read(f"rating:{KIND}", Page()))["rows"] == []
    await won(m, await m.matched(ALICE, BOB), ALICE, BOB)
    first = await m.boards.read(f"rating:{KIND}", Page(limit=1))
    assert (first["rows"][0]["account"], first["cursor"]) == (ALICE, "2")
    second = await m.boards.read(f"rating:{KIND}", Page(cursor=first["cursor"], limit=1))
    assert (second["rows"][0]["rank"], second["cursor"]) == (2, None)
    around = await m.boards.read(f"rating:{KIND}", Page(BOB, limit=10))
    assert [row["account"] for row in around["rows"]] == [ALICE, BOB]
    with pytest.raises(NotFound):
        await m.boards.read(f"rating:{KIND}", Page(CAROL, limit=10))
    with pytest.raises(NotFound):
        await m.boards.read("nope", Page())
    with pytest.raises(Invalid):
        await m.boards.described("chat", [ALICE])
    joined = await m.sit(ALICE, BOARD)
    assert [row["account"] for row in joined["state"]["rows"]] == [ALICE, BOB]


class Fickle(Game[Points]):
    """A game whose author's placement raises."""

    rated = True

    @action
    def win(self, player: Player) -> None:
        self.finish(player)

    def placement(self) -> list[list[int]]:
        raise RuntimeError("no idea")


async def test_match_whose_placement_raises_ends_and_counts_for_nothing() -> None:
    m = Matching(Fickle)
    room = await m.matched(ALICE, BOB, kind=Fickle.kind)
    for account in (ALICE, BOB):
        await m.sit(account, room)
    await m.act(ALICE, room, "win")
    await m.clock.advance(2)
    assert "game.ended" in await m.logged(room)
    assert await m.logged(f"board:rating:{Fickle.kind}") == []
    assert not m.line(f"queue:{Fickle.kind}").tables
