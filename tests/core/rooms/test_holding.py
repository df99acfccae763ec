"""What a room's rules remember: who waits, who is trusted, who wrote when."""

from __future__ import annotations

import pytest

from parlour.core.room import Entry
from parlour.core.rooms import holding
from parlour.core.rooms.holding import Holding
from parlour.errors import Illegal, RateLimited


def entry(seq: int, type_: str, who: str, at: int = 0, **body: object) -> Entry:
    return Entry("hall", "e", seq, str(seq), type_, who, at, body, b"{}", bytes(32), bytes(32))


def held(seq: int, of: int, author: str) -> Entry:
    return entry(seq, "chat.held", "", of=of, author=author, why="all")


def test_account_writes_again_once_the_pause_is_over() -> None:
    room = Holding()
    room.apply(entry(1, "chat.message", "ann", 1_000), 500)
    room.check_slow("bob", 1_001, 500)
    with pytest.raises(RateLimited) as refused:
        room.check_slow("ann", 1_200, 500)
    assert (refused.value.reason, refused.value.retry_after) == ("slow", 300)
    room.check_slow("ann", 1_500, 500)
    room.check_slow("ann", 1_200, 0)


def test_only_those_who_wrote_of_late_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Holding()
    for number in range(50):
        room.apply(entry(number, "chat.message", f"a{number}", number * 100), 1_000)
    assert list(room.spoke) == [f"a{number}" for number in range(40, 50)]
    monkeypatch.setattr(holding, "MAX_SPOKE", 3)
    room.apply(entry(60, "chat.message", "new", 5_000), 1_000)
    assert "new" in room.spoke


def test_released_author_is_trusted_and_a_deleted_message_waits_no_more() -> None:
    room = Holding()
    for seq, author in ((1, "ann"), (3, "bob")):
        room.apply(held(seq + 1, seq, author), 0)
    assert room.held == {1: "ann", 3: "bob"}
    room.apply(entry(5, "chat.released", "", of=1, by="owner"), 0)
    room.apply(entry(6, "chat.delete", "bob", of=3), 0)
    assert (room.held, list(room.trusted)) == ({}, ["ann"])


def test_snapshot_holds_it_all_and_nothing_where_there_is_nothing() -> None:
    room, again = Holding(), Holding()
    assert room.snapshot() == {}
    room.apply(held(2, 1, "ann"), 0)
    room.apply(entry(3, "chat.released", "", of=1, by="owner"), 0)
    room.apply(held(5, 4, "bob"), 0)
    room.apply(entry(6, "chat.message", "bob", 7), 9)
    again.restore(room.snapshot())
    assert vars(again) == vars(room)


def test_room_with_too_many_waiting_takes_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "MAX_HELD", 1)
    room = Holding()
    room.check_place()
    room.apply(held(2, 1, "ann"), 0)
    with pytest.raises(Illegal):
        room.check_place()
