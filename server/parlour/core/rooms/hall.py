"""What every kind of room shares: the room's facts, its people, its chat and its watches.

A kind is a subclass that overrides the `handle_*` hooks and `apply_kind`; a chat room is a Hall as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator
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
    Room,
    RoomId,
    StopGame,
    Tick,
    Unwatch,
    Watch,
)
from parlour.core.rooms.access import Access
from parlour.core.rooms.chat import Chat
from parlour.core.rooms.entry_types import APP_TYPE, POSTED_IN_SOME_KIND, family
from parlour.core.rooms.idempotency import repeats
from parlour.errors import Closed, Forbidden, Invalid, NoSuchRoom

MAX_TITLE = 120
"""Characters of a title: a line in a list."""


class Hall(Room):
    """The shared reducer. State: facts, `access`, `chat`, `watches`."""

    kind: ClassVar[str] = "chat"
    posts: ClassVar[Collection[str]] = ()
    """Types of this kind's own that clients may post, such as `game.action`."""
    tick_rate: int = 0
    """Ticks per second the host should send now; 0 for none."""
    unsent: ClassVar[Collection[str]] = frozenset()
    """Types whose entries are stored and not sent: clients hear of them by the view."""
    relisting: ClassVar[frozenset[str]] = frozenset({"room.configured", "room.closed"})
    """Types of entries that may change what lists show of the room."""

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

    @classmethod
    def check_options(cls, options: dict[str, Any]) -> dict[str, Any]:
        """The options as stored; raises Invalid. A hall has none of its own and keeps what a DApp puts there."""
        return options

    @classmethod
    def wanted_watches(cls, options: dict[str, Any]) -> list[dict[str, Any]]:
        """`room:watch` requests that a room with these options makes for itself when it is created."""
        return []

    @classmethod
    def complete_watch(cls, asked: Any) -> Any:
        """A `room:watch` request as it came, with what this kind needs besides."""
        return asked

    @classmethod
    def described(cls) -> dict[str, Any]:
        """`{options, actions, view}` as JSON Schemas, for `/api/kinds`; `view` is None where the kind computes none."""
        return {"options": {"type": "object"}, "actions": {}, "view": None}

    @classmethod
    def owns(cls, type_: str) -> bool:
        """Whether entries of this type are this kind's: their first word is that of a type it takes."""
        return family(type_) in map(family, cls.posts)

    @classmethod
    def created(cls, owner: Account, title: str, visibility: str, options: dict[str, Any], signed: bool) -> Draft:
        """The `room.created` entry, always seq 1."""
        facts = {"title": title, "visibility": visibility, "options": options, "signed": signed}
        return Draft("room.created", {"kind": cls.kind, "owner": owner, **facts})

    def lobby(self) -> dict[str, Any] | None:
        """What lists show of the game played here: public facts alone; None where none is (protocol §8 "Lists")."""
        return None

    def seated(self) -> list[Account]:
        """Accounts that the room misses while they have no connection; a hall misses nobody."""
        return []

    @property
    def owner(self) -> Account:
        return self.access.owner

    @property
    def staked(self) -> bool:
        """Whether something of value hangs on this room: then a session key signs here only if it is for this room."""
        return False

    def handle(self, command: Command) -> Outcome:
        if self.closed and not isinstance(command, _STILL_WORKS_WHEN_CLOSED):
            self.access.check_join(command.author, command.rank, command.at)
            raise Closed()
        return _HANDLERS[type(command)](self, command)

    def _post(self, post: Post) -> Outcome:
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
        raise Forbidden(f"Nobody posts entries of type {post.type!r} in a room of kind {self.kind!r}.", reason="role")

    def _join(self, command: Join) -> Outcome:
        outcome = Outcome()
        if command.grant is None:
            role = self.access.check_join(command.author, command.rank, command.at)
        else:
            self.access.check_ban(command.author, command.at)
            role = command.grant
            outcome.entries.append(Draft("member.role", {"account": command.author, "role": role, "by": ""}))
        outcome.reply["role"] = role
        seated = self.handle_join(command)
        outcome.entries += seated.entries
        outcome.reply |= seated.reply
        outcome.notices += seated.notices
        return outcome

    def _leave(self, command: Leave) -> Outcome:
        if self.access.role(command.author, command.at) is None:
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

    def reconfigured(self, options: dict[str, Any]) -> dict[str, Any]:
        """Options of a room that already lives, as stored; kinds whose options are fixed at creation raise Illegal."""
        return self.check_options({**self.options, **options})

    def _close(self, command: Close) -> Outcome:
        self.access.check_owner(command.author, command.rank, command.at)
        closed = Draft("room.closed", {"by": command.author, "reason": command.reason})
        return Outcome([*self.handle_close(command), closed])

    def _moderate(self, command: Moderate) -> Outcome:
        entries = [self.access.moderate(command)]
        if command.action in ("ban", "kick"):
            entries += self.handle_removed(command)
        return Outcome(entries, reply={"seq": command.seq})

    def _watch(self, command: Watch | Unwatch) -> Outcome:
        self.check_watch(command)
        return self.watches.handle(command)

    def check_watch(self, command: Command) -> None:
        """Room owners and server moderators may watch the chain (protocol §3); raises as `check_owner`."""
        self.access.check_owner(command.author, command.rank, command.at)

    def _chain_update(self, command: ChainUpdate) -> Outcome:
        outcome = self.watches.handle(command)
        outcome.entries = self.handle_chain(command, outcome.entries)
        return outcome

    def handle_post(self, command: Post) -> Outcome:
        """Decide on a post of one of the types in `posts`."""
        raise NotImplementedError(f"{type(self).__name__} takes {command.type} and does not decide on it.")

    def handle_join(self, command: Join) -> Outcome:
        return Outcome()

    def handle_leave(self, command: Leave) -> Outcome:
        return Outcome()

    def handle_dropped(self, command: Dropped) -> Outcome:
        return Outcome()

    def handle_returned(self, command: Returned) -> Outcome:
        return Outcome()

    def handle_removed(self, command: Moderate) -> list[Draft]:
        """What follows the entry that kicks or bans an account."""
        return []

    def handle_close(self, command: Close) -> list[Draft]:
        """What comes before the entry that closes the room."""
        return []

    def handle_chain(self, command: ChainUpdate, drafts: list[Draft]) -> list[Draft]:
        """The chain's entries for this room's watches, with what they lead to."""
        return drafts

    def handle_deadline(self, command: DeadlinePassed) -> Outcome:
        return Outcome()

    def handle_resumed(self, command: Resumed) -> Outcome:
        return Outcome()

    def handle_tick(self, command: Tick) -> Outcome:
        return Outcome()

    def handle_stop(self, command: StopGame) -> Outcome:
        return Outcome()

    def handle_flush(self, command: FlushTicks) -> Outcome:
        return Outcome()

    def repeats(self, command: Command, entry: Entry) -> bool:
        """Whether the command would have led to this very entry, which one of the same author and id did."""
        return repeats(command, entry)

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

    def applying(self, entry: Entry) -> Iterator[None]:
        """`apply`, in steps where one entry may stand for an hour of a game; the room is whole again after the last."""
        self.apply(entry)
        yield from ()

    def apply_kind(self, entry: Entry) -> None:
        """Fold an entry of the kind's own types, of `chain.*` or of `app.*`; a hall keeps nothing of them."""

    def options_known(self, entry: Entry | None) -> None:
        """Read `options`, which may be new: by `room.created`, by `room.configured`, or from a snapshot (None)."""

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

    def view_key(self, viewer: Account | None) -> Hashable:
        """Viewers with equal keys share one view, and one patch; here each has their own."""
        return viewer

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
        """The role to read history with (the right to join, not a join); raises as `Access.check_join`."""
        return self.access.check_join(account, rank, at)

    def admits(self, account: Account, at: int) -> bool:
        """Whether an ordinary account may come in, and so may be told of what happens here."""
        return self.access.admits(account, at)

    def may_manage(self, account: Account, rank: int, at: int) -> bool:
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
    """A title as stored; raises Invalid."""
    if not isinstance(title, str) or len(title) > MAX_TITLE or not title.isprintable():
        raise Invalid(f"A title is at most {MAX_TITLE} printable characters.", details={"path": "title"})
    return title


def check_visibility(visibility: Any) -> str:
    if visibility not in ("public", "private"):
        raise Invalid("visibility is public or private.", details={"path": "visibility"})
    return str(visibility)
