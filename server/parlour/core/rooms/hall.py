"""The reducer that every kind of room shares: its facts, people, chat and watches; kinds override hooks (hooks.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from parlour.core.chain.transactions import TRACK, TRANSACTION
from parlour.core.chain.watches import Watches
from parlour.core.log.signed_posts import check_signed
from parlour.core.operating.standing import STANDS_STILL, TRANSFERRED, WORKS_WHEN_CLOSED, Standing
from parlour.core.room import (
    SERVER,
    Account,
    Answer,
    ChainUpdate,
    Close,
    Command,
    Configure,
    Draft,
    Entry,
    FlushTicks,
    GateUpdate,
    Join,
    Leave,
    Moderate,
    OpenSealed,
    Operate,
    Outcome,
    Post,
    Resumed,
    RoomId,
    Unwatch,
    Watch,
)
from parlour.core.rooms.access import OPENED, ROLES, Access, told_lost
from parlour.core.rooms.attached import check_emoji
from parlour.core.rooms.chat import Chat
from parlour.core.rooms.direct import PREFIX, Direct
from parlour.core.rooms.entry_types import APP_TYPE, family, refused_post
from parlour.core.rooms.hooks import HOOKED, KindHooks, handle_own
from parlour.core.rooms.reserved import OPERATOR, Reserved, check_operates, reserved_of
from parlour.core.rooms.rules import RULED, WORDS, Rules, split, words_entry
from parlour.core.rooms.texts import check_text
from parlour.core.rooms.titles import check_title, check_visibility
from parlour.errors import Closed, Forbidden, NoSuchRoom


class Hall(KindHooks):
    """A room of any kind, and a chat room as it stands.

    Attributes:
        room: the room's id.
        title: one line, may be empty.
        visibility: `public` or `private`.
        options: as the kind stored them.
        signed: whether the room takes signed posts only.
        created_at: in ms.
        standing, closed, frozen_at: whether the room has ended or stands still.
        reserved: what holds here because of the room's id; None in an ordinary room.
        access: who may do what.
        rules: what its owner set for everybody.
        chat: the chat's rules and pins.
        watches: the contracts it follows.
    """

    kind: ClassVar[str] = "chat"

    def __init__(self, room: RoomId) -> None:
        self.room = room
        self.title, self.visibility = "", "public"
        self.options: dict[str, Any] = {}
        self.signed, self.created_at = False, 0
        self.standing, self.closed = Standing(), False
        self.reserved: Reserved | None = None
        self.access = Access(gates_seats=self.gates_seats)
        self.rules = Rules()
        self.chat = Chat(self.rules)
        self.watches = Watches()

    @property
    def owner(self) -> Account:
        """The account that may configure and close the room."""
        return self.access.owner

    def handle(self, command: Command) -> Outcome:
        if self.frozen_at is not None and isinstance(command, STANDS_STILL):
            if isinstance(command, Post):
                self.access.check_join(command.author, command.rank, command.at)
            return self.standing.stand_still(command)
        if self.closed and not isinstance(command, WORKS_WHEN_CLOSED):
            self.access.check_join(command.author, command.rank, command.at)
            raise Closed()
        handler: Callable[[Hall, Any], Outcome] = _HANDLERS.get(type(command), handle_own)
        return handler(self, command)

    def _post(self, post: Post) -> Outcome:
        if post.type in self.posts and self.plays(post.author):
            role = "member"
        else:
            role = self.access.check_post(post.author, post.rank, post.at)
        if self.signed or post.sig is not None:
            check_signed(post, self.room, required=self.signed, staked=self.staked)
        if self.reserved is not None:
            self.reserved.check_write(post.type)
        if self.rules.post != "everyone":
            self.check_rules(post.type, post.author, post.rank, post.at)
        if self.chat.direct is not None:
            return self.chat.direct.decided(post, lambda: self._post_by_type(post, role))
        return self._post_by_type(post, role)

    def _post_by_type(self, post: Post, role: str) -> Outcome:
        if post.type.startswith("chat."):
            return self.chat.handle(post, self.access, role)
        if post.type in self.posts:
            return self.handle_post(post)
        if APP_TYPE.fullmatch(post.type):
            return Outcome([post.draft()])
        if post.type == TRACK:
            return self.watches.tracks.handle(post)
        raise refused_post(post.type, self.kind)

    def _join(self, command: Join) -> Outcome:
        outcome = Outcome()
        self.access.check_asked(command)
        if self.plays(command.author):
            role = self.may_read(command.author, command.rank, command.at)
        elif command.grant is None:
            role = self.access.check_join(command.author, command.rank, command.at)
        else:
            self.access.check_ban(command.author, command.at)
            self.access.check_gate(command.author, command.rank)
            role = command.grant
            self.access.check_roles(command.author)
            outcome.entries.append(Draft("member.role", {"account": command.author, "role": role, "by": ""}))
        outcome.reply["role"] = role
        sits = not command.goes_on and (self.frozen_at is None or command.author in self.seated())
        seated = self.handle_join(command) if sits else Outcome()
        outcome.entries += seated.entries
        outcome.reply |= seated.reply
        outcome.notices += seated.notices
        return outcome

    def _leave(self, command: Leave) -> Outcome:
        if self.access.role(command.author, command.at) is None and command.author not in self.seated():
            raise NoSuchRoom()
        return self.handle_leave(command)

    def _configure(self, command: Configure) -> Outcome:
        self.check_manage(command, configures=command.title is None and command.visibility is None)
        body: dict[str, Any] = {"by": command.author}
        if command.title is not None:
            body["title"] = check_title(command.title)
        if command.visibility is not None:
            body["visibility"] = check_visibility(command.visibility)
        if command.options is not None:
            body["options"] = self.reconfigured(command.options)
        if command.gate is not None:
            self.check_gate_change()
            body["gate"] = command.gate.gate
        public, words = split(command.rules)
        if public is not None:
            check_emoji(public, command.attachable, self.rules.emoji)
            body["rules"] = public
        drafts = [Draft("room.configured", body)] if len(body) > 1 or words is None else []
        drafts += [] if command.gate is None else self.access.admitted_at_once(command.gate)
        return Outcome([*drafts, *([] if words is None else [words_entry(command.author, words)])])

    def _close(self, command: Close) -> Outcome:
        self.check_manage(command)
        said = {"by": command.author, "reason": command.reason}
        return Outcome([*self.handle_close(command), Draft("room.closed", said)])

    def _operate(self, command: Operate) -> Outcome:
        """Do what operators do; a game's ticks are written before it stands still, and its clocks are moved after."""
        if self.access.sealed:
            raise NoSuchRoom()
        check_operates(command.rank, self.reserved is not None and command.action == "transfer")
        if command.action == "announce":
            check_text({"text": command.text})
        drafts = [self.standing.draft(command, self.owner)]
        if command.action == "freeze":
            drafts = self.handle_flush(FlushTicks(at=command.at, seq=command.seq)).entries + drafts
        elif command.action == "thaw" and self.frozen_at is not None:
            resumed = Resumed(at=command.at, seq=command.seq, paused_ms=command.at - self.frozen_at)
            drafts = self.handle_resumed(resumed).entries + drafts
        elif command.action == "transfer":
            drafts += self.access.succeeded(command.author)
        return Outcome(drafts, reply={"seq": command.seq})

    def _moderate(self, command: Moderate) -> Outcome:
        if command.action == "release":
            return self.chat.release(command, self.access)
        if self.reserved is not None:
            self.access.check_join(command.author, command.rank, command.at)
            self.reserved.check_manage(command.rank)
        entries = [self.access.moderate(command)]
        if command.action == "kick":
            self.check_removal(command)
        if command.action in ("ban", "kick"):
            entries += self.handle_removed(command)
        return Outcome(entries, reply={"seq": command.seq})

    def _gate_update(self, command: GateUpdate) -> Outcome:
        entries, lost, refused = self.access.take_update(command)
        for account in lost:
            entries += self.handle_gate_lost(command, account, len(entries))
        return Outcome(entries, reply={"refused": refused}, notices=told_lost(entries, lost))

    def _watch(self, command: Watch | Unwatch) -> Outcome:
        self.check_watch(command)
        return self.watches.handle(command)

    def check_watch(self, command: Command) -> None:
        """Raise unless the author may watch: owners, server moderators, the server where it made the room."""
        if self.reserved is None or command.author != SERVER or command.rank < OPERATOR:
            self.check_manage(command)

    def check_manage(self, command: Command, *, configures: bool = False) -> None:
        """Raise unless the author owns the room or stands above its roles; in reserved rooms by their table.

        Args:
            configures: whether the command changes options alone.
        """
        self.access.check_owner(command.author, command.rank, command.at)
        if self.reserved is not None:
            self.reserved.check_manage(command.rank, configures=configures)

    def _chain_update(self, command: ChainUpdate) -> Outcome:
        outcome = self.watches.handle(command)
        outcome.entries = self.handle_chain(command, outcome.entries)
        outcome.notices += self.watches.tracks.notices(outcome.entries)
        return outcome

    # ── the fold ─────────────────────────────────────────────────────────────────────────────────────────────────

    def apply(self, entry: Entry) -> None:
        first = entry.type.partition(".")[0]
        if self.chat.direct is not None:
            self.chat.direct.apply(entry)
        if first == "chat":
            self.chat.apply(entry)
        elif first == "member" or entry.type == OPENED:
            self.access.apply(entry)
        elif entry.type in ("room.watched", "room.unwatched"):
            self.watches.apply(entry)
        elif first == "room":
            self._apply_room(entry)
        else:
            if first == "chain" or entry.type in (TRACK, TRANSACTION):
                self.watches.apply(entry)
            self.apply_kind(entry)

    def _apply_room(self, entry: Entry) -> None:
        body = entry.body
        assert isinstance(body, dict)
        self.standing.apply(entry)
        self._stand()
        if entry.type == TRANSFERRED:
            self.access.transfer(body["to"])
        elif entry.type == WORDS:
            self.rules.words = body["words"]
        if entry.type not in ("room.created", "room.configured"):
            return
        if entry.type == "room.created":
            self._owned_by(body["owner"])
            self.created_at, self.signed = entry.at, body.get("signed", False)
        self.title = body.get("title", self.title)
        self.visibility = body.get("visibility", self.visibility)
        self.rules.apply(body.get("rules", {}))
        self.options = body.get("options", self.options)
        self.access.private = self.visibility == "private"
        if entry.type == "room.created":
            self._between()
        if "gate" in body:
            self.access.grants.set_gate(body["gate"])
        self.options_known(entry)

    def snapshot(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "visibility": self.visibility,
            "options": self.options,
            "signed": self.signed,
            "createdAt": self.created_at,
            **self.standing.snapshot(),
            "access": self.access.snapshot(),
            **({"rules": changed} if (changed := self.rules.changed()) else {}),
            **self.chat.snapshot(),
            "watches": self.watches.snapshot(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.title, self.visibility, self.options = state["title"], state["visibility"], state["options"]
        self.signed, self.created_at = state["signed"], state["createdAt"]
        self.standing.restore(state)
        self._stand()
        self.access = Access.restored(state["access"])
        self.access.gates_seats = self.gates_seats
        self._owned_by(self.access.owner)
        self._between()
        self.rules.apply(state.get("rules", {}))
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
        return self.access.open_to_all or self.access.admits(account, at) or self.plays(account)

    def may_sit(self, account: Account, at: int) -> bool:
        """Return whether an account without a server role may have a seat."""
        return self.access.admits(account, at) and self.access.passes(account)

    def kept_by_seat(self, at: int) -> frozenset[Account]:
        """Return the accounts that may come in only because they play: without it they are banned, or have no role."""
        if self.access.open_to_all:
            return frozenset()
        return frozenset(each for each in self.seated() if not self.may_sit(each, at) and self.plays(each))

    def listed_role(self, account: Account) -> str | None:
        """Return the role by which lists know a private room's member; `guest` before it accepts a direct room."""
        direct = self.chat.direct
        if direct is not None and account in direct.accounts and account not in direct.accepted:
            return "guest"
        return self.access.listed_role(account)

    def may_manage(self, account: Account, rank: int, at: int) -> bool:
        """Return whether an account is a moderator here or above."""
        if self.reserved is not None:
            return self.reserved.managed_by == "operators" and rank >= OPERATOR
        return self.access.outranks(rank) or self.access.role(account, at) in ("owner", "moderator")

    def redacts(self, entry: Entry, viewer: Account | None, rank: int, at: int) -> str | None:
        """Return why this viewer gets the entry without its body: `hidden`, `held`, or None."""
        if entry.type == WORDS:
            return None if self.moderates(viewer or "", rank, at) else "hidden"
        waits = self.chat.holding.held and self.chat.holding.waits(entry)
        if waits and viewer != entry.author and not self.moderates(viewer or "", rank, at):
            return "held"
        return "hidden" if self.computed and self.hides(entry, viewer) else None

    def may_redact(self, entry: Entry) -> bool:
        """Return whether some viewer may get this entry redacted; then `redacts` is asked for each of them."""
        if entry.type == WORDS or (self.computed and self.may_hide(entry)):
            return True
        return bool(self.chat.holding.held) and self.chat.holding.waits(entry)

    def moderates(self, account: Account, rank: int, at: int) -> bool:
        """Return whether an account is a moderator of this room, or stands above its roles."""
        return self.access.authority(account, rank, at) >= ROLES["moderator"]

    def check_rules(self, type_: str, account: Account, rank: int, at: int) -> None:
        """Raise Forbidden where the room's rule `post` keeps this account from entries of this type."""
        needed, access = self.rules.post, self.access
        if needed != "everyone" and family(type_) in RULED and not access.is_among(needed, account, rank, at):
            raise Forbidden(f"Only {needed} write in this room.", reason="rules")

    def check_signal(self, type_: str) -> None:
        """Raise Forbidden where clients send no signals of this type."""
        if self.reserved is not None:
            self.reserved.check_write(type_)

    def _stand(self) -> None:
        self.closed, self.frozen_at = self.standing.closed, self.standing.frozen_at

    def _owned_by(self, owner: Account) -> None:
        self.access.owner = owner
        self.reserved = reserved_of(self.room, owner)
        self.access.sealed = self.reserved is not None and self.reserved.sealed

    def _between(self) -> None:
        """Let in between whom a direct room is: its options name them."""
        if self.reserved is not None and self.reserved.prefix == PREFIX:
            self.chat.direct = Direct(self.options.get("accounts", ()))
            self.access.roles |= dict.fromkeys(self.chat.direct.accounts, "member")


_HANDLERS: dict[type[Command], Callable[[Hall, Any], Outcome]] = {
    Post: Hall._post,
    Join: Hall._join,
    Leave: Hall._leave,
    Operate: Hall._operate,
    OpenSealed: lambda hall, command: Outcome([hall.access.unseal(command)], reply={"seq": command.seq}),
    Answer: lambda hall, command: hall.chat.answer(command, hall.access),
    Configure: Hall._configure,
    Close: Hall._close,
    Moderate: Hall._moderate,
    GateUpdate: Hall._gate_update,
    Watch: Hall._watch,
    Unwatch: Hall._watch,
    ChainUpdate: Hall._chain_update,
    **HOOKED,
}
