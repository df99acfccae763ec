"""Matchmaking: its requests, what they answer, and its events (protocol §15)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from parlour.protocol.replies import Reply
from parlour.protocol.values import (
    Account,
    AccountId,
    Id,
    JsonObject,
    Maybe,
    Millis,
    Part,
    Request,
    RoomId,
    Seq,
    Shape,
    Short,
)

MAX_RATING = 10_000
"""Points: no scale goes further, and a window this wide holds everybody."""
Points = Annotated[int, Field(ge=0, le=MAX_RATING)]
DAY_MS = 24 * 3_600_000


class RatingWindow(Part):
    """How far from one's own rating the others may be."""

    within: Points = 100
    widen_per_second: Points = 10
    most: Points = 600


class BotsAfter(Part):
    """After how long bots may fill the table."""

    after: Annotated[int, Field(ge=0, le=DAY_MS)]


class MatchFind(Request):
    """Look for a table: the same `id` again is the same ticket."""

    kind: Short
    id: Id
    options: JsonObject | None = None
    want: JsonObject | None = None
    """What the others' options may be: a value, a range `[min, max]`, or one of `[values]`."""
    party: RoomId | None = None
    rating: RatingWindow | None = None
    bots: BotsAfter | None = None


class MatchCancel(Request):
    """Stop looking for a table."""

    ticket: Short


class MatchReply(Reply):
    """A place in the line: how many wait with this one, and how long (ms) others waited of late."""

    ticket: str
    waiting: int
    eta: Maybe[Millis] = None
    duplicate: Maybe[Literal[True]] = None


class PartyCreate(Request):
    """Make a party, which its maker leads; others come by `room:invite`."""

    kind: Short
    size: Annotated[int, Field(ge=1, le=100)]
    id: RoomId | None = None


class PartyReady(Request):
    """Say that one is ready to play, or is not."""

    room: RoomId
    on: bool


class MatchStatus(Shape):
    """How a ticket stands; at most every five seconds, when something changed."""

    ticket: str
    waiting: int
    within: int
    """Points to each side in which it looks by now."""
    eta: Maybe[Millis] = None


class MatchedPlayer(Shape):
    """Who sits where at a table that was made."""

    account: Account
    seat: int
    rating: Maybe[int] = None


class MatchFound(Shape):
    """A table was made; `room:join` takes the kept seat."""

    ticket: str
    room: RoomId
    seat: int
    players: list[MatchedPlayer]
    confirm_by: Millis
    """A seat not taken by then ends the table."""


class RatingsOf(Request):
    """Ask what accounts are rated in a kind."""

    kind: Short
    accounts: Annotated[list[AccountId], Field(max_length=100)]


class RatingInfo(Shape):
    """What an account is rated, on the one scale; without a rank it has not played yet."""

    rating: int
    deviation: int
    games: int
    rank: Maybe[int] = None


class RatingsReply(Reply):
    """Ratings by account."""

    ratings: dict[str, RatingInfo]


class BoardRead(Request):
    """Read a page of a board: from the top, from a cursor, or with an account in its middle."""

    board: Short
    around: AccountId | None = None
    cursor: Annotated[str, Field(pattern=r"^[0-9]{1,9}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] | None = None
    season: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    """By the day on which it began; left out, the season that is on."""


class GameRef(Shape):
    """A match, by the room and the seq of its `game.ended`."""

    room: RoomId
    seq: Seq


class BoardRow(Shape):
    """A row of a board."""

    rank: int
    account: Account
    score: int
    games: int
    at: Millis
    """When the score became what it is."""
    of: list[GameRef]
    """Matches that the score comes from, the newest first, five at most; the board's log names them all."""


class BoardReply(Reply):
    """Rows, the best first; without a cursor they are the last."""

    rows: list[BoardRow]
    cursor: str | None
    at: Millis
    """When it was read."""
    season: Maybe[str] = None
    """Of a board with seasons: the one these rows are of, by the day on which it began."""
