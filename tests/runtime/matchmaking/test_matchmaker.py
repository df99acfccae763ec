"""From `match:find` to the table: who is told what, who came, who did not, and a server that dies in between."""

from __future__ import annotations

import pytest

from parlour import Game, Player, State, action
from parlour.core.room import Moderate
from parlour.errors import Closed, Conflict, Forbidden, Invalid, NotFound
from parlour.runtime.matchmaking.matchmaker import PASS_S
from parlour.runtime.rooms.interface import Caller
from tests.runtime.kit import ALICE, BOB, CAROL, OWNER
from tests.runtime.matchmaking.kit import KIND, QUEUE, Matching


async def test_two_strangers_get_a_table_with_kept_seats() -> None:
    m = Matching()
    first = await m.find(ALICE)
    assert first == {"ticket": first["ticket"], "waiting": 1}
    room = await m.matched(BOB)
    told = m.found(ALICE)
    assert told["ticket"] == first["ticket"]
    assert told["confirmBy"] > m.clock.now()
    assert {player["account"]: player["seat"] for player in told["players"]} == {
        ALICE: told["seat"],
        BOB: m.found(BOB)["seat"],
    }
    notice = m.heard(BOB, "notice")[-1]
    assert (notice["type"], notice["room"], notice["seq"]) == ("match", QUEUE, 4)
    assert "seat" not in await m.sit(CAROL, room)
    assert (await m.sit(BOB, room))["seat"] == m.found(BOB)["seat"]
    assert "game.started" not in await m.logged(room)
    assert (await m.sit(ALICE, room))["seat"] == told["seat"]
    assert "game.started" in await m.logged(room)


async def test_same_request_again_is_the_same_ticket_and_tells_the_table_again() -> None:
    m = Matching()
    ticket = (await m.find(ALICE, "r1"))["ticket"]
    again = await m.find(ALICE, "r1")
    assert (again["ticket"], again["waiting"]) == (ticket, 1)
    assert isinstance(await m.refusal(ALICE, "r1", bots_after=1000), Conflict)
    assert (await m.refusal(ALICE, "r2")).reason == "already_waiting"
    await m.matched(BOB)
    await m.find(ALICE, "r1")
    assert len(m.heard(ALICE, "match:found")) == 2


async def test_seat_not_taken_closes_the_table_and_puts_the_other_first() -> None:
    m = Matching()
    room = await m.matched(ALICE, BOB)
    await m.sit(ALICE, room)
    await m.find(CAROL)
    await m.clock.advance(24)
    assert isinstance(await _refused(m, room), Closed)
    assert m.found(ALICE)["room"] == m.found(CAROL)["room"] != room
    late = await m.refusal(BOB, "r2")
    assert (late.code, late.reason, late.retryable) == ("rate_limited", "match", True)


async def _refused(m: Matching, room: str) -> Exception | None:
    try:
        await m.sit(BOB, room)
    except Exception as error:
        return error
    return None


async def test_finished_match_leaves_the_line() -> None:
    m = Matching()
    room = await m.matched(ALICE, BOB)
    for account in (ALICE, BOB):
        await m.sit(account, room)
    seats = {m.found(account)["seat"]: account for account in (ALICE, BOB)}
    for number, cell in enumerate((0, 3, 1, 4, 2)):
        await m.act(seats[number % 2], room, "place", cell=cell)
        await m.clock.advance(0.1)
    await m.clock.advance(PASS_S)
    assert (await m.logged())[-2:] == ["match.made", "match.ended"]
    assert not m.line().tables


@pytest.mark.parametrize("step", ["sought", "made", "opened", "seated", "missed"])
async def test_server_that_dies_goes_on_where_its_log_stands(step: str) -> None:
    m = Matching()
    await m.find(ALICE)
    if step == "made":  # the tables' rooms cannot be made: only the line's log knows of them
        m.context.make_room = _broken
    if step != "sought":
        await m.find(BOB)
        await m.clock.advance(1)
    room = next(iter(m.line().tables), "")
    if step in ("seated", "missed"):
        await m.sit(ALICE, room)
    if step == "missed":
        m.matchmaker.note = lambda record, entry: None  # type: ignore[method-assign]
        m.context.on_entry = {}
        await m.clock.advance(25)
    m = m.die()
    m.here |= {ALICE, BOB}
    await m.clock.advance(12)
    if step == "sought":
        assert [ticket.accounts for ticket in m.line().waiting.values()] == [(ALICE,)]
        room = await m.matched(BOB)
    if step == "missed":
        assert [ticket.accounts for ticket in m.line().waiting.values()] == [(ALICE,)]
        return
    await m.find(ALICE, "r1")
    assert m.found(ALICE)["room"] == room
    for account in (ALICE, BOB):
        await m.sit(account, room)
    assert "game.started" in await m.logged(room)


def _broken(kind: str, room: str) -> None:
    raise RuntimeError("no room can be made now")


async def test_ticket_outlives_its_connection_for_a_minute() -> None:
    m = Matching()
    await m.find(ALICE)
    m.here.discard(ALICE)
    await m.clock.advance(50)
    m.here.add(ALICE)
    await m.clock.advance(20)
    assert m.line().people == 1
    m.here.discard(ALICE)
    await m.clock.advance(62)
    assert m.line().people == 0
    assert (await m.logged())[-1] == "match.withdrawn"


async def test_cancelled_ticket_is_out_and_a_strangers_is_not_touched() -> None:
    m = Matching()
    ticket = (await m.find(ALICE))["ticket"]
    with pytest.raises(NotFound):
        await m.matchmaker.cancel(Caller(BOB), ticket)
    assert await m.matchmaker.cancel(Caller(ALICE), ticket) == {}
    assert m.line().people == 0


async def test_blocked_are_not_matched_with_each_other() -> None:
    m = Matching()
    m.blocks = {ALICE: {BOB}}
    await m.find(ALICE)
    await m.find(BOB)
    await m.clock.advance(5)
    assert m.line().people == 2
    assert await m.matched(CAROL)
    assert m.heard(CAROL, "match:found")[-1]["players"][0]["account"] in (ALICE, CAROL)


async def test_banned_account_is_taken_out_of_the_line() -> None:
    m = Matching()
    await m.find(ALICE)
    await m.ask(Moderate("0x" + "8" * 40, 3, account=ALICE, action="ban"), QUEUE)
    assert m.line().people == 0
    assert isinstance(await m.refusal(ALICE, "r2"), Forbidden)


async def test_waiting_players_hear_how_their_ticket_stands() -> None:
    m = Matching()
    await m.find(ALICE)
    await m.clock.advance(12)
    heard = m.heard(ALICE, "match:status")
    assert [status["within"] for status in heard] == sorted(status["within"] for status in heard)
    assert 1 <= len(heard) <= 2
    assert heard[-1]["waiting"] == 1


async def test_wrong_wishes_are_refused_and_nobody_waits() -> None:
    m = Matching()
    for more, path in (
        ({"kind": "chat"}, "kind"),
        ({"kind": "nope"}, "kind"),
        ({"options": {"size": 3}}, "options.size"),
        ({"options": {"bots": 1}}, "options.bots"),
        ({"want": {"size": 3}}, "want.size"),
    ):
        error = await m.refusal(ALICE, **more)
        assert isinstance(error, Invalid)
        assert error.details == {"path": path} | (
            {"problem": error.details["problem"]} if "problem" in error.details else {}
        )
    assert isinstance(await m.refusal("app:key"), Forbidden)


class Letters(State):
    sent: int = 0


class ByMail(Game[Letters]):
    """A game over days."""

    turns = True
    turn_seconds = 3 * 86_400

    @action
    def send(self, player: Player) -> None:
        self.state.sent += 1


async def test_players_of_a_game_over_days_are_seated_without_being_there() -> None:
    m = Matching(ByMail)
    await m.find(ALICE, kind=ByMail.kind)
    m.here.clear()
    await m.clock.advance(3600)
    room = await m.matched(BOB, kind=ByMail.kind)
    assert "game.started" in await m.logged(room)
    assert m.found(ALICE)["confirmBy"] - m.clock.now() > 23 * 3_600_000
    await m.clock.advance(7200)
    assert "game.left" not in await m.logged(room)


async def test_player_who_may_not_be_seated_keeps_nobody_else_waiting() -> None:
    m = Matching(ByMail)
    make, queue = m.context.make_room, f"queue:{ByMail.kind}"
    await m.find(ALICE, kind=ByMail.kind)
    m.context.make_room = _broken
    await m.find(BOB, kind=ByMail.kind)
    await m.clock.advance(1)
    m.context.make_room = make
    (room,) = m.line(queue).tables
    await m.ask(Moderate("0x" + "8" * 40, 3, account=ALICE, action="ban"), room)
    await m.clock.advance(2)
    assert m.found(BOB)["room"] == room
    assert await m.matched(CAROL, OWNER, kind=ByMail.kind) != room


async def test_table_that_cannot_be_read_keeps_no_other_from_its_end() -> None:
    m = Matching()
    broken, other = await m.matched(ALICE, BOB), await m.matched(CAROL, OWNER)
    m = m.die()
    make = m.context.make_room
    m.context.make_room = lambda kind, room: _broken(kind, room) if room == broken else make(kind, room)
    m.here |= {ALICE, BOB, CAROL, OWNER}
    await m.sit(CAROL, other)
    await m.clock.advance(40)
    assert list(m.line().tables) == [broken]
    m.context.make_room = make
    while m.line().tables:  # a turn ends when its time is up, and a busy machine needs more of them
        await m.clock.advance(40)


def test_kind_of_the_kit_is_matched() -> None:
    assert KIND == "tic-tac-toe"
