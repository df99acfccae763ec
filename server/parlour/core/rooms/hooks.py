"""The hooks of a kind of room. A kind overrides those it needs.

`Hall` (hall.py) calls them from what all rooms share.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from typing import Any, ClassVar

from parlour.core.room import (
    Account,
    ChainUpdate,
    Close,
    Command,
    DeadlinePassed,
    Draft,
    Dropped,
    Entry,
    FlushTicks,
    GateUpdate,
    Join,
    Leave,
    Moderate,
    Outcome,
    Post,
    Resumed,
    Returned,
    Room,
    StopGame,
    Tick,
)
from parlour.core.rooms.entry_types import family
from parlour.core.rooms.idempotency import repeats
from parlour.errors import Invalid


def title_of(kind: str) -> str:
    """Return a kind's name as people read it: `connect-four` is "Connect four"."""
    return kind.replace("-", " ").capitalize()


class KindHooks(Room):
    """The hooks of a kind. By default each does nothing.

    Attributes:
        posts: types of this kind's own that clients may post, such as `game.action`.
        unsent: types whose entries are stored and not sent, because clients see their effect in the view.
        relisting: types of entries that may change what lists show of the room.
        merged: types whose entries are left out of a join's, because its `state` holds what they said; their bodies may
            be as large as an update of a document.
        aware: whether the room keeps who is where in it (`doc.awareness`).
        snapshots_at: types of entries after which a snapshot is stored.
        gates_seats: in public rooms a gate is asked who sits down, and whoever only reads or writes is not.
        remembers: matches leave values of accounts (`game.ended`) that later ones begin with.
        settled: nothing of its matches rests on a block that may be undone.
        shows_chains: the view may show facts of chains, because the kind has its own `shown_chains`.
        shares_view: one view serves everybody: `view_key` is None for all.
        tick_rate: ticks per second the host should send now; 0 for none.
        snapshot_bytes: about how large a snapshot is, where that may be much: a larger one is stored more rarely.
        snapshot_format: the lowest format that reads a snapshot taken now (core/log/formats.py), apart from its log.
        options: as the kind stored them.
        delay: how old (ms) everything is that whoever `delays` names sees.
    """

    posts: ClassVar[Collection[str]] = ()
    unsent: ClassVar[Collection[str]] = frozenset()
    merged: ClassVar[Collection[str]] = frozenset()
    aware: ClassVar[bool] = False
    snapshots_at: ClassVar[Collection[str]] = frozenset()
    relisting: ClassVar[frozenset[str]] = frozenset(
        f"room.{done}" for done in ("configured", "closed", "frozen", "thawed", "featured", "unfeatured", "transferred")
    )
    gates_seats: ClassVar[bool] = False
    remembers: ClassVar[bool] = False
    settled: bool = True
    shows_chains: ClassVar[bool] = False
    shares_view: bool = False
    tick_rate: int = 0
    snapshot_bytes: int = 0
    snapshot_format: int = 1
    delay: int = 0
    options: dict[str, Any]

    def __init_subclass__(cls, **more: Any) -> None:
        """Note whether the kind shows chains, so that the states of those that do not are asked nothing."""
        super().__init_subclass__(**more)
        cls.shows_chains = cls.shown_chains is not KindHooks.shown_chains

    # ── what it is ───────────────────────────────────────────────────────────────────────────────────────────────

    @classmethod
    def check_options(cls, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options as stored; raises Invalid. A hall keeps whatever a DApp puts there."""
        return options

    @classmethod
    def wanted_watches(cls, options: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the `room:watch` requests that a room with these options makes for itself when it is created."""
        return []

    @classmethod
    def check_settle(cls, options: dict[str, Any]) -> None:
        """Check that what is played under these options can be paid out by an escrow; raises Invalid."""
        raise Invalid("Only games are settled.", details={"path": "settle"})

    def escrow_watches(self) -> list[dict[str, Any]]:
        """Return the `room:watch` requests that bring the events of the room's escrow; none where it has none."""
        return []

    def rests_on_chain(self) -> bool:
        """Return whether rules of the room run on events of a chain, so that none may be late or left out."""
        return False

    @classmethod
    def complete_watch(cls, asked: Any) -> Any:
        """Return a `room:watch` request with what this kind adds to it."""
        return asked

    @classmethod
    def described(cls) -> dict[str, Any]:
        """Return `{title, options, actions, view, …}` with JSON Schemas, for `/api/kinds`; no view is None."""
        return {"title": title_of(cls.kind), "options": {"type": "object"}, "actions": {}, "view": None}

    @classmethod
    def owns(cls, type_: str) -> bool:
        """Return whether entries of this type belong to this kind: a type in `posts` has the same first word."""
        return family(type_) in map(family, cls.posts)

    @classmethod
    def created(cls, owner: Account, title: str, visibility: str, options: dict[str, Any], signed: bool) -> Draft:
        """Return the `room.created` entry, which is always seq 1."""
        facts = {"title": title, "visibility": visibility, "options": options, "signed": signed}
        return Draft("room.created", {"kind": cls.kind, "owner": owner, **facts})

    def lobby(self) -> dict[str, Any] | None:
        """Return what lists show of the game played here; None for none (protocol §8 "Lists")."""
        return None

    def seated(self) -> list[Account]:
        """Return the accounts that need a `Dropped` when their last connection is gone."""
        return []

    @property
    def staked(self) -> bool:
        """Whether the room holds something of value: then only session keys for it alone may sign here."""
        return False

    def reconfigured(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options after a change, as stored; kinds with fixed options raise Illegal."""
        return self.check_options({**self.options, **options})

    # ── what it decides ──────────────────────────────────────────────────────────────────────────────────────────

    def recalls(self, command: Command) -> Sequence[Account]:
        """Return the accounts of which the host has to give a command what was remembered."""
        return ()

    def handle_post(self, command: Post) -> Outcome:
        """Decide on a post of one of the types in `posts`."""
        raise NotImplementedError(f"{type(self).__name__} takes {command.type} and does not decide on it.")

    def handle_own(self, command: Command) -> Outcome:
        """Decide on a command that only this kind knows."""
        raise Invalid(f"A room of kind {self.kind!r} does not do that.", details={"path": "room"})

    def handle_join(self, command: Join) -> Outcome:
        """Decide what follows from a join, such as a seat."""
        return Outcome()

    def handle_leave(self, command: Leave) -> Outcome:
        """Decide what follows when an account gives up the room."""
        return Outcome()

    def handle_dropped(self, command: Dropped) -> Outcome:
        """Decide what follows when an account loses its last connection."""
        return Outcome()

    def handle_returned(self, command: Returned) -> Outcome:
        """Decide what follows when a dropped account has a connection again."""
        return Outcome()

    def delays(self, viewer: Account | None, rank: int) -> bool:
        """Return whether this viewer sees the room as it was `delay` ms ago."""
        return False

    def plays(self, account: Account) -> bool:
        """Return whether the account plays in a running match, which bans and mutes leave alone."""
        return False

    def check_removal(self, command: Moderate) -> None:
        """Raise where the account may not be kicked now."""

    def handle_removed(self, command: Moderate) -> list[Draft]:
        """Return the entries that follow the one that kicks or bans an account."""
        return []

    def check_gate_change(self) -> None:
        """Raise where the room's gate may not change now."""

    def handle_gate_lost(self, command: GateUpdate, account: Account, offset: int) -> list[Draft]:
        """Return the entries that follow where the gate lets an account in no more: it may not keep a seat.

        Args:
            offset: drafts of the same outcome that come before.
        """
        return []

    def handle_close(self, command: Close) -> list[Draft]:
        """Return the entries that come before the one that closes the room."""
        return []

    def handle_chain(self, command: ChainUpdate, drafts: list[Draft]) -> list[Draft]:
        """Return the chain's entries for this room, with the entries that follow from them."""
        return drafts

    def handle_deadline(self, command: DeadlinePassed) -> Outcome:
        """Decide what follows when the time that `deadline` named has come."""
        return Outcome()

    def handle_resumed(self, command: Resumed) -> Outcome:
        """Decide what follows when the server was down."""
        return Outcome()

    def handle_tick(self, command: Tick) -> Outcome:
        """Decide what follows from a tick; the host sends `tick_rate` of them a second."""
        return Outcome()

    def handle_stop(self, command: StopGame) -> Outcome:
        """End a game that slows the other rooms down."""
        return Outcome()

    def handle_flush(self, command: FlushTicks) -> Outcome:
        """Write ticks that are not in the log yet to it."""
        return Outcome()

    def repeats(self, command: Command, entry: Entry) -> bool:
        """Return whether a command asks for what an earlier entry of the same author and id already did."""
        return repeats(command, entry)

    # ── what it keeps and shows ──────────────────────────────────────────────────────────────────────────────────

    def applying(self, entry: Entry) -> Iterator[None]:
        """Fold one entry in steps, because it may stand for an hour of a game; the state is whole after the last."""
        self.apply(entry)
        yield from ()

    def apply_kind(self, entry: Entry) -> None:
        """Fold an entry of the kind's own types, of `chain.*` or of `app.*`."""

    def options_known(self, entry: Entry | None) -> None:
        """Read the new `options`: from `room.created` or `room.configured`, or from a snapshot (None)."""

    def counted_since(self, seq: int) -> list[int] | None:
        """Return which entries after `seq` are of no type in `merged`; None where they are too many to know."""
        return None

    def counted_newest(self, limit: int) -> list[int]:
        """Return the newest entries of no type in `merged`, ascending."""
        return []

    def compact(self) -> bool:
        """Make the state smaller and let it say the same; nobody is here. Return whether it is smaller."""
        return False

    def view(self, viewer: Account | None) -> Any:
        return None

    def view_key(self, viewer: Account | None) -> Hashable:
        """Return the key under which viewers share one view and its patches; by default each has their own."""
        return viewer

    @property
    def view_version(self) -> object | None:
        """An object that is another one as soon as some view may have changed; None where that cannot be told."""
        return None

    def shown_chains(self) -> Collection[int]:
        """Return the chains whose facts the view shows; it is stale while one of them is silent."""
        return ()

    def may_hide(self, entry: Entry) -> bool:
        """Return whether some viewer may get this entry redacted; then `hides` is asked for each of them."""
        return type(self).hides is not Room.hides


def handle_own(kind: Any, command: Command) -> Outcome:
    """Let the kind decide a command of its own; raises NoSuchRoom first for whoever may not know of the room."""
    if command.author:
        kind.may_read(command.author, command.rank, command.at)
    return kind.handle_own(command)  # type: ignore[no-any-return]


HOOKED: dict[type[Command], Callable[[Any, Any], Outcome]] = {
    Dropped: lambda kind, command: kind.handle_dropped(command),
    Returned: lambda kind, command: kind.handle_returned(command),
    DeadlinePassed: lambda kind, command: kind.handle_deadline(command),
    Resumed: lambda kind, command: kind.handle_resumed(command),
    Tick: lambda kind, command: kind.handle_tick(command),
    StopGame: lambda kind, command: kind.handle_stop(command),
    FlushTicks: lambda kind, command: kind.handle_flush(command),
}
"""Commands of time and of the host, which the kind alone decides on."""
