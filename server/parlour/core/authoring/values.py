"""The values that an author's code meets: who plays, a chess clock, a contract's event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parlour.core.room import Account


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody at the table. Two Players are equal when they are the same seat of the same account.

    Attributes:
        seat: 0, 1, 2 …
        account: the account, or `bot:<seat>`.
        bot: is played by the game's own `bot`.
        away: has no connection at the moment (see `on_drop`).
    """

    seat: int
    account: Account
    bot: bool = False
    away: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """A chess clock: each player's own budget, running in that player's turns.

    Attributes:
        seconds: at the start.
        increment: seconds won back by each own move (Fischer).
    """

    seconds: float
    increment: float = 0.0


@dataclass(frozen=True, slots=True)
class ChainLog:
    """A contract's event, as `@on_chain` hooks get it.

    Attributes:
        chain: the chain's id.
        address: of the contract, EIP-55.
        event: its name.
        args: by name; `(u)int…` as int, addresses EIP-55, bytes as `0x` hex.
        block: number of the block.
        tx: hash of the transaction, `0x` hex.
        log_index: place in the block.
        status: included, safe or finalized: what is known now.
    """

    chain: int
    address: str
    event: str
    args: Mapping[str, Any]
    block: int
    tx: str
    log_index: int
    status: str
