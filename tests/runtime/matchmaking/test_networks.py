"""Rated tables whose opponents look for them from one network, as moderators hear of them."""

from __future__ import annotations

from typing import ClassVar

import pytest

from parlour import Game, Player, action
from parlour.core.matchmaking.line import OpenTable
from parlour.runtime.matchmaking.networks import Networks, note_of
from parlour.runtime.rooms.interface import Caller
from tests.runtime.kit import ALICE, BOB, CAROL
from tests.runtime.matchmaking.kit import KIND, Matching
from tests.runtime.matchmaking.test_parties import DAN, Doubles, Rounds, party

HOME, OFFICE = "2a00:1450:4001:80b::/64", "9.9.9.9"


class Unrated(Game[Rounds]):
    seats: ClassVar[int] = 2
    rated: ClassVar[bool] = False

    @action
    def play(self, player: Player) -> None:
        """Do nothing."""


class RatedDoubles(Doubles):
    rated: ClassVar[bool] = True


async def played(m: Matching, *asked: tuple[str, str], kind: str = KIND) -> str:
    """Let accounts look for a table, each from a network, and return the room they find."""
    for account, network in asked:
        await m.find(account, f"{account}{len(m.told)}", kind=kind, network=network)
    await m.clock.advance(2)
    room: str = m.found(asked[0][0])["room"]
    return room


async def test_opponents_of_one_network_are_told_to_moderators_and_play() -> None:
    m = Matching()
    room = await played(m, (ALICE, HOME), (BOB, HOME))
    assert m.flagged == [(room, note_of([ALICE, BOB]))]
    assert HOME not in m.flagged[0][1]
    for account in (ALICE, BOB):
        await m.sit(account, room)
    assert "game.started" in await m.logged(room)
    await m.clock.advance(5)
    assert len(m.flagged) == 1


@pytest.mark.parametrize(
    "networks",
    [
        (HOME, OFFICE),
        ("", ""),
        ("unknown", "unknown"),
        (HOME, ""),
        ("127.0.0.1", "127.0.0.1"),
        ("fd00::/64", "fd00::/64"),
    ],
)
async def test_opponents_of_different_or_unknown_networks_are_not_flagged(networks: tuple[str, str]) -> None:
    m = Matching()
    await played(m, (ALICE, networks[0]), (BOB, networks[1]))
    assert m.flagged == []


async def test_game_without_ratings_flags_nobody() -> None:
    m = Matching(Unrated)
    await played(m, (ALICE, HOME), (BOB, HOME), kind=Unrated.kind)
    assert m.flagged == []


async def test_party_from_one_house_is_flagged_only_with_its_opponents() -> None:
    for network, flagged in ((OFFICE, []), (HOME, [note_of(sorted([ALICE, BOB, CAROL]))])):
        m = Matching(RatedDoubles)
        club = await party(m, ALICE, BOB, kind=RatedDoubles.kind)
        await m.find(ALICE, kind=RatedDoubles.kind, party=club, network=HOME)
        await m.find(CAROL, kind=RatedDoubles.kind, network=network)
        await m.find(DAN, kind=RatedDoubles.kind)
        await m.clock.advance(2)
        assert [note for _, note in m.flagged] == flagged


async def test_network_of_an_earlier_search_is_forgotten() -> None:
    m = Matching()
    ticket = (await m.find(ALICE, network=HOME))["ticket"]
    await m.matchmaker.cancel(Caller(ALICE), ticket)
    await m.clock.advance(2)
    await played(m, (ALICE, ""), (BOB, HOME))
    assert m.flagged == []


def test_network_is_known_while_the_ticket_is_on_its_way_to_the_line() -> None:
    networks = Networks()
    networks.note([ALICE, BOB], HOME)
    networks.forget_others([])
    tickets = tuple(({"ticket": account, "accounts": [account]}, 0) for account in (ALICE, BOB))
    table = OpenTable(0, tickets, {}, {ALICE: 0, BOB: 1}, {}, 0)
    assert networks.shared(table)
    networks.forget_others([])
    assert not networks.shared(table)
