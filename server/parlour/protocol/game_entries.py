"""Bodies of entries of games (protocol §5 and §10)."""

from __future__ import annotations

from typing import Literal

from parlour.protocol.values import Account, Hash, Hex, JsonObject, Maybe, Millis, RoomId, Seq, Shape


class GameAction(Shape):
    """What a player did; a bot's has its seat and no author."""

    action: str
    args: Maybe[JsonObject] = None
    seat: Maybe[int] = None
    failed: Maybe[str] = None


class OfSeat(Shape):
    """Something that concerns one seat."""

    seat: int
    failed: Maybe[str] = None
    """The hook that did not come back, so that no replay runs it."""


class GameSeated(OfSeat):
    """An account, or a bot, sat down."""

    account: Account
    bot: Maybe[bool] = None
    loaded: Maybe[JsonObject] = None
    """What earlier matches left of the account, where it sits down in a game that is on."""


class GameSeed(Shape):
    """The seed of a round: 32 bytes as hex without `0x`, readable by nobody before its end."""

    seed: str


class GameStarted(Shape):
    """A round began; the commitment is the SHA-256 of its seed, the stakes are wei by seat."""

    round: int
    first: int
    commitment: str
    version: int
    stakes: Maybe[list[str]] = None
    loaded: Maybe[dict[str, JsonObject]] = None
    """What earlier matches left of the players, by account."""
    failed: Maybe[str] = None


class GameInput(Shape):
    """One input of a ticking game."""

    tick: int
    seat: int
    action: str
    args: Maybe[JsonObject] = None
    id: Maybe[str] = None
    signed: Maybe[JsonObject] = None


class GameTick(Shape):
    """Ticks of a ticking game with the inputs played in them; no `entry` event."""

    from_: int
    to: int
    inputs: list[GameInput]
    failed: Maybe[str] = None


class GameDropped(OfSeat):
    """A player's last connection vanished; they may come back."""


class GameReturned(OfSeat):
    """A player who had dropped is back."""


class GameLeft(OfSeat):
    """A player left for good."""

    reason: str


class GamePaused(OfSeat):
    """A player paused the game; with `reason: "stake"` the chain undid that seat's stake."""

    reason: Maybe[Literal["stake"]] = None


class GameResumed(Shape):
    """Deadlines moved by this; without a seat the server had stood still."""

    paused_ms: Millis
    seat: Maybe[int] = None
    failed: Maybe[str] = None


class GameTimeout(Shape):
    """Time ran out for a seat, for the game's own timer (null), or for those missing a contribution."""

    seat: int | None = None
    missing: Maybe[list[int]] = None
    failed: Maybe[str] = None


class SignedHead(Shape):
    """The server's word for a room's position: EIP-191 over the JCS of the first four keys."""

    room: RoomId
    epoch: str
    seq: Seq
    hash: Hash
    by: str
    sig: Hex


class Settlement(Shape):
    """The result of a settled game: EIP-712 `GameResult`, and the referee's signature or why there is none."""

    typed_data: JsonObject
    referee: Account
    """Whose signature the escrow takes; the zero address where the players alone sign."""
    sig: Maybe[Hex] = None
    unsettled: Maybe[Literal["no_referee_key", "other_referee_key"]] = None


class GameEnded(Shape):
    """How the game ended; `provisional` while a chain event it rests on is not final."""

    result: JsonObject
    seed: str
    provisional: Maybe[Literal[True]] = None
    signed: Maybe[SignedHead] = None
    places: Maybe[list[list[int]]] = None
    """Seats, the best first, of a match that matchmaking made; seats in one list share a place."""
    settlement: Maybe[Settlement] = None
    stored: Maybe[dict[str, JsonObject]] = None
    """What the match leaves of players for later ones of its kind, by account."""
    failed: Maybe[str] = None


class GameFunded(Shape):
    """A player's stake is in the escrow, by this transaction, as sure as the game asks for."""

    seat: int
    chain: int
    tx: Hash
    failed: Maybe[str] = None


class GameSettled(Shape):
    """The escrow credited a round's result by this transaction; a second time once that is final."""

    round: int
    chain: int
    tx: Hash
    status: Literal["included", "finalized"]
    failed: Maybe[str] = None


class GameMigrated(Shape):
    """A running match was carried over to a newer version of its game; readable by nobody before the end."""

    from_: int
    to: int
    world: str


BODIES: dict[str, type[Shape]] = {
    "game.action": GameAction,
    "game.seated": GameSeated,
    "game.seed": GameSeed,
    "game.started": GameStarted,
    "game.tick": GameTick,
    "game.dropped": GameDropped,
    "game.returned": GameReturned,
    "game.left": GameLeft,
    "game.paused": GamePaused,
    "game.resumed": GameResumed,
    "game.timeout": GameTimeout,
    "game.ended": GameEnded,
    "game.funded": GameFunded,
    "game.settled": GameSettled,
    "game.migrated": GameMigrated,
}
