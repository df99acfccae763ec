"""The reducer that every kind of room shares: the room's facts, its people, its chat and its watches.

A kind is a subclass that overrides hooks (hooks.py); a chat room is a Hall as it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from parlour.core.chain.watches import Watches
from parlour.core.identity.server_roles import SERVER_MODERATOR
from parlour.core.log.signed_posts import check_signed
from parlour.core.room import (
    Account,
    ChainUpdate,
    Close,
    Command,
    Configure,
    DeadlinePassed,
    Draft,
    Dropped,
    Entry,
    FlushTicks,
    Join,
    Leave,
    Moderate,
    Outcome,
    Post,
    Resumed,
    Returned,
    RoomId,
    StopGame,
    Tick,
    Unwatch,
    Watch,
)
from parlour.core.rooms.access import Access
from parlour.core.rooms.chat import Chat
from parlour.core.rooms.entry_types import APP_TYPE, POSTED_IN_SOME_KIND
from parlour.core.rooms.hooks import KindHooks
from parlour.core.rooms.normal_form import shows_something
from parlour.errors import Closed, Forbidden, Invalid, NoSuchRoom

MAX_TITLE = 120
"""Characters of a title: a line in a list."""


class Hall(KindHooks):
    """A room of any kind, and a chat room as it stands.

    Attributes:
        room: the room's id.
        title: one line, may be empty.
        visibility: `public` or `private`.
        options: as the kind stored them.
        signed: whether the room takes signed posts only.
        created_at: in ms.
        closed: whether the room has ended.
        access: who may do what.
        chat: the chat's rules and pins.
        watches: the contracts it follows.
    """

    kind: ClassVar[str] = "chat"

    def __init__(self, room: RoomId) -> None:
        self.room = room
        self.title = ""
        self.visibility = "public"
        self.options: dict[str, Any] = {}
        self.signed = False
        self.created_at = 0
        self.closed = False
        self.access = Access()
        self.chat = Chat()
        self.watches = Watches()

    @property
    def owner(self) -> Account:
        """The account that may configure and close the room."""
        return self.access.owner

    def handle(self, command: Command) -> Outcome:
        if self.closed and not isinstance(command, _STILL_WORKS_WHEN_CLOSED):
            self.access.check_join(command.author, command.rank, command.at)
            raise Closed()
        return _HANDLERS[type(command)](self, command)

    def _post(self, post: Post) -> Outcome:
        if post.type in self.posts and self.plays(post.author):
            role = "member"
        else:
            role = self.access.check_post(post.author, post.rank, post.at)
        if self.signed or post.sig is not None:
            check_signed(post, self.room, required=self.signed, staked=self.staked)
        if post.type.startswith("chat."):
            return self.chat.handle(post, self.access, role)
        if post.type in self.posts:
            return self.handle_post(post)
        if APP_TYPE.fullmatch(post.type):
            return Outcome([post.draft()])
        if post.type in POSTED_IN_SOME_KIND:
            raise Invalid(f"A room of kind {self.kind!r} takes no {post.type!r}.", details={"path": "type"})
        raise Forbidden(
            f"Clients cannot post entries of type {post.type!r} in a room of kind {self.kind!r}.", reason="role"
        )

    def _join(self, command: Join) -> Outcome:
        outcome = Outcome()
        if self.plays(command.author):
            role = self.may_read(command.author, command.rank, command.at)
        elif command.grant is None:
            role = self.access.check_join(command.author, command.rank, command.at)
        else:
            self.access.check_ban(command.author, command.at)
            role = command.grant
            self.access.check_roles(command.author)
            outcome.entries.append(Draft("member.role", {"account": command.author, "role": role, "by": ""}))
        outcome.reply["role"] = role
        seated = self.handle_join(command)
        outcome.entries += seated.entries
        outcome.reply |= seated.reply
        outcome.notices += seated.notices
        return outcome

    def _leave(self, command: Leave) -> Outcome:
        if self.access.role(command.author, command.at) is None and command.author not in self.seated():
            raise NoSuchRoom()
        return self.handle_leave(command)

    def _configure(self, command: Configure) -> Outcome:
        self.access.check_owner(command.author, command.rank, command.at)
        body: dict[str, Any] = {"by": command.author}
        if command.title is not None:
            body["title"] = check_title(command.title)
        if command.visibility is not None:
            body["visibility"] = check_visibility(command.visibility)
        if command.options is not None:
            body["options"] = self.reconfigured(command.options)
        return Outcome([Draft("room.configured", body)])

    def _close(self, command: Close) -> Outcome:
        self.access.check_owner(command.author, command.rank, command.at)
        closed = Draft("room.closed", {"by": command.author, "reason": command.reason})
        return Outcome([*self.handle_close(command), closed])

    def _moderate(self, command: Moderate) -> Outcome:
        entries = [self.access.moderate(command)]
        if command.action == "kick":
            self.check_removal(command)
        if command.action in ("ban", "kick"):
            entries += self.handle_removed(command)
        return Outcome(entries, reply={"seq": command.seq})

    def _watch(self, command: Watch | Unwatch) -> Outcome:
        self.check_watch(command)
        return self.watches.handle(command)

    def check_watch(self, command: Command) -> None:
        """Raise unless the author may watch the chain: room owners and server moderators may (protocol §3)."""
        self.access.check_owner(command.author, command.rank, command.at)

    def _chain_update(self, command: ChainUpdate) -> Outcome:
        outcome = self.watches.handle(command)
        outcome.entries = self.handle_chain(command, outcome.entries)
        return outcome

    # ── the fold ─────────────────────────────────────────────────────────────────────────────────────────────────

    def apply(self, entry: Entry) -> None:
        first = entry.type.partition(".")[0]
        if first == "chat":
            self.chat.apply(entry)
        elif first == "member":
            self.access.apply(entry)
        elif entry.type in ("room.watched", "room.unwatched"):
            self.watches.apply(entry)
        elif first == "room":
            self._apply_room(entry)
        else:
            if first == "chain":
                self.watches.apply(entry)
            self.apply_kind(entry)

    def _apply_room(self, entry: Entry) -> None:
        body = entry.body
        assert isinstance(body, dict)
        if entry.type == "room.closed":
            self.closed = True
            return
        if entry.type == "room.created":
            self.access.owner = body["owner"]
            self.created_at = entry.at
            self.signed = body.get("signed", False)
        self.title = body.get("title", self.title)
        self.visibility = body.get("visibility", self.visibility)
        self.options = body.get("options", self.options)
        self.access.private = self.visibility == "private"
        self.options_known(entry)

    def view(self, viewer: Account | None) -> Any:
        return None

    def snapshot(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "visibility": self.visibility,
            "options": self.options,
            "signed": self.signed,
            "createdAt": self.created_at,
            "closed": self.closed,
            "access": self.access.snapshot(),
            **self.chat.snapshot(),
            "watches": self.watches.snapshot(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.title = state["title"]
        self.visibility = state["visibility"]
        self.options = state["options"]
        self.signed = state["signed"]
        self.created_at = state["createdAt"]
        self.closed = state["closed"]
        self.access = Access.restored(state["access"])
        self.chat.restore(state)
        self.watches.restore(state["watches"])
        self.options_known(None)

    def may_read(self, account: Account, rank: int, at: int) -> str:
        """Return the role to read history with, which needs the right to join; raises as `Access.check_join`."""
        if self.plays(account) and not self.access.admits(account, at):
            return "muted"  # banned, or without a role: the view and the moves stay until the match ends
        return self.access.check_join(account, rank, at)

    def admits(self, account: Account, at: int) -> bool:
        """Return whether an account without a server role may come in, and so may get the room's events."""
        access = self.access
        if not (access.banned or access.private):
            return True
        return access.admits(account, at) or self.plays(account)

    def kept_by_seat(self, at: int) -> frozenset[Account]:
        """Return the accounts that may come in only because they play: without it they are banned, or have no role."""
        access = self.access
        if not (access.banned or access.private):
            return frozenset()
        return frozenset(each for each in self.seated() if not access.admits(each, at) and self.plays(each))

    def may_manage(self, account: Account, rank: int, at: int) -> bool:
        """Return whether an account is a moderator here or above."""
        return rank >= SERVER_MODERATOR or self.access.role(account, at) in ("owner", "moderator")


_STILL_WORKS_WHEN_CLOSED = (ChainUpdate, Leave, Dropped, StopGame, FlushTicks)

_HANDLERS: dict[type[Command], Callable[[Hall, Any], Outcome]] = {
    Post: Hall._post,
    Join: Hall._join,
    Leave: Hall._leave,
    Dropped: lambda hall, command: hall.handle_dropped(command),
    Returned: lambda hall, command: hall.handle_returned(command),
    Configure: Hall._configure,
    Close: Hall._close,
    Moderate: Hall._moderate,
    Watch: Hall._watch,
    Unwatch: Hall._watch,
    ChainUpdate: Hall._chain_update,
    DeadlinePassed: lambda hall, command: hall.handle_deadline(command),
    Resumed: lambda hall, command: hall.handle_resumed(command),
    Tick: lambda hall, command: hall.handle_tick(command),
    StopGame: lambda hall, command: hall.handle_stop(command),
    FlushTicks: lambda hall, command: hall.handle_flush(command),
}


def check_title(title: Any) -> str:
    """Return a title as stored; raises Invalid."""
    if not isinstance(title, str) or len(title) > MAX_TITLE or not title.isprintable():
        raise Invalid(f"A title is at most {MAX_TITLE} printable characters.", details={"path": "title"})
    if title and not shows_something(title):
        raise Invalid("A title must have a visible character, or be empty.", details={"path": "title"})
    return title


def check_visibility(visibility: Any) -> str:
    """Return a visibility as stored; raises Invalid."""
    if visibility not in ("public", "private"):
        raise Invalid("visibility is public or private.", details={"path": "visibility"})
    return str(visibility)
