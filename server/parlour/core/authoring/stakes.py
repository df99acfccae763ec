"""The stakes of a table: what its players put into a contract, and may take back from it.

The contract's events say so, and the room watches both from its creation. A game begins once every player's stake is
in; a player without one makes no moves. Nothing here pays anybody: the money stays in the contract, each player's own.
"""

from __future__ import annotations

from types import UnionType
from typing import Any, Union, get_args, get_origin

from parlour.core.authoring.game import Game
from parlour.core.authoring.values import ChainLog
from parlour.core.authoring.world import World
from parlour.core.room import Account
from parlour.core.rooms.state import Address, Amount, Options

MAX_STRANGERS = 256
"""Accounts without a seat whose stakes are kept; whoever has put in least is left out first."""


class Stake(Options):
    """The contract into which each player puts `amount` wei or more.

    It says `Staked(address indexed player, uint256 amount)` and `Refunded(address indexed player, uint256 amount)`.
    """

    chain: int
    address: Address
    amount: Amount = 1


def holds_stake(options: type[Options], name: str | None) -> bool:
    """Return whether an option of this name is a `Stake`, or may be one."""
    if name is None:
        return False
    kind = options.model_fields[name].annotation
    kinds = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    return any(isinstance(one, type) and issubclass(one, Stake) for one in kinds)


def staked(game: Game[Any], log: ChainLog) -> None:
    """Note what somebody put in, with a seat or before taking one."""
    _note(game._world, log.args["player"], log.args["amount"])


def refunded(game: Game[Any], log: ChainLog) -> None:
    """Note what somebody took back."""
    _note(game._world, log.args["player"], -log.args["amount"])


EVENTS = (
    ("Staked(address indexed player, uint256 amount)", staked),
    ("Refunded(address indexed player, uint256 amount)", refunded),
)
"""What the contract of a `Stake` says, and what it does to a game."""


def stakes(world: World) -> list[int]:
    """Return what stands on the table, by seat; 0 for free seats and bots."""
    return [0 if seat is None else world.stakes.get(address_of(seat.account), 0) for seat in world.seats]


def owing(world: World, amount: int) -> list[int]:
    """Return the seats whose player's stake is not in; a bot owes none."""
    there = stakes(world)
    return [seat for seat in world.seats.playing if there[seat] < amount and not world.seats.players[seat].bot]


def _note(world: World, address: str, change: int) -> None:
    """Change what an address has in the contract; what it put in before the watch began was never counted."""
    kept = dict(world.stakes)
    kept[address] = max(0, kept.get(address, 0) + change)
    if not kept[address]:
        del kept[address]
    seated = {address_of(seat.account) for seat in world.seats if seat is not None}
    strangers = [one for one in kept if one not in seated]
    if len(strangers) > MAX_STRANGERS:
        del kept[min(strangers, key=lambda one: (kept[one], one))]
    world.stakes = kept


def address_of(account: Account) -> str:
    """Return the address of an account, without its chain."""
    return account.rpartition(":")[2]
