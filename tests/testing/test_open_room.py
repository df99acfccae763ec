"""The test kit for kinds: a room in memory that decides, stores and folds as a server does."""

from __future__ import annotations

from typing import Any

import pytest

from parlour import Outcome, Post
from parlour.core.log.hash_chain import ZERO_HASH, first_break
from parlour.core.rooms.hall import Hall
from parlour.errors import Invalid
from parlour.testing import open_room
from tests.core.rooms.todo_list import Item, TodoList


def test_posts_are_stored_hashed_and_seen() -> None:
    room = open_room(TodoList)
    assert room.post("alice", "todo.add", text="milk").seq == 2
    assert room.post("bob", "todo.tick", item=0).author == "bob"
    assert room.view("carol") == {"items": [{"text": "milk", "done": True}]}
    assert first_break(room.log, ZERO_HASH) is None
    assert room.replayed().view(None) == room.restored(2).view(None) == room.view()


def test_refused_returns_the_reason_and_fails_on_acceptance() -> None:
    room = open_room(TodoList, most=1)
    assert room.refused("alice", "todo.tick", item=0) == "no_such_item"
    assert room.refused("alice", "todo.add", text="") == "invalid"
    with pytest.raises(AssertionError, match="was accepted"):
        room.refused("alice", "todo.add", text="milk")


def test_options_are_the_kinds_own() -> None:
    with pytest.raises(Invalid):
        open_room(TodoList, most=0)


def test_kind_that_changes_while_deciding_fails_the_test() -> None:
    class Hasty(TodoList):
        kind = "hasty"

        def decide(self, post: Post, body: Any) -> Outcome:
            self.state.items.append(Item(text="at once"))
            return super().decide(post, body)

    with pytest.raises(AssertionError, match="deciding changed the room"):
        open_room(Hasty).post("alice", "todo.add", text="milk")


def test_chat_beside_the_kind_finds_what_it_refers_to() -> None:
    room = open_room(Hall)
    message = room.post("alice", "chat.message", text="gm")
    room.post("bob", "chat.reaction", of=message.seq, emoji="👋", on=True)
    assert room.refused("bob", "chat.edit", of=message.seq, text="gn") == "role"
