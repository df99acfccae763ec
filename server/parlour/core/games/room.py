"""The room that plays a game: a hall with a match.

command → Hall (rights, chat, chain) → Match: drafts → host stores → apply → view
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from parlour.core.authoring.author_errors import Report, Stuck, ignore, overrun
from parlour.core.authoring.game import Game
from parlour.core.authoring.rules import Rules
from parlour.core.authoring.world import DRAWING, PLAYING
from parlour.core.games.delay import delay_of
from parlour.core.games.escrow import Settlement
from parlour.core.games.game_kind import GameKind
from parlour.core.games.game_log import LostTrack
from parlour.core.games.match import Match
from parlour.core.games.referee import ServedGame
from parlour.core.games.seating import repeats_leave
from parlour.core.games.unread import BROKEN, UnreadMatch, incompatible, unread_lobby
from parlour.core.identity.server_roles import SERVER_MODERATOR
from parlour.core.log.formats import FIRST, NEXT
from parlour.core.room import (
    SERVER,
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
    RoomId,
    StopGame,
    Tick,
    Unwatch,
    Watch,
)
from parlour.core.rooms.hall import Hall
from parlour.core.settlement.terms import Terms, table_of
from parlour.errors import Illegal, ParlourError

_RELISTING = Hall.relisting | {
    *("game.seated", "game.left", "game.started", "game.ended", "game.paused", "game.resumed", "game.migrated"),
    "chain.reverted",
}


class GameRoom(GameKind):
    """A reducer for one game class; `GameRoom.of(TicTacToe)` is the class of its rooms.

    Attributes:
        match: the match as today's rules have it; None while they cannot follow the log.
        unread: what is known of it then.
        settlement: the escrow that pays its games out; None where none does.
    """

    def __init__(self, room: RoomId) -> None:
        super().__init__(room)
        self.match: Match | None = None
        self.settlement: Settlement | None = None
        self.unread = UnreadMatch(self.served.game.version)

    @staticmethod
    def of(
        game: type[Game[Any]], guard: AbstractContextManager[None] | None = None, report: Report = ignore
    ) -> type[GameRoom]:
        """Return the room class of a game.

        Args:
            guard: entered around the author's code; may raise `Stuck` in it when it does not come back.
            report: gets what the author's code raised where nobody is refused with it: hooks, views, ticks, bots.

        Raises:
            TypeError: the class cannot be a game; the message says what to change.
        """
        served = ServedGame(game, Rules.of(game), guard or nullcontext(), report)
        relisting = _RELISTING | {"game.action"} if game.fair else _RELISTING  # the last contribution starts it
        facts = {"kind": game.kind, "served": served, "relisting": relisting}
        facts["remembers"] = game.remembers
        facts["shares_view"] = not served.rules.per_viewer
        if not game.tick_rate:
            facts["tick_rate"] = 0
        return type(f"{game.__name__}Room", (GameRoom,), facts)

    def check_watch(self, command: Command) -> None:
        """Check also that what the game watches itself is watched once and never unwatched.

        An owner who plays could else have a stake counted twice.
        """
        super().check_watch(command)
        if self.match is None:
            return
        records, rules, options = self.watches.records, self.served.rules, self.match.referee.options
        if isinstance(command, Unwatch) and (gone := records.get(command.watch)):
            if not rules.fed_by(gone, options) and not (self.settlement and self.settlement.rests_on(gone)):
                return
            raise Illegal("The game needs that watch.", reason="watched")
        if isinstance(command, Watch) and command.watch and command.watch["id"] not in records:
            fed = rules.fed_by(command.watch, options)
            if any(fed & rules.fed_by(record, options) for record in records.values()):
                raise Illegal("The game watches that already.", reason="watched")

    # ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────────

    def handle(self, command: Command) -> Outcome:
        try:
            with self.served.guard:
                return super().handle(command)
        except Stuck as error:
            if self.match is not None:
                self.match.note_overrun(command)
            self.served.report(type(command).__name__, error)
            raise overrun() from None
        except (Exception, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise RuntimeError(f"The game raised {type(error).__name__}.") from error

    def handle_post(self, command: Post) -> Outcome:
        if self.match is None:
            raise incompatible()
        return self.match.post(command)

    def handle_join(self, command: Join) -> Outcome:
        if self.match is None:
            return Outcome()
        if self.access.gated and self.match.would_sit(command):
            self.access.check_gate(command.author, command.rank)
        return self.match.join(command)

    def handle_leave(self, command: Leave) -> Outcome:
        if self.match is None or self.closed:
            return Outcome()
        return self.match.depart(command, command.author, command.reason)

    @property
    def delay(self) -> int:  # type: ignore[override]  # as below
        return delay_of(self.served.rules, self.options)

    def delays(self, viewer: Account | None, rank: int) -> bool:
        return bool(self.delay) and rank < SERVER_MODERATOR and not (viewer and viewer in self.seated())

    def plays(self, account: Account) -> bool:
        if self.match is None or self.closed:
            return False
        world = self.match.log.world
        seat = world.seats.numbers.get(account) if world.status in (DRAWING, PLAYING) else None
        return seat is not None and not world.seats.players[seat].bot

    def check_removal(self, command: Moderate) -> None:
        if command.rank < SERVER_MODERATOR and self.plays(command.account):
            raise Illegal("That account plays in the running match; it can be muted or banned from the chat.",
                          reason="playing")  # fmt: skip

    def handle_removed(self, command: Moderate) -> list[Draft]:
        """End the match without a winner for a server moderator; a room's own ban leaves a running match alone."""
        if self.match is None:
            return []
        if not self.plays(command.account):
            return self.match.depart(command, command.account, "removed", offset=1).entries
        return self.match.stop(command, "removed", offset=1).entries if command.rank >= SERVER_MODERATOR else []

    def check_gate_change(self) -> None:
        if self.unfinished:
            raise Illegal("A gate changes between matches only.", reason="playing")

    def handle_gate_lost(self, command: GateUpdate, account: Account, offset: int) -> list[Draft]:
        """Free the seat of an account that the gate lets in no more, unless it plays: it stays until the end."""
        if self.match is None or self.plays(account):
            return []
        return self.match.depart(command, account, "removed", offset).entries

    def recalls(self, command: Command) -> list[Account]:
        if self.match is None or not self.served.game.remembers or not self.match.may_begin(command):
            return []
        return [*self.match.seated(), *([command.author] if command.author else [])]

    def handle_dropped(self, command: Dropped) -> Outcome:
        return Outcome() if self.match is None or self.closed else self.match.dropped(command)

    def handle_returned(self, command: Returned) -> Outcome:
        return Outcome() if self.match is None else self.match.returned(command)

    def handle_close(self, command: Close) -> list[Draft]:
        if self.match is None:
            return []
        opponents = any(self.plays(account) for account in self.seated() if account != command.author)
        if opponents and command.rank < SERVER_MODERATOR and not self.served.game.late_join:
            raise Illegal("Others play in the running match; close the room when it has ended.", reason="playing")
        return self.match.stop(command, "closed").entries

    def handle_stop(self, command: StopGame) -> Outcome:
        return Outcome() if self.match is None else self.match.stop(command, command.reason)

    def handle_flush(self, command: FlushTicks) -> Outcome:
        return Outcome() if self.match is None else self.match.flush(command)

    def handle_chain(self, command: ChainUpdate, drafts: list[Draft]) -> list[Draft]:
        return drafts if self.match is None else self.match.follow_chain(command, drafts)

    def handle_deadline(self, command: DeadlinePassed) -> Outcome:
        if self.match is None:
            return self.unread.migrated(self.served, self.options)
        closes_at = self.match.closes_at
        if closes_at is not None and command.at >= closes_at:
            return Outcome([Draft("room.closed", {"by": SERVER, "reason": "missed"})])
        return self.match.clockwork.wake(command)

    def handle_resumed(self, command: Resumed) -> Outcome:
        if self.match is None:
            return self.unread.migrated(self.served, self.options)
        return self.match.clockwork.resume(command)

    def handle_tick(self, command: Tick) -> Outcome:
        return Outcome() if self.match is None else self.match.clockwork.tick(command)

    def repeats(self, command: Command, entry: Entry) -> bool:
        if isinstance(command, Leave):
            return repeats_leave(command, entry)
        return super().repeats(command, entry)

    # ── the fold ─────────────────────────────────────────────────────────────────────────────────────────────────

    def options_known(self, entry: Entry | None) -> None:
        """Begin the match if the room was created under today's rules."""
        if entry is not None and entry.type == "room.created" and isinstance(entry.body, dict):
            if (terms := entry.body.get("settle")) is not None:
                self.settlement = Settlement(Terms.of_json(terms), table_of(entry.room, entry.epoch))
            self._open(UnreadMatch(entry.body.get("version", 1)), entry.body.get("match"))

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        world, missed = state["world"], state.get("missed", False)
        if (kept := state.get("settlement")) is not None:
            self.settlement = Settlement.of_json(kept)
        self._open(UnreadMatch(state["version"], world, state["over"], missed or world is None))

    def _open(self, stored: UnreadMatch, made: dict[str, Any] | None = None) -> None:
        """Continue a stored match, if today's rules are those it was played with."""
        self.match, self.unread = None, stored
        if stored.version == self.served.game.version and not stored.missed:
            try:
                self.match = Match(self.served, self.options, stored.world, self.settlement, made)
            except (ParlourError, ValueError):  # the State or the Options changed, and the version did not
                return

    def apply_kind(self, entry: Entry) -> None:
        if not isinstance(entry.body, dict):
            return
        if entry.type == "game.migrated" and (self.match is None or entry.body["to"] != self.served.game.version):
            self._open(UnreadMatch(entry.body["to"], over=self.match is None and self.unread.over))
        if self.match is None:
            self.unread.apply(entry)
            return
        try:
            if entry.type.startswith(("game.", "chain.")):
                self.match.log.apply(entry)
        except LostTrack as lost:
            self._lose_track(lost)

    def applying(self, entry: Entry) -> Iterator[None]:
        if entry.type != "game.tick" or self.match is None or not isinstance(entry.body, dict):
            yield from super().applying(entry)
            return
        try:
            yield from self.match.log.apply_ticks(entry)
        except LostTrack as lost:
            self._lose_track(lost)

    def _lose_track(self, lost: LostTrack) -> None:
        self.served.report("replay", lost.__cause__ or lost)
        self.match, self.unread = None, UnreadMatch(BROKEN)

    def refuses(self, entry: Entry) -> str | None:
        if self.match is None or not entry.type.startswith("game.") or not isinstance(entry.body, dict):
            return None
        return self.match.log.refuses(entry)

    def snapshot(self) -> dict[str, Any]:
        settled = {} if self.settlement is None else {"settlement": self.settlement.to_json()}
        return {**super().snapshot(), **settled, **(self.unread if self.match is None else self.match).snapshot()}

    # ── what others see ──────────────────────────────────────────────────────────────────────────────────────────

    @property
    def unreadable(self) -> bool:  # type: ignore[override]  # a fact of the log, not of the class
        return self.match is None

    @property
    def snapshot_format(self) -> int:  # type: ignore[override]  # as above
        return NEXT if self.match is not None and self.match.log.world.is_newer else FIRST

    @property
    def unfinished(self) -> bool:  # type: ignore[override]  # as above
        return self.match is not None and self.match.log.world.status in (DRAWING, PLAYING)

    @property
    def settled(self) -> bool:  # type: ignore[override]  # as above
        return self.match is None or not self.match.log.world.unsettled

    @property
    def tick_rate(self) -> int:  # type: ignore[override]  # as above
        if self.match is None or self.closed or self.frozen_at is not None:
            return 0
        return self.match.clockwork.tick_rate

    def deadline(self) -> int | None:
        if self.closed:
            return None
        if self.match is None:
            return self.created_at if self.unread.may_migrate(self.served) else None
        return self.match.clockwork.deadline()

    def seated(self) -> list[Account]:
        return [] if self.match is None else self.match.seated()

    def lobby(self) -> dict[str, Any]:
        return unread_lobby(self.served.rules.most) if self.match is None else self.match.lobby()

    def hides(self, entry: Entry, viewer: Account | None) -> bool:
        return (self.unread if self.match is None else self.match).hides(entry, viewer)

    def may_hide(self, entry: Entry) -> bool:
        """Return whether a spectator gets it redacted: what a spectator may read, everybody may."""
        if self.match is None or entry.type == "game.tick":
            return self.hides(entry, None)
        world = self.match.log.world
        return entry.seq in world.secret or entry.seq in world.hidden

    def view(self, viewer: Account | None) -> Any:
        if self.match is None:
            return {"status": "incompatible", "version": self.unread.version}
        return self.match.view(viewer)

    def view_key(self, viewer: Account | None) -> Hashable:
        return None if self.match is None else self.match.view_key(viewer)

    @property
    def view_version(self) -> object | None:
        if self.match is None:
            return self.unread
        # The live world of a ticking game changes in place.
        return None if self.served.game.tick_rate else self.match.log.world
