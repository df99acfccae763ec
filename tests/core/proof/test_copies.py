"""Copies of rooms: the same authors, times and bodies in a chain of their own; what was changed is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parlour.core.games.room import GameRoom
from parlour.core.log.hash_chain import ZERO_HASH, first_break
from parlour.core.proof.copies import NewPlace, NoCopy, copied
from parlour.core.proof.transcript import Transcript
from parlour.core.room import Entry, fold
from parlour.core.rooms.hall import Hall
from parlour.games.chess import Chess
from parlour.testing import open_room

PLACE = NewPlace("copy", "e" * 16, bytes(16), 1)


def transcript(log: list[Entry]) -> Transcript:
    return Transcript({"room": log[0].room, "head": log[-1].seq}, [], log, {})


def test_copy_says_the_same_in_a_chain_of_its_own():
    room = open_room(Hall)
    room.post("alice", "chat.message", text="hi")
    room.post("alice", "chat.edit", of=2, text="hello")
    room.post("owner", "chat.pin", of=2, on=True)
    entries = copied(transcript(room.log), PLACE)
    assert first_break(entries, ZERO_HASH) is None
    assert {entry.room for entry in entries} == {"copy"}
    said = [(each.author, each.at, each.type, each.body) for each in entries[:-1]]
    assert said == [(each.author, each.at, each.type, each.body) for each in room.log]
    assert [entry.ref for entry in entries] == [None, None, 2, 2, None]
    assert entries[-1].type == "room.announced"
    again = fold(Hall("copy"), entries)
    assert isinstance(again, Hall)
    assert again.chat.pins == room.room.chat.pins


def test_erased_text_stays_erased_and_the_chain_whole():
    room = open_room(Hall)
    room.post("alice", "chat.message", text="hi")
    log = [*room.log[:1], replace(room.log[1], body=None, raw=None, salt=None)]
    entries = copied(transcript(log), PLACE)
    assert entries[1].raw is None
    assert first_break(entries, ZERO_HASH) is None


def test_copy_is_refused_where_it_would_not_be_the_room():
    room = open_room(Hall)
    room.post("alice", "chat.message", text="hi")
    changed = [*room.log[:1], replace(room.log[1], author="mallory")]
    unsalted = [*room.log[:1], replace(room.log[1], body={"text": "no"}, raw=b'{"text":"no"}', salt=None)]
    for log in (changed, unsalted, room.log[1:]):
        with pytest.raises(NoCopy):
            copied(transcript(log), PLACE)
    with pytest.raises(NoCopy, match="chess"):
        copied(transcript(open_room(GameRoom.of(Chess)).log), PLACE)
