"""A game inside a room: its watches, its end with the room, moderation."""

from __future__ import annotations

from typing import Any

import pytest

from parlour import ChainLog, Game, on_chain
from parlour.core.games.room import GameRoom
from parlour.core.identity.server_roles import SERVER_MODERATOR
from parlour.core.room import Close, Configure, Moderate, StopGame, Unwatch, Watch
from parlour.errors import Closed, Illegal
from parlour.games.tic_tac_toe import TicTacToe
from parlour.testing import Table, play
from parlour.testing.kept_room import OWNER
from tests.core.games.small_games import (
    TOKEN,
    Bank,
    Diary,
    Poker,
    Race,
    Sums,
    Vault,
    assert_replays,
)


def test_nobody_has_power_over_anothers_part_in_a_running_match():
    game = play(TicTacToe, "alice", "bob")
    for act in (
        Moderate(author="owner", account="bob", action="kick"),
        Close(author="owner"),
    ):
        with pytest.raises(Illegal, match="in the running match"):
            game.submit(act)
    game.submit(Moderate(author="owner", account="bob", action="mute"))
    game.submit(Moderate(author="owner", account="bob", action="ban"))
    game.submit(Configure(author="owner", visibility="private"))
    game.alice.place(cell=0)
    game.bob.place(cell=4)
    assert "game.ended" not in game.types
    assert "game.left" not in game.types
    room, at = game.room, game.now
    assert room.may_read("bob", 0, at) == "muted"
    assert room.admits("bob", at)
    assert room.plays("bob"), "nothing takes his connection out of the room"


def test_server_moderator_removes_a_player_without_a_winner():
    game = play(Diary, "alice", "bob")
    game.submit(Moderate(author="owner", rank=SERVER_MODERATOR, account="bob", action="ban"))
    assert game.types[-2:] == ["member.banned", "game.ended"]
    assert game.result["aborted"] == "removed"


def test_closed_room_ends_its_game_and_reveals():
    game = play(Poker, "alice", "bob")
    game.alice.keep(secret="s")
    game.submit(Close(author="owner", rank=SERVER_MODERATOR))
    assert game.types[-2:] == ["game.ended", "room.closed"]
    assert all(entry.body is not None for entry in game.log_of("bob"))
    with pytest.raises(Closed):
        game.bob.show()


PAID = {**TOKEN, "event": "Paid(address indexed who, uint256 amount)"}


def test_room_asks_to_watch_what_its_hooks_name():
    wanted = GameRoom.of(Bank).wanted_watches({"token": TOKEN})
    assert wanted == [{**PAID, "confirm": ["finalized", "safe"]}]
    assert GameRoom.of(Bank).wanted_watches({}) == []


class Ledger(Game[Sums]):
    """Reads one event of one contract twice, each time as sure as it needs to be."""

    options: Vault

    @on_chain("Paid(address indexed who, uint256 amount)", finality="included", contract="token")
    def heard(self, log: ChainLog) -> None:
        self.state.rumours += 1

    @on_chain("Paid(address indexed who, uint256 amount)", finality="finalized", contract="token")
    def paid(self, log: ChainLog) -> None:
        self.state.total += log.args["amount"]


def watch(game: Table, id_: str, **asked: Any) -> None:
    record = {"id": id_, "finality": "included", "confirm": [], **asked}
    game.submit(Watch(author=OWNER, watch=record))


def test_two_hooks_of_one_event_are_one_watch():
    assert GameRoom.of(Ledger).wanted_watches({"token": TOKEN}) == [{**PAID, "confirm": ["finalized"]}]


def test_watch_announces_the_finalities_that_hooks_wait_for():
    bank, asked = GameRoom.of(Bank), {"chain": 1, "address": "0xOther", "event": PAID["event"]}
    assert bank.complete_watch(asked) == {**asked, "confirm": ["finalized", "safe"]}
    for given in ({**asked, "confirm": []}, {**asked, "finality": "safe"}, None):
        assert bank.complete_watch(given) == given
    assert GameRoom.of(Diary).complete_watch(asked) == asked


def test_watch_the_game_needs_is_made_once_and_stays():
    game = play(Ledger, "alice", "bob", token=TOKEN)
    watch(game, "kind:0", **PAID)
    watch(game, "kind:0", **PAID)
    watch(game, "elsewhere", **{**PAID, "address": "0xOther"})
    watch(game, "another", **TOKEN, event="Sent(uint256 amount)")
    again: list[dict[str, Any]] = [
        PAID,
        {**PAID, "address": ["0xOther", "0xTOKEN"]},
        {**PAID, "event": ["Sent(uint256 amount)", "Paid(address who, uint256 value)"]},
        {"chain": 1, "event": PAID["event"]},
    ]
    for asked in again:
        with pytest.raises(Illegal) as refused:
            watch(game, "mine", **asked)
        assert refused.value.reason == "watched"
    with pytest.raises(Illegal):
        game.submit(Unwatch(author=OWNER, watch="kind:0"))
    game.submit(Unwatch(author=OWNER, watch="elsewhere"))
    assert list(game.room.watches.records) == ["kind:0", "another"]


def test_host_may_stop_a_game_that_costs_too_much():
    game = play(Race, "alice")
    game.alice.run(by=5)
    game.submit(StopGame(reason="overrun"))
    assert game.result == {"winner": None, "account": None, "aborted": "overrun"}
    assert game.state.at == {0: 5}
    assert_replays(game)
