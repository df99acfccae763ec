"""Plays a game in a test: no server, no event loop, no database.

    def test_a_taken_cell_is_refused():
        game = play(TicTacToe, "alice", "bob")
        game.alice.place(cell=0)
        assert game.bob.refused("place", cell=0) == "cell_taken"

It is the real thing: the room, its log and its hash chain are those of a server, in memory, with a clock you move.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from parlour.core.authoring.game import Game
from parlour.core.authoring.world import World, clone_json
from parlour.core.games.room import GameRoom
from parlour.core.room import (
    Command,
    DeadlinePassed,
    Dropped,
    Entry,
    Join,
    Leave,
    Outcome,
    Post,
    Resumed,
    Returned,
    Tick,
)
from parlour.errors import ParlourError
from parlour.testing.kept_room import START, KeptRoom

CONFIRM_MS = 20_000
"""How long players of a matched table have to come."""


def play(
    game: type[Game[Any]],
    /,
    *players: str,
    seed: int = 0,
    settle: dict[str, Any] | None = None,
    matched: bool = False,
    remembered: Mapping[str, Mapping[str, Any]] | None = None,
    **options: Any,
) -> Table:
    """Seat these players, in order; with all seats taken the game starts. `game.alice` is a player.

    Args:
        seed: another number, other dice.
        settle: the escrow that pays the game out, as `room:create` takes it.
        matched: whether matchmaking made the table: it is theirs alone, starts with them, and its end has `places`.
        remembered: what earlier matches left of accounts (`self.load`).
        options: the room's options.
    """
    table = Table(game, seed, options, settle=settle, matched=players if matched else ())
    table.remembered |= remembered or {}
    for name in players:
        table.join(name)
    return table


class Seated:
    """A player in a test: every action is a method, `alice.place(cell=0)`."""

    def __init__(self, table: Table, account: str) -> None:
        self._table = table
        self.account = account
        # An action of the game's wins over a method of this class: in Four in a row `alice.drop(column=3)` is a move.
        for action in table.kind.served.rules.actions.keys() & set(dir(Seated)):
            setattr(self, action, self.__getattr__(action))

    def __getattr__(self, action: str) -> Callable[..., Entry]:
        if action.startswith("__"):
            raise AttributeError(action)
        return lambda **args: self._table.post(self.account, action, args)

    def refused(self, action: str, /, **args: Any) -> str:
        """Return the reason of an action's refusal, or its code if it has none; fails if the action is accepted."""
        return self._table.refused(self.account, action, args)

    @property
    def view(self) -> dict[str, Any]:
        """What this player sees."""
        return self._table.view(self.account)

    @property
    def seat(self) -> int | None:
        """The seat this player has; None for a spectator."""
        match = self._table.room.match
        return None if match is None else match.log.present.seat_of(self.account)

    def drop(self) -> None:
        """Lose the connection."""
        self._table.submit(Dropped(author=self.account))

    def come_back(self) -> None:
        """Connect again after `drop`."""
        self._table.submit(Returned(author=self.account))

    def leave(self) -> None:
        """Give up the seat for good."""
        self._table.submit(Leave(author=self.account))

    def sees(self) -> list[Entry]:
        """Return the log as this player may read it: hidden bodies are None."""
        return self._table.log_of(self.account)


class Table(KeptRoom[GameRoom]):
    """A game room in a test, with its log and its clock.

    Attributes:
        errors: what the game's own code raised where nobody is refused with it: in hooks, views, ticks and bots.
        remembered: what matches have left of accounts, for the next one.
    """

    def __init__(
        self,
        game: type[Game[Any]],
        seed: int = 0,
        options: dict[str, Any] | None = None,
        guard: AbstractContextManager[None] | None = None,
        settle: dict[str, Any] | None = None,
        matched: Sequence[str] = (),
    ) -> None:
        self.errors: list[BaseException] = []
        self.remembered: dict[str, Mapping[str, Any]] = {}
        self._ids = 0
        self._ticked_at: int | None = None
        facts = _made_by_matchmaking(game.kind, matched) if matched else {}
        super().__init__(GameRoom.of(game, guard, self._report), options or {}, seed, settle, **facts)

    def _report(self, where: str, error: BaseException) -> None:
        """Store what the game's own code raised, and print it where pytest shows it."""
        self.errors.append(error)
        traceback.print_exception(error)

    def decide(self, command: Command) -> Outcome:
        command.remembered = self.remembered
        outcome = super().decide(command)
        for draft in outcome.entries:
            if draft.type == "game.ended" and isinstance(draft.body, dict) and not draft.body.get("provisional"):
                self.remembered = {**self.remembered, **draft.body.get("stored", {})}
        return outcome

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────────────

    def __getattr__(self, account: str) -> Seated:
        if account.startswith("_"):
            raise AttributeError(account)
        return Seated(self, account)

    def join(self, account: str, as_: str | None = None) -> Seated:
        """Let an account join; `as_="spectator"` takes no seat."""
        self.submit(Join(author=account, as_=as_))
        return Seated(self, account)

    def post(self, account: str, action: str, args: dict[str, Any], id_: str = "") -> Entry:
        """Post a `game.action`; raises what a client would get. Returns the entry that holds it."""
        self._ids += 1
        body = {"action": action, "args": args}
        self.submit(Post(author=account, id=id_ or f"{self._ids}", type="game.action", body=body))
        return next((e for e in reversed(self.log) if e.author == account), self.log[-1])

    def refused(self, account: str, action: str, args: dict[str, Any]) -> str:
        """Return the reason (or the code) of an action's refusal; fails if the action is accepted."""
        before = self.room.snapshot()
        try:
            self.post(account, action, args)
        except ParlourError as error:
            assert self.room.snapshot() == before, "a refused action changed something"
            return error.reason or error.code
        raise AssertionError(f"{account}'s {action} was accepted")

    # ── time ──────────────────────────────────────────────────────────────────────────────────────────────

    def wait(self, seconds: float) -> None:
        """Let time pass: timers run out, ticks are played, bots move."""
        until = self.now + round(seconds * 1000)
        while (due := self._next_due()) is not None and due[0] <= until:
            self.now = max(self.now, due[0])
            if isinstance(due[1], Tick):
                self._ticked_at = due[0]
            self.submit(due[1])
        self.now = until

    def _next_due(self) -> tuple[int, Command] | None:
        deadline = self.room.deadline()
        wakes: list[tuple[int, Command]] = [] if deadline is None else [(deadline, DeadlinePassed())]
        return min([*wakes, *self._tick_due()], key=lambda due: due[0], default=None)

    def _tick_due(self) -> list[tuple[int, Command]]:
        rate = self.room.tick_rate
        if not rate:
            self._ticked_at = None
            return []
        if self._ticked_at is None:
            self._ticked_at = self.now
        return [(self._ticked_at + round(1000 / rate), Tick(dt=1 / rate))]

    def restart(self, downtime: float = 0) -> None:
        """Kill the server and start it again after so many seconds: only the log survives."""
        self.now += round(downtime * 1000)
        paused = self.now - self.log[-1].at
        self._ticked_at = None
        self.room = self.replayed()
        if self.room.deadline() is not None or self.room.tick_rate:
            self.submit(Resumed(paused_ms=paused))

    # ── what one sees ────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _world(self) -> World:
        """The referee's world now, secrets included."""
        assert self.room.match is not None, "the match is incompatible with its rules"
        return self.room.match.log.present

    @property
    def state(self) -> Any:
        """The author's state with all its secrets, as no client ever sees it."""
        return self._world.state

    @property
    def status(self) -> str:
        """The status of the match."""
        return str(self.view()["status"])

    @property
    def result(self) -> dict[str, Any] | None:
        """The result of a finished match."""
        return self._world.result

    @property
    def places(self) -> list[list[int]] | None:
        """The places of a finished match that matchmaking made: seats, the best first."""
        end = next((e.body for e in self.log if e.type == "game.ended" and isinstance(e.body, dict)), {})
        return end.get("places")

    @property
    def types(self) -> list[str]:
        """The types of all entries, in order."""
        return [entry.type for entry in self.log]

    def view(self, account: str | None = None) -> dict[str, Any]:
        """What this account sees; None is a spectator."""
        view: dict[str, Any] = clone_json(self.room.view(account))
        return view


def _made_by_matchmaking(kind: str, accounts: Sequence[str]) -> dict[str, Any]:
    """Return what `room.created` says of a table that is kept for these accounts."""
    players = [{"account": account, "seat": seat} for seat, account in enumerate(accounts)]
    return {"match": {"queue": f"queue:{kind}", "players": players, "confirmBy": START + CONFIRM_MS}}
