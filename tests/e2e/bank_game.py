"""A game that reads one event of one contract three times, each time surer of it."""

from __future__ import annotations

from parlour import Address, ChainLog, Game, Options, Player, Reject, State, action, on_chain

EVENT = "Ping(address indexed who, uint256 value)"


class Contract(Options):
    chain: int
    address: Address


class Table(Options):
    bank: Contract | None = None


class Books(State):
    included: list[int] = []
    safe: list[int] = []
    finalized: list[int] = []
    spent: int = 0


class Bank(Game[Books]):
    """Who has been paid may spend."""

    seats = 1
    options: Table

    @on_chain(EVENT, finality="included", contract="bank")
    def seen(self, log: ChainLog) -> None:
        self.state.included.append(log.args["value"])

    @on_chain(EVENT, finality="safe", contract="bank")
    def sure(self, log: ChainLog) -> None:
        self.state.safe.append(log.args["value"])

    @on_chain(EVENT, finality="finalized", contract="bank")
    def settled(self, log: ChainLog) -> None:
        self.state.finalized.append(log.args["value"])

    @action
    def spend(self, player: Player, amount: int) -> None:
        if self.state.spent + amount > sum(self.state.included):
            raise Reject("not_paid")
        self.state.spent += amount
