"""Parties: who is in one, when it may look for a table, and that it sits together."""

from __future__ import annotations

import pytest

from parlour import Game, Player, State, action
from parlour.core.matchmaking.party import PartyRoom, Ready
from parlour.core.room import Join, Leave, Moderate
from parlour.errors import Forbidden, Illegal, Invalid, NoSuchRoom
from parlour.runtime.rooms.interface import NewRoom
from parlour.testing import open_room
from tests.runtime.kit import ALICE, BOB, CAROL
from tests.runtime.matchmaking.kit import KIND, Matching

DAN = "0x" + "4" * 40


class Rounds(State):
    played: int = 0


class Doubles(Game[Rounds]):
    """Two against two."""

    seats = 4
    teams = ((0, 1), (2, 3))

    @action
    def play(self, player: Player) -> None:
        self.state.played += 1


async def party(m: Matching, *people: str, kind: str = Doubles.kind, ready: bool = True, id: str = "club") -> str:
    """Make a public party, so that nobody needs an invitation, which its first account leads."""
    await m.registry.create(people[0], NewRoom("party", id, options={"kind": kind, "size": 2}))
    for account in people:
        m.here.add(account)
        await m.sit(account, id)
        if ready:
            await m.ask(Ready(account), id)
    return id


async def test_party_sits_in_one_team_and_each_hears_of_the_table() -> None:
    m = Matching(Doubles)
    club = await party(m, ALICE, BOB)
    ticket = (await m.find(ALICE, kind=Doubles.kind, party=club))["ticket"]
    refused = await m.refusal(BOB, "own", kind=Doubles.kind)
    assert (refused.reason, refused.details) == ("already_waiting", {"ticket": ticket})
    room = await m.matched(CAROL, DAN, kind=Doubles.kind)
    seats = {account: m.found(account)["seat"] for account in (ALICE, BOB, CAROL, DAN)}
    assert {seats[ALICE], seats[BOB]} in ({0, 1}, {2, 3})
    assert m.found(BOB)["ticket"] == m.found(ALICE)["ticket"] == ticket
    for account in seats:
        assert (await m.sit(account, room))["seat"] == seats[account]
    assert "game.started" in await m.logged(room)


async def test_leader_is_told_no_ticket_of_somebody_else_in_the_party() -> None:
    m = Matching(Doubles)
    club = await party(m, ALICE, BOB)
    await m.find(BOB, "own", kind=Doubles.kind)
    refused = await m.refusal(ALICE, kind=Doubles.kind, party=club)
    assert (refused.reason, refused.details) == ("already_waiting", None)


async def test_party_looks_for_a_table_by_its_leader_once_all_are_ready() -> None:
    m = Matching(Doubles)
    club = await party(m, ALICE, BOB, ready=False)
    assert (await m.refusal(ALICE, kind=Doubles.kind, party=club)).reason == "not_ready"
    for account in (ALICE, BOB):
        await m.ask(Ready(account), club)
    assert isinstance(await m.refusal(BOB, kind=Doubles.kind, party=club), Forbidden)
    assert isinstance(await m.refusal(ALICE, kind=KIND, party=club), Invalid)
    assert isinstance(await m.refusal(ALICE, kind=Doubles.kind, party="nowhere"), NoSuchRoom)
    await m.find(ALICE, "r2", kind=Doubles.kind, party=club)


async def test_ticket_of_a_party_goes_when_somebody_leaves_it() -> None:
    m = Matching(Doubles)
    club = await party(m, ALICE, BOB)
    await m.find(ALICE, kind=Doubles.kind, party=club)
    await m.ask(Leave(BOB), club)
    await m.clock.advance(2)
    assert m.line(f"queue:{Doubles.kind}").people == 0


async def test_ticket_of_a_party_goes_when_nobody_noted_who_left_it() -> None:
    m = Matching(Doubles)
    club = await party(m, ALICE, BOB)
    await m.find(ALICE, kind=Doubles.kind, party=club)
    await m.find(CAROL, kind=Doubles.kind)
    await m.clock.advance(2)
    m.context.on_entry = {}
    await m.ask(Leave(BOB), club)
    m = m.die()
    m.here |= {ALICE, CAROL}
    await m.clock.advance(12)
    assert [ticket.accounts for ticket in m.line(f"queue:{Doubles.kind}").waiting.values()] == [(CAROL,)]


def test_party_takes_as_many_as_it_was_made_for() -> None:
    room = open_room(PartyRoom, kind="doubles", size=2)
    for account in ("owner", "ann", "ann"):
        room.submit(Join(author=account))
    with pytest.raises(Illegal):
        room.submit(Join(author="bob"))
    with pytest.raises(Forbidden):
        room.submit(Ready("bob"))
    room.submit(Ready("ann"))
    assert room.view() == {
        "kind": "doubles",
        "size": 2,
        "leader": "owner",
        "people": [{"account": "owner", "ready": False}, {"account": "ann", "ready": True}],
    }
    room.submit(Moderate(author="owner", action="kick", account="ann"))
    room.submit(Join(author="bob"))
    assert room.replayed().view(None) == room.restored(4).view(None) == room.view()
