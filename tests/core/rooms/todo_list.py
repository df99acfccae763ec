"""A kind as another package writes it: a shared to-do list."""

from __future__ import annotations

from typing import Annotated, Any

from parlour import Between, Entry, Kind, Length, Options, Outcome, Post, Reject, State


class Item(State):
    text: str
    done: bool = False


class Todo(State):
    items: list[Item] = []


class Add(State):
    text: Annotated[str, Length(1, 200)]


class Tick(State):
    item: Annotated[int, Between(0, 999)]
    done: bool = True


class Limits(Options):
    most: Annotated[int, Between(1, 1000)] = 3


class TodoList(Kind[Todo]):
    """Things to do that everybody in the room may add to and tick off."""

    kind = "todo-list"
    posts = {"todo.add": Add, "todo.tick": Tick}
    settings: Limits

    def decide(self, post: Post, body: Any) -> Outcome:
        items = self.state.items
        if isinstance(body, Add) and len(items) >= self.settings.most:
            raise Reject("list_full")
        if isinstance(body, Tick) and body.item >= len(items):
            raise Reject("no_such_item")
        return Outcome([post.draft()])

    def apply_kind(self, entry: Entry) -> None:
        assert isinstance(entry.body, dict)
        if entry.type == "todo.add":
            self.state.items.append(Item(text=entry.body["text"]))
        elif entry.type == "todo.tick":
            self.state.items[entry.body["item"]].done = entry.body.get("done", True)
