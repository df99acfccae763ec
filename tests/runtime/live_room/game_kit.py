"""Games in live rooms, for the tests of this folder."""

from __future__ import annotations

from typing import Annotated, Any

from parlour import Between, ChainLog, Game, Player, Reject, State, action, on_chain
from parlour.core import room as commands
from parlour.core.games.room import GameRoom
from parlour.core.room import Draft
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


class Purse(State):
    coins: int = 0


class Bank(Game[Purse]):
    """Coins come from the chain; spending more than there is is refused."""

    seats = 1

    @on_chain("Paid(uint256 amount)", finality="included")
    def paid(self, log: ChainLog) -> None:
        self.state.coins += log.args["amount"]

    @action
    def spend(self, player: Player, n: Annotated[int, Between(1, 100)]) -> None:
        if n > self.state.coins:
            raise Reject("too_poor")
        self.state.coins -= n


KINDS = {game.kind: GameRoom.of(game) for game in (TicTacToe, Battleship, Arena, Adder, Bank)}


async def table(kind: str, *accounts: str, **settings: Any) -> tuple[Process, list[FakeConnection]]:
    process = Process(kinds=KINDS, limits=limits(return_seconds=5, **settings))
    await process.create(kind=kind)
    return process, [await process.connected(account) for account in accounts]


def act(author: str, name: str, id_: str = "", **args: Any) -> commands.Post:
    post = message(author, "", id_, "game.action")
    post.body = {"action": name, "args": args}
    return post


WATCH = {"id": "w", "chain": 1, "event": "Paid(uint256 amount)", "finality": "included", "confirm": [], "from": {}}


def paid(number: int, amount: int) -> Draft:
    block = {"number": number, "hash": f"0x{number:064x}", "time": 0}
    body = {
        "watch": "w",
        "chain": 1,
        "address": "0x" + "5" * 40,
        "event": "Paid(uint256)",
        "args": {"amount": str(amount)},
    }
    more = {"block": block, "tx": "0x1", "logIndex": 0, "status": "included"}
    return Draft("chain.event", {**body, **more}, source=f"chain:1:0:{number}:0:apply:w")


def undone(*sources: str | None, number: int) -> Draft:
    """Return what a reorganisation tells of the events of these sources."""
    body = {"of": list(sources), "block": {"number": number, "hash": "0x"}, "void": []}
    return Draft("chain.reverted", body, source=f"chain:1:{number}:1:0:revert:w")
