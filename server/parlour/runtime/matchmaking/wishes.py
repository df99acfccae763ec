"""What a player asks of matchmaking, and what is answered: the seam between requests and the matchmaker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from parlour.core.matchmaking.tickets import DEFAULT, Window
from parlour.core.room import RoomId


@dataclass(frozen=True, slots=True)
class Wish:
    """A `match:find`.

    Attributes:
        kind: of the table.
        id: the request's; the same one again is the same ticket.
        options: of the table; those left out are the kind's defaults.
        want: what the others' options may be.
        bots_after: after how long (ms) bots may fill the table.
        party: the room of a party that plays together.
    """

    kind: str
    id: str
    options: Mapping[str, Any] = field(default_factory=dict)
    want: Mapping[str, Any] = field(default_factory=dict)
    window: Window = DEFAULT
    bots_after: int | None = None
    party: RoomId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchLimits:
    """Settings of the same names (settings/rooms.py).

    Attributes:
        match_seconds: how long players have to take their seats.
        match_away_seconds: how long a ticket outlives its holder's last connection.
    """

    match_seconds: float
    match_away_seconds: float
