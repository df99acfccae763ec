"""The base of kinds that other packages add, with a typed state (docs/guides/add-a-kind.md).

    post → body checked against its model → decide() → host stores → apply_kind() → view

`Hall` does everything else: rights, chat, watches, settings.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Hashable, Iterator, Mapping
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar, get_type_hints

from pydantic import BaseModel

from parlour.core.room import Account, Entry, Outcome, Post, RoomId
from parlour.core.rooms.entry_types import POSTED_IN_SOME_KIND, SHARED_FAMILIES, family
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.hooks import title_of
from parlour.core.rooms.state import Options, State, parsed, state_of
from parlour.core.rooms.view_schema import looks_at_viewer, view_schema

S = TypeVar("S", bound=State)
_KIND_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MAX_KIND_NAME = 64
"""Characters: it stands in every record of a room."""


class Kind(Hall, Generic[S]):
    """Base of kinds that other packages add: `class TodoList(Kind[Todo])`.

    Write `decide` and `apply_kind`, and what differs of the rest. `decide` may read `self.state` and must not change
    it; `apply_kind` alone changes it, and must not raise for an entry that `decide` allowed.

    Attributes:
        kind: the kind's name, kebab-case.
        posts: the types clients may post here, each with the model of its body. Their first word is the kind's own.
        settings: the options a room was created with; annotate it with an `Options` of yours.
        state: what the room remembers; it starts as your State's defaults.
    """

    computed = True
    posts: ClassVar[Mapping[str, type[BaseModel]]] = {}
    settings: Options
    state: S

    def __init__(self, room: RoomId) -> None:
        super().__init__(room)
        self.state = state_of(type(self), Kind)()  # type: ignore[assignment]  # it is an S

    def decide(self, post: Post, body: Any) -> Outcome:
        """Return what a post leads to; by default it is stored unchanged.

        Args:
            body: the post's body as the model that `posts` names.

        Raises:
            Reject: the post is refused.
        """
        return Outcome([post.draft()])

    def apply_kind(self, entry: Entry) -> None:
        """Change `self.state` by an entry: of your own types, of `app.*` or of `chain.*`."""

    def view(self, viewer: Account | None) -> Any:
        """Return what this viewer sees, as JSON; None is a guest. By default everybody sees the whole state."""
        return self.state.model_dump(mode="json")

    def handle_post(self, command: Post) -> Outcome:
        return self.decide(command, parsed(self.posts[command.type], command.body, "body", strict=True))

    @classmethod
    def check_options(cls, options: dict[str, Any]) -> dict[str, Any]:
        return parsed(_options_of(cls), options, "options").model_dump(mode="json")

    @classmethod
    def described(cls) -> dict[str, Any]:
        own = cls.view is not Kind.view
        return {
            "title": title_of(cls.kind),
            "description": inspect.cleandoc(cls.__doc__ or ""),
            "options": _options_of(cls).model_json_schema(),
            "actions": {},
            "posts": {type_: body.model_json_schema() for type_, body in cls.posts.items()},
            "view": view_schema(cls.view if own else None, state_of(cls, Kind)),
        }

    def view_key(self, viewer: Account | None) -> Hashable:
        return viewer if _shows_each_their_own(type(self)) else None

    def options_known(self, entry: Entry | None) -> None:
        self.settings = parsed(_options_of(type(self)), self.options, "options")

    def snapshot(self) -> dict[str, Any]:
        return {**super().snapshot(), "state": self.state.model_dump(mode="json")}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self.state = state_of(type(self), Kind).model_validate(state["state"])  # type: ignore[assignment]  # it is an S


def check_kind(kind: type[Hall]) -> None:
    """Raise TypeError, which says what to change, where a class from another package cannot be a kind."""
    for problem in _problems(kind):
        raise TypeError(f"{kind.__name__}.{problem}")
    if issubclass(kind, Kind):
        kind.described()


def _problems(kind: type[Hall]) -> Iterator[str]:
    if "kind" not in vars(kind) or not isinstance(kind.kind, str) or not is_kind_name(kind.kind):
        yield f"kind: set a name in kebab-case, such as todo-list; {MAX_KIND_NAME} characters at most."
    for type_ in kind.posts:
        if "." not in type_ or not type_.isascii() or not type_.isprintable() or len(type_) > MAX_KIND_NAME:
            yield f"posts: {type_!r} is no type of an entry, such as todo.add."
        if family(type_) in SHARED_FAMILIES or family(type_) in _RESERVED:
            yield f"posts: types that begin with {family(type_)}. are Parlour's own; choose another first word."
    if inspect.isabstract(kind):
        yield f"{min(kind.__abstractmethods__)}: a kind needs it."


_RESERVED = frozenset(map(family, POSTED_IN_SOME_KIND)) | {"board", "market", "match", "party", "server", "wallet"}


def is_kind_name(name: str) -> bool:
    """Return whether a kind may have this name: kebab-case, at most `MAX_KIND_NAME` characters."""
    return len(name) <= MAX_KIND_NAME and _KIND_NAME.fullmatch(name) is not None


@cache
def _options_of(kind: type[Kind[Any]]) -> type[Options]:
    options = get_type_hints(kind).get("settings", Options)
    if not (isinstance(options, type) and issubclass(options, Options)):
        raise TypeError(f"{kind.__name__}.settings: annotate it with a class of yours that is an Options.")
    return options


@cache
def _shows_each_their_own(kind: type[Kind[Any]]) -> bool:
    return kind.view is not Kind.view and looks_at_viewer(kind.view)
