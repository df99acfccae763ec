"""Games small enough to show one thing each."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, NamedTuple

from parlour import Between, ChainLog, Clock, Game, Move, Options, Player, Reject, State, action, on_chain
from parlour.testing import Table

TOKEN = {"chain": 1, "address": "0xToken"}
"""A contract, as an option names it."""


def assert_replays(game: Table) -> None:
    """Check that a fresh fold, and a snapshot anywhere with what came after it, lead to where the game is."""
    now = game.room.snapshot()
    assert game.replayed().snapshot() == now
    for at in range(1, len(game.log)):
        assert game.restored(at).snapshot() == now, at


class Count(State):
    n: int = 0
    names: list[str] = []


class Point(NamedTuple):
    x: int = 1
    y: int = 2


class Side(Enum):
    LEFT = "left"


class Notes(State):
    lines: list[str] = []
    numbers: list[int] = []


class Diary(Game[Notes]):
    """Writes down what happens to it."""

    seats = 2
    turns = True
    turn_seconds = 30
    pausable = True

    def note(self, line: str) -> None:
        self.state.lines.append(line)

    def on_join(self, player: Player) -> None:
        self.note(f"join {player.seat}")

    def on_start(self) -> None:
        self.note("start")

    def on_drop(self, player: Player) -> None:
        self.note(f"drop {player.seat}")

    def on_return(self, player: Player) -> None:
        self.note(f"return {player.seat}")

    def on_leave(self, player: Player) -> None:
        self.note(f"leave {player.seat}")
        super().on_leave(player)

    def on_timeout(self, player: Player | None) -> None:
        self.note(f"timeout {player and player.seat}")

    @action
    def say(self, player: Player, text: str = "hm") -> None:
        self.note(f"{player.seat}: {text}")

    @action
    def roll(self, player: Player) -> None:
        self.state.numbers.append(self.random.between(1, 1000))

    @action
    def again(self, player: Player) -> None:
        self.turn = player

    @action(anytime=True)
    def shout(self, player: Player) -> None:
        self.note(f"{player.seat}!")

    @action(anytime=True)
    def ring_in(self, player: Player, seconds: float) -> None:
        self.timer(seconds)

    @action
    def end(self, player: Player) -> None:
        self.finish(player, score=[1, 2])

    @action
    def break_off(self, player: Player) -> None:
        self.state.lines.append("half done")
        raise Reject("changed_my_mind")

    @action
    def crash(self, player: Player) -> None:
        self.state.lines.append("half done")
        raise ZeroDivisionError

    @action
    def grow(self, player: Player, size: int) -> None:
        self.note("x" * size)


class Slow(Diary):
    """Up to three, and nobody is hurried."""

    seats = (2, 3)
    turns = False
    turn_seconds = None

    def on_leave(self, player: Player) -> None: ...


class Fair(Diary):
    """The same, with everybody's contribution to chance."""

    fair = True


class Blitz(Game[Notes]):
    turns = True
    clock = Clock(seconds=10, increment=2)

    @action
    def move(self, player: Player) -> None: ...


class Hand(State):
    secrets: list[str] = ["", ""]


class Poker(Game[Hand]):
    """Hidden actions and a hidden state."""

    @action(hidden=True)
    def keep(self, player: Player, secret: str) -> None:
        self.state.secrets[player.seat] = secret

    @action
    def show(self, player: Player) -> None:
        self.reveal()

    @action
    def end(self, player: Player) -> None:
        self.finish()

    def view(self, viewer: Player | None) -> dict[str, Any]:
        return {"mine": None if viewer is None else self.state.secrets[viewer.seat]}


class Contract(Options):
    chain: int
    address: str


class Vault(Options):
    token: Contract | None = None
    size: Annotated[int, Between(1, 9)] = 3


class Sums(State):
    total: int = 0
    rumours: int = 0
    statuses: list[str] = []


class Bank(Game[Sums]):
    options: Vault

    @on_chain("Paid(address indexed who, uint256 amount)", finality="included")
    def heard(self, log: ChainLog) -> None:
        self.state.rumours += 1

    @on_chain("Paid(address indexed who, uint256 amount)", finality="safe", contract="token")
    def paid(self, log: ChainLog) -> None:
        self.state.total += log.args["amount"]
        self.state.statuses.append(log.status)
        if self.state.total >= 100:
            self.finish(self.player_of(log.args["who"]))


class Course(State):
    at: dict[int, int] = {}
    dice: list[int] = []


class Race(Game[Course]):
    """Ten ticks a second; whoever gets to the goal first wins."""

    seats = (1, 4)
    late_join = True
    tick_rate = 10

    def on_join(self, player: Player) -> None:
        self.state.at[player.seat] = 0

    @action
    def run(self, player: Player, by: Annotated[int, Between(1, 5)]) -> None:
        self.state.at[player.seat] += by
        self.state.dice.append(self.random.below(1000))

    @action
    def trip(self, player: Player) -> None:
        raise Reject("ouch")

    @action
    def poison(self, player: Player) -> None:
        self.state.at[player.seat] = -100

    @action
    def ring_in(self, player: Player, seconds: float) -> None:
        self.timer(seconds)

    def on_timeout(self, player: Player | None) -> None:
        self.state.dice.append(-1)

    def tick(self, dt: float) -> None:
        for seat, place in self.state.at.items():
            if place < 0:
                raise ValueError("nobody runs backwards")
            if place >= 20:
                self.finish(next(p for p in self.players if p.seat == seat))

    def bot(self, view: dict[str, Any]) -> Move:
        return "run", {"by": 1}
