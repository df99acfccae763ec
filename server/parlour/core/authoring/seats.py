"""Keeps who sits where in a match."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

from parlour.core.authoring.values import Player
from parlour.core.room import Account


class Seat(NamedTuple):
    """A taken seat.

    Attributes:
        account: the player's account, or `bot:<seat>`.
        bot: played by the game's own `bot`.
        away: since when (ms) the player has no connection, None while connected.
        gone: the player left for good; the name stays for the record.
    """

    account: Account
    bot: bool = False
    away: int | None = None
    gone: bool = False


class Seats(tuple[Seat | None, ...]):
    """The seats by number, None where nobody sits.

    Seats are never changed: who sits down, drops or leaves makes new ones. So all worlds between two such entries share
    them, and what is asked of them at every move is found out once.
    """

    def replaced(self, number: int, seat: Seat | None) -> Seats:
        """Return the seats with another one in this place."""
        return Seats((*self[:number], seat, *self[number + 1 :]))

    @cached_property
    def players(self) -> dict[int, Player]:
        """The player of each taken seat, those who left too."""
        return {n: Player(n, s.account, s.bot, s.away is not None) for n, s in enumerate(self) if s is not None}

    @cached_property
    def playing(self) -> list[int]:
        """The seats whose players are still in the game. Not to be changed."""
        return [n for n, seat in enumerate(self) if seat is not None and not seat.gone]

    @cached_property
    def has_bots(self) -> bool:
        """Whether the game's own bot plays some seat."""
        return any(seat is not None and seat.bot for seat in self)

    @cached_property
    def numbers(self) -> dict[Account, int]:
        """The seat of each account that is still in the game."""
        return {seat.account: n for n, seat in reversed(list(enumerate(self))) if seat is not None and not seat.gone}

    @cached_property
    def accounts(self) -> list[Account | None]:
        """The account of each seat, as views show it. Not to be changed."""
        return [seat and seat.account for seat in self]

    @cached_property
    def absent(self) -> list[int]:
        """The seats whose player dropped or left, as views show it. Not to be changed."""
        return [n for n, seat in enumerate(self) if seat is not None and (seat.gone or seat.away is not None)]

    @cached_property
    def left(self) -> list[int]:
        """The seats whose player left for good, as views show it. Not to be changed."""
        return [n for n, seat in enumerate(self) if seat is not None and seat.gone]

    @cached_property
    def first_away(self) -> int | None:
        """Since when (ms) the player has been away who may still come back, of several the first."""
        return min((s.away for s in self if s is not None and s.away is not None and not s.gone), default=None)

    def after(self, number: int) -> int | None:
        """Return the next seat still in the game, going round; None when nobody is."""
        playing = self.playing
        return playing[bisect_right(playing, number) % len(playing)] if playing else None
