"""A kind with a typed state, as another package writes one."""

from __future__ import annotations

from types import new_class
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from parlour import Kind, Options, State
from parlour.core.room import Configure, Entry, Join, Post
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.kind import check_kind
from parlour.errors import ParlourError
from tests.core.rooms.test_hall import Kept
from tests.core.rooms.todo_list import Todo, TodoList


def todo(**options: Any) -> Kept:
    kept = Kept(TodoList, options=TodoList.check_options(options))
    kept.handle(Join(author="alice"))
    return kept


def add(text: Any, author: str = "alice") -> Post:
    return Post(author=author, id=str(text), type="todo.add", body={"text": text})


def tick(item: Any, **more: Any) -> Post:
    return Post(author="bob", id=f"tick {item}", type="todo.tick", body={"item": item, **more})


def test_posts_of_own_types_change_the_state_everybody_sees() -> None:
    kept = todo()
    for post in (add("milk"), add("bread"), tick(1)):
        kept.handle(post)
    items = [{"text": "milk", "done": False}, {"text": "bread", "done": True}]
    assert kept.room.view("alice") == kept.room.view(None) == {"items": items}
    assert [entry.type for entry in kept.log[1:]] == ["todo.add", "todo.add", "todo.tick"]


def test_post_the_rules_reject_changes_nothing() -> None:
    kept = todo()
    assert kept.refused(tick(0)).reason == "no_such_item"
    assert kept.room.view(None) == {"items": []}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"text": ""}, "body.text"),
        ({"text": 4}, "body.text"),
        ({"text": "x", "to": "y"}, "body.to"),
        ({}, "body.text"),
        (b"x", "body"),
    ],
)
def test_body_that_breaks_its_model_is_invalid_with_its_path(body: Any, path: str) -> None:
    refused = todo().refused(Post(author="alice", id="1", type="todo.add", body=body))
    assert (refused.code, refused.details["path"]) == ("invalid", path)


def test_body_is_read_strictly() -> None:
    kept = todo()
    kept.handle(add("milk"))
    assert kept.refused(tick("0")).details["path"] == "body.item"


def test_type_of_own_family_that_nobody_may_post_is_forbidden() -> None:
    assert todo().refused(Post(author="alice", id="1", type="todo.sorted", body={})).code == "forbidden"
    assert todo().refused(Post(author="alice", id="1", type="game.action", body={})).code == "invalid"


def test_options_are_checked_stored_and_read_as_settings() -> None:
    kept = todo(most=1)
    kept.handle(add("milk"))
    assert kept.refused(add("bread")).reason == "list_full"
    assert kept.refused(Configure(author="owner", options={"most": 0})).details["path"] == "options.most"
    kept.handle(Configure(author="owner", options={"most": 2}))
    kept.handle(add("bread"))
    restored = TodoList("hall")
    restored.restore(kept.room.snapshot())
    assert restored.settings.most == 2
    assert restored.snapshot() == kept.room.snapshot()


def test_kind_owns_the_types_that_begin_like_its_posts() -> None:
    assert [TodoList.owns(type_) for type_ in ("todo.add", "todo.sorted", "app.todo", "chat.message")] == [
        True,
        True,
        False,
        False,
    ]
    assert not Hall.owns("chat.message"), "every room shares chat"


def test_kind_describes_options_posts_and_view() -> None:
    described = TodoList.described()
    assert described["description"] == "Things to do that everybody in the room may add to and tick off."
    assert described["options"]["properties"]["most"]["maximum"] == 1000
    assert described["posts"]["todo.add"]["required"] == ["text"]
    kept = todo()
    kept.handle(add("milk"))
    Draft202012Validator(described["view"]).validate(kept.room.view(None))
    assert not Draft202012Validator(described["view"]).is_valid({"items": [{"text": 4, "done": False}]})


class Counted(State):
    n: int = 0


class Shown(State):
    mine: bool


class Secretive(Kind[Counted]):
    kind = "secretive"

    def view(self, viewer: str | None) -> dict[str, bool]:
        return {"mine": viewer == "alice"}

    def apply_kind(self, entry: Entry) -> None:
        self.state.n += entry.type == "app.note"


def test_view_of_its_own_is_described_by_its_annotation() -> None:
    assert Secretive.described()["view"] == {"type": "object", "additionalProperties": {"type": "boolean"}}


def test_views_are_shared_unless_they_look_at_their_viewer() -> None:
    assert {TodoList("hall").view_key(viewer) for viewer in ("alice", "bob", None)} == {None}
    assert [Secretive("hall").view_key(viewer) for viewer in ("alice", None)] == ["alice", None]


def test_kind_hears_of_app_entries_too() -> None:
    kept = Kept(Secretive)
    kept.handle(Post(author="alice", id="1", type="app.note", body={"n": 1}))
    assert kept.room.state.n == 1


# ── classes that cannot be kinds ─────────────────────────────────────────────────────────────────────────────────


def broken(base: Any = TodoList, **members: Any) -> type[Hall]:
    return new_class("Broken", (base,), {}, lambda body: body.update(__module__=__name__, **members))


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        (broken(), "Broken.kind: set a name in kebab-case"),
        (broken(kind="To Do"), "Broken.kind: set a name in kebab-case"),
        (broken(kind="x" * 65), "64 characters at most"),
        (broken(kind="a", posts={"todo": Todo}), "'todo' is no type of an entry"),
        (broken(kind="a", posts={"chat.shout": Todo}), "types that begin with chat. are Parlour's own"),
        (broken(kind="a", posts={"game.action": Todo}), "types that begin with game. are Parlour's own"),
        (broken(kind="a", __annotations__={"settings": "int"}), "Broken.settings: annotate it"),
        (broken(Kind, kind="a"), r"Broken: write Kind\[YourState\]"),
    ],
)
def test_class_that_cannot_be_a_kind_is_told_what_to_change(kind: type[Hall], problem: str) -> None:
    with pytest.raises(TypeError, match=problem):
        check_kind(kind)


def test_class_that_can_be_a_kind_passes() -> None:
    check_kind(TodoList)
    check_kind(Secretive)
    assert Options.__name__ in TodoList.__mro__[1].__annotations__["settings"]


def test_restored_state_that_is_not_the_kinds_is_an_error() -> None:
    snapshot = todo().room.snapshot() | {"state": {"things": []}}
    with pytest.raises((ValueError, ParlourError)):
        TodoList("hall").restore(snapshot)
