"""Games in live rooms, for the tests of this folder."""

from __future__ import annotations

from typing import Annotated, Any

from parlour import Between, Game, Player, State, action
from parlour.core import room as commands
from parlour.core.games.room import GameRoom
from parlour.games.arena import Arena
from parlour.games.battleship import Battleship
from parlour.games.tic_tac_toe import TicTacToe
from parlour.testing.fakes import FakeClock, FakeConnection
from tests.runtime.kit import Process, limits, message

FLEET = [{"cell": 20 * n, "length": length} for n, length in enumerate((2, 3, 3, 4, 5))]


SECRET = {"action": "place_fleet", "args": {"ships": FLEET}}


class Sum(State):
    total: int = 0
    ticks: int = 0


class Adder(Game[Sum]):
    """A ticking game that adds; it costs what the test says."""

    seats = (1, 8)
    late_join = True
    tick_rate = 20
    drop_seconds = None
    clock_to_spend: FakeClock | None = None
    cost = 0.0

    @action
    def add(self, player: Player, n: Annotated[int, Between(1, 100)]) -> None:
        self.state.total += n

    def tick(self, dt: float) -> None:
        self.state.ticks += 1
        if Adder.clock_to_spend is not None:
            Adder.clock_to_spend.spend(Adder.cost)


KINDS = {game.kind: GameRoom.of(game) for game in (TicTacToe, Battleship, Arena, Adder)}


async def table(kind: str, *accounts: str, **settings: Any) -> tuple[Process, list[FakeConnection]]:
    process = Process(kinds=KINDS, limits=limits(return_seconds=5, **settings))
    await process.create(kind=kind)
    return process, [await process.connected(account) for account in accounts]


def act(author: str, name: str, id_: str = "", **args: Any) -> commands.Post:
    post = message(author, "", id_, "game.action")
    post.body = {"action": name, "args": args}
    return post
