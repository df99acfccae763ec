"""Bodies of the entries of a line (protocol §15)."""

from __future__ import annotations

from typing import Literal

from parlour.protocol.values import Account, Hash, Hex, JsonObject, Maybe, Millis, RoomId, Seq, Shape


class Seated(Shape):
    """Who gets which seat."""

    account: Account
    seat: int
    rating: Maybe[int] = None


class MatchFacts(Shape):
    """In the first entry of a table's room: which line made it, and for whom."""

    queue: RoomId
    players: list[Seated]
    confirm_by: Millis


class SoughtWindow(Shape):
    """How far from their rating the others may be."""

    within: int
    widen_per_second: int
    most: int


class SoughtBots(Shape):
    """After how long bots may fill the table."""

    after: Millis


class MatchSought(Shape):
    """A ticket came into the line."""

    ticket: str
    accounts: list[Account]
    options: JsonObject
    rating: SoughtWindow
    ratings: Maybe[dict[str, int]] = None
    want: Maybe[JsonObject] = None
    bots: Maybe[SoughtBots] = None
    party: Maybe[RoomId] = None


class MatchWithdrawn(Shape):
    """A ticket left the line."""

    ticket: str
    reason: Literal["cancelled", "gone", "banned"]


class MatchMade(Shape):
    """Tickets became a table."""

    room: RoomId
    tickets: list[str]
    options: JsonObject
    players: list[Seated]
    confirm_by: Millis


class MatchMissed(Shape):
    """A table was closed before it began; tickets without an absent account wait again, first."""

    room: RoomId
    absent: list[Account]


class MatchEnded(Shape):
    """A table's match is over, by that entry of its room; without one it was never played to its end."""

    room: RoomId
    seq: Maybe[Seq] = None
    resting: Maybe[Literal[True]] = None
    """The end rests on events of a chain: a reorganisation that undoes it leads to another `match.ended`."""


class BoardCounted(Shape):
    """The end of a match counts: teams and the rank of each (0 is the best), or what players scored."""

    room: RoomId
    seq: Seq
    teams: Maybe[list[list[Account]]] = None
    ranks: Maybe[list[int]] = None
    weight: Maybe[float] = None
    """How much it counts, where the same two have played more than five times that day."""
    scores: Maybe[dict[str, int]] = None


class BoardSeason(Shape):
    """A season ended: the Merkle root of its first 1000 rows, signed by the referee's key as EIP-712 `BoardSeason`."""

    season: str
    starts: Millis
    ends: Millis
    players: int
    root: Hash
    typed_data: JsonObject
    by: Maybe[Account] = None
    sig: Maybe[Hex] = None
    unsigned: Maybe[Literal["no_referee_key"]] = None


class PartyJoined(Shape):
    """An account came into the party."""

    account: Account


class PartyLeft(Shape):
    """An account left the party."""

    account: Account


class PartyReadiness(Shape):
    """Its author is ready to play, or is not any more."""

    on: bool


BODIES: dict[str, type[Shape]] = {
    "match.sought": MatchSought,
    "match.withdrawn": MatchWithdrawn,
    "match.made": MatchMade,
    "match.missed": MatchMissed,
    "match.ended": MatchEnded,
    "board.counted": BoardCounted,
    "board.season": BoardSeason,
    "party.joined": PartyJoined,
    "party.left": PartyLeft,
    "party.ready": PartyReadiness,
}
