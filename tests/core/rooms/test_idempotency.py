"""A command sent again is compared with the entry it led to before."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.games.room import GameRoom
from parlour.core.games.unread import Unserved
from parlour.core.room import Close, Command, Configure, Entry, Leave, Moderate, Unwatch
from parlour.core.rooms.hall import Hall
from parlour.games.tic_tac_toe import TicTacToe


def entry(type_: str, **body: Any) -> Entry:
    return Entry("hall", "epoch", 2, "id", type_, "alice", 0, body, b"", bytes(32), bytes(32))


BAN = Moderate(account="bob", action="ban", until=5, reason="spam")
UNMUTE = Moderate(account="bob", action="unmute")
SETTINGS = Configure(title="Salon", options={"slow": 3})
GAMES = (GameRoom.of(TicTacToe), Unserved)


@pytest.mark.parametrize(
    ("command", "before"),
    [
        (BAN, entry("member.banned", account="bob", by="alice", until=5, reason="spam")),
        (UNMUTE, entry("member.restored", account="bob", by="alice", **{"from": "mute"})),
        (Moderate(account="bob", action="role", role="member"), entry("member.role", account="bob", role="member")),
        (SETTINGS, entry("room.configured", by="alice", title="Salon", options={"slow": 3})),
        (Close(reason=None), entry("room.closed", by="alice", reason=None)),
        (Unwatch(watch="w1"), entry("room.unwatched", watch="w1", by="alice")),
    ],
)
def test_command_asks_for_what_its_entry_did(command: Command, before: Entry) -> None:
    assert Hall("hall").repeats(command, before)


@pytest.mark.parametrize(
    ("command", "before"),
    [
        (BAN, entry("member.muted", account="bob", by="alice", until=5, reason="spam")),
        (BAN, entry("member.banned", account="carol", by="alice", until=5, reason="spam")),
        (BAN, entry("member.banned", account="bob", by="alice", until=6, reason="spam")),
        (UNMUTE, entry("member.restored", account="bob", by="alice", **{"from": "ban"})),
        (SETTINGS, entry("room.configured", by="alice", title="Salon")),
        (Configure(title="Salon"), entry("room.configured", by="alice", title="Salon", options={})),
        (Close(reason="late"), entry("room.closed", by="alice", reason=None)),
        (Unwatch(watch="w1"), entry("room.watched", watch="w1", by="alice")),
    ],
)
def test_command_that_differs_in_one_place_asks_for_something_else(command: Command, before: Entry) -> None:
    assert not Hall("hall").repeats(command, before)


@pytest.mark.parametrize("kind", GAMES)
def test_leaving_a_game_is_compared_by_its_reason(kind: type[Hall]) -> None:
    room = kind("hall")
    assert room.repeats(Leave(), entry("game.left", seat=0, reason="left"))
    assert room.repeats(Leave(reason="x" * 200), entry("game.left", seat=0, reason="x" * 100))
    assert not room.repeats(Leave(reason="bye"), entry("game.left", seat=0, reason="left"))
    assert not room.repeats(Leave(), entry("game.dropped", seat=0, reason="left"))


@pytest.mark.parametrize("kind", GAMES)
def test_other_commands_are_compared_alike_in_games(kind: type[Hall]) -> None:
    assert not kind("hall").repeats(Close(reason="late"), entry("room.closed", by="alice", reason=None))


def test_erased_entry_is_taken_for_the_same() -> None:
    erased = entry("room.closed")
    erased.body = None
    assert Hall("hall").repeats(Close(reason="late"), erased)
    assert GAMES[0]("hall").repeats(Leave(), erased)
