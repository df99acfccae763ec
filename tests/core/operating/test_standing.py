"""A room that stands still, is announced to, or has another owner: what operators do with rooms of any kind."""

from __future__ import annotations

import pytest

from parlour.core.games.room import GameRoom
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.log.formats import FORMATS
from parlour.core.room import Close, Configure, Join, Moderate, Operate, Resumed, Tick
from parlour.core.rooms.hall import Hall
from parlour.errors import Closed, Forbidden, Illegal, Invalid, NoSuchRoom, TooLarge
from parlour.games.arena import Arena
from parlour.games.chess import Chess
from parlour.testing import open_room
from parlour.testing.open_room import OpenRoom

OPERATOR = SERVER_ROLES["operator"]


def act(action: str, rank: int = OPERATOR, **more: str) -> Operate:
    return Operate(author="op", rank=rank, action=action, **more)


def test_frozen_room_refuses_posts_and_lets_people_read():
    room = open_room(Hall)
    room.submit(act("freeze", reason="a raid"))
    assert room.log[-1].body == {"by": "op", "reason": "a raid"}
    assert room.refused("alice", "chat.message", text="hi") == "frozen"
    room.submit(Join(author="bob"))
    with pytest.raises(Illegal):
        room.submit(act("freeze"))
    room.submit(act("thaw"))
    room.post("alice", "chat.message", text="hi")
    with pytest.raises(Illegal):
        room.submit(act("thaw"))


def test_frozen_room_hides_itself_from_strangers_to_a_private_one():
    room = open_room(Hall)
    room.submit(Configure(author="owner", visibility="private"))
    room.submit(act("freeze"))
    assert room.refused("stranger", "chat.message", text="hi") == "not_found"
    assert room.refused("owner", "chat.message", text="hi") == "frozen"


def test_standing_survives_a_restart_and_needs_the_new_format():
    room = open_room(Hall)
    assert FORMATS.needed(room.log) == 1
    room.submit(act("freeze"))
    room.submit(Join(author="bob"))
    assert FORMATS.needed(room.log) == FORMATS.newest
    for again in (room.replayed(), room.restored(2)):
        assert again.frozen_at == room.room.frozen_at is not None


def test_game_clocks_stop_while_frozen_and_are_moved_by_the_thaw():
    room = open_room(GameRoom.of(Chess))
    room.join("alice")
    room.join("bob")
    room.post("alice", "game.action", action="move", args={"uci": "e2e4"})
    due = room.room.wakes_at()
    assert due is not None
    room.submit(act("freeze"))
    assert room.room.wakes_at() is None
    assert not room.decide(Resumed(at=room.now, paused_ms=5_000)).entries
    room.wait(3_600)
    assert room.room.unfinished
    room.submit(act("thaw"))
    moved = room.room.wakes_at()
    assert moved is not None
    assert 3_600_000 <= moved - due <= 3_601_000
    assert [entry.type for entry in room.log[-2:]] == ["game.resumed", "room.thawed"]
    room.post("bob", "game.action", action="move", args={"uci": "e7e5"})


def test_frozen_table_gives_nobody_a_seat():
    room = open_room(GameRoom.of(Chess))
    room.join("alice")
    room.submit(act("freeze"))
    room.join("bob")
    assert room.room.seated() == ["alice"]
    room.submit(act("thaw"))
    room.join("bob")
    assert room.room.unfinished


def test_ticking_game_stands_still_with_its_ticks_in_the_log():
    room = open_room(GameRoom.of(Arena))
    room.join("alice")
    room.join("bob")
    assert room.room.tick_rate
    for _ in range(3):
        room.submit(Tick(dt=0.05))
    room.submit(act("freeze"))
    assert room.room.tick_rate == 0
    assert [entry.type for entry in room.log[-2:]] == ["game.tick", "room.frozen"]
    room.submit(act("thaw"))
    assert room.room.tick_rate


def test_room_is_featured_until_it_is_taken_out_and_a_snapshot_knows_it():
    room = open_room(Hall)
    with pytest.raises(Illegal):
        room.submit(act("unfeature"))
    room.submit(act("feature"))
    assert (room.log[-1].type, room.log[-1].body) == ("room.featured", {"by": "op"})
    with pytest.raises(Illegal):
        room.submit(act("feature"))
    with pytest.raises(Forbidden):
        room.submit(act("unfeature", rank=SERVER_ROLES["moderator"]))
    assert room.replayed().standing.featured
    assert room.restored(2).standing.featured
    room.submit(act("unfeature"))
    assert not room.room.standing.featured


def test_announcement_is_an_entry_of_operators_alone():
    room = open_room(Hall)
    room.submit(act("announce", text="Maintenance at noon"))
    assert (room.log[-1].type, room.log[-1].body) == ("room.announced", {"by": "op", "text": "Maintenance at noon"})
    for text in ("", "\u202eevil", "x" * 4_001):
        with pytest.raises((Invalid, TooLarge)):
            room.submit(act("announce", text=text))
    with pytest.raises(Forbidden):
        room.submit(act("announce", rank=SERVER_ROLES["moderator"], text="hi"))
    with pytest.raises(Invalid):
        room.submit(act("dance"))


def test_transfer_gives_the_room_to_another_account():
    room = open_room(Hall)
    moderate(room, "mute", "bob")
    room.submit(act("transfer", to="bob"))
    assert room.log[-2].body == {"by": "op", "from": "owner", "to": "bob"}
    assert room.room.owner == "bob"
    assert room.room.access.role("bob", room.now) == "owner"
    assert room.room.access.role("owner", room.now) == "moderator"
    assert room.restored(1).owner == "bob"
    with pytest.raises(Illegal):
        room.submit(act("transfer", to="bob"))


def test_sealed_and_reserved_rooms_are_left_alone():
    sealed = Hall("dm:1")
    sealed._owned_by("")
    sealed.access.private = True
    with pytest.raises(NoSuchRoom):
        sealed.handle(act("freeze"))
    chain = Hall("chain:1")
    chain._owned_by("")
    with pytest.raises(Illegal):
        chain.handle(act("transfer", to="bob"))


def test_closed_room_is_not_frozen():
    room = open_room(Hall)
    room.submit(Close(author="owner"))
    with pytest.raises(Closed):
        room.submit(act("freeze"))


def moderate(room: OpenRoom[Hall], action: str, account: str) -> None:
    room.submit(Moderate(author="owner", action=action, account=account))
