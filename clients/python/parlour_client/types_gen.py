# ruff: noqa
"""The wire, version 1, as the server's own registry has it (docs/protocol.md is the prose).

Made by `parlour schema protocol --lang py`; do not edit. `at` and every `…At` are milliseconds since 1970 UTC.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

Hex: TypeAlias = str
JsonObject: TypeAlias = dict[str, Any]


class About(TypedDict):
    """What the server calls itself."""

    name: str
    version: str


Account: TypeAlias = "str"
"""An EIP-55 address, a CAIP-10 id, `app:<key>` for an API key, or "" for the server, the chain and guests."""


class AckEvent(TypedDict):
    """The ack of a request that was sent with a number; only for clients that asked for `frames`."""

    n: int
    """The request's number."""
    answer: JsonObject
    """What its ack callback would get."""


class ActionFacts(TypedDict):
    """What players may do in a game."""

    description: str
    """What the author wrote of it; may be empty."""
    args: JsonObject
    """JSON Schema of what the action takes."""
    hidden: bool
    """Whether others get its entry redacted at first."""
    anytime: bool
    """Whether it may be done out of turn."""


class AppEntry(TypedDict):
    """A DApp's own entry."""

    room: RoomId
    seq: int
    id: str
    type: str
    author: Account
    at: int
    body: JsonObject | Binary | bytes | None
    """A binary body is bytes as an `entry` event, which carries it as an attachment, and `{b64}` elsewhere."""
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class Binary(TypedDict):
    """Bytes inside an array or an HTTP answer."""

    b64: str


class Block(TypedDict):
    """A block with its own time, in seconds."""

    number: int
    hash: Hex
    time: int


class BlockRef(TypedDict):
    """A block of a chain."""

    number: int
    hash: Hex


class ChainConfirmed(TypedDict):
    """Everything up to this block has this status."""

    chain: int
    upTo: BlockRef
    status: Finality
    confirmations: NotRequired[int]


class ChainEvent(TypedDict):
    """An event of a watched contract; an undecodable one has `topics` and `data` instead of `event` and `args`."""

    watch: str
    chain: int
    address: str
    event: NotRequired[str]
    args: NotRequired[JsonObject]
    topics: NotRequired[list[str]]
    data: NotRequired[str]
    block: Block
    tx: Hex
    logIndex: int
    status: Finality
    late: NotRequired[bool]


class ChainFacts(TypedDict):
    """A chain as its follower sees it; more keys may follow."""

    chain: int
    state: str
    reason: str | None
    head: int | None
    processed: int | None
    lagBlocks: int | None
    lagSeconds: float
    endpoints: list[JsonObject]
    outbox: JsonObject


ChainGap = TypedDict(
    "ChainGap",
    {
        "watch": "str",
        "chain": "int",
        "from": "BlockRef",
        "to": "BlockRef",
        "dropped": "int",
        "reason": "str",
    },
)
"""Events that a limit held back, instead of silence."""


class ChainMoved(TypedDict):
    """These events stand in another block now, unchanged."""

    chain: int
    of: list[int]
    block: Block


class ChainReverted(TypedDict):
    """These events never happened, and what rested on them is void; `block` is the last one both branches share."""

    chain: int
    of: list[int]
    block: BlockRef
    void: list[VoidEntry]


class ChainsReply(TypedDict):
    """The chains that this server follows."""

    chains: list[ChainFacts]


class ChatDelete(TypedDict):
    """A message was deleted: its text is gone from the server."""

    of: int
    reason: NotRequired[str]


class ChatEdit(TypedDict):
    """A message's new text."""

    of: int
    text: str


class ChatMessage(TypedDict):
    """A message."""

    text: str
    replyTo: NotRequired[int]
    thread: NotRequired[int]
    mentions: NotRequired[list[Account]]


class ChatPin(TypedDict):
    """A message was pinned, or is no longer."""

    of: int
    on: bool


class ChatReaction(TypedDict):
    """An emoji put on a message, or taken off it."""

    of: int
    emoji: str
    on: bool


class ClockFacts(TypedDict):
    """A chess clock: what each player has for the whole game."""

    seconds: float
    increment: float
    """Seconds won back by each own move."""


class Closing(TypedDict):
    """Why the server is about to close this socket, and whether to come back."""

    reason: Literal['signed_out', 'revoked', 'expired', 'draining', 'slow', 'replaced']
    reconnect: bool
    retryAfter: NotRequired[int]


class ConfigureReply(TypedDict):
    """The room as it is now."""

    ok: Literal[True]
    seq: NotRequired[int]
    """The entry that the first request with this id led to."""
    duplicate: NotRequired[Literal[True]]
    room: NotRequired[RoomInfo]


class ConnectionFacts(TypedDict):
    """A socket."""

    id: str
    account: Account
    transport: str
    remote: str
    rooms: list[RoomId]
    since: int


class CreateReply(TypedDict):
    """The room, new or as its owner made it before."""

    ok: Literal[True]
    room: RoomInfo
    duplicate: NotRequired[Literal[True]]


Delegation = TypedDict(
    "Delegation",
    {
        "account": "Account",
        "sessionKey": "str",
        "message": "str",
        "signature": "str",
        "from": "int",
        "until": "int",
        "revokedAt": "int | None",
        "chain": "NotRequired[int]",
        "blockHash": "NotRequired[Hex]",
    },
)
"""A session key that signed an entry of the log, and the message that delegated to it."""


class DelegationLine(TypedDict):
    """A line of a transcript: a delegation."""

    delegation: Delegation


class Deleted(TypedDict):
    """When a message was deleted."""

    seq: int
    at: int


class DevReply(TypedDict):
    """What there is to play with under `parlour dev`."""

    dev: Literal[True]
    wallets: list[JsonObject]
    chain: JsonObject | None
    stake: JsonObject | None
    rooms: list[RoomId]


class Device(TypedDict):
    """One of an account's sessions."""

    account: Account
    address: str
    chainId: int | str
    method: str
    sessionKey: str | None
    expiresAt: int
    id: str
    current: bool
    device: str
    createdAt: int


class DevicesReply(TypedDict):
    """An account's sessions."""

    sessions: list[Device]


class Done(TypedDict):
    """Carried out; there is nothing more to say."""

    ok: Literal[True]


class Edited(TypedDict):
    """A message's newest text."""

    seq: int
    at: int
    text: str


class EntriesQuery(TypedDict):
    """Which entries; bounds are exclusive."""

    after: NotRequired[int]
    before: NotRequired[int]
    limit: NotRequired[int]
    """At most 1,000."""
    proof: NotRequired[Literal['1', 'true']]
    """Each entry brings its salt, body hash and epoch along."""


class EntryLine(TypedDict):
    """A line of a transcript: an entry with its salt."""

    entry: Entry


class EntryPost(TypedDict):
    """An entry that a DApp's backend writes."""

    id: str
    type: str
    body: JsonObject
    seen: NotRequired[SeenHead]


Epoch = TypedDict(
    "Epoch",
    {
        "epoch": "str",
        "from": "int",
    },
)
"""Where an epoch of a log begins."""


class ErrorBody(TypedDict):
    """Why a request was refused."""

    code: str
    reason: NotRequired[str]
    message: str
    """One sentence for people."""
    retryable: bool
    """Whether the same request may succeed later."""
    retryAfter: NotRequired[int]
    details: NotRequired[JsonObject]


class ErrorReply(TypedDict):
    """Every error of the server, whatever the status."""

    error: ErrorBody


class Figures(TypedDict):
    """Counts of the process."""

    connections: int
    liveRooms: int
    entries: int
    requests: int
    residentBytes: int


Finality: TypeAlias = "Literal['included', 'safe', 'finalized']"


class Floor(TypedDict):
    """Where retention took the start: the first entry there is, and the hash before it."""

    seq: int
    previous: Hex


class FrameEvent(TypedDict):
    """Several events in one packet, in their order; only for clients that asked for `frames`."""

    packets: list[list[Any]]
    """Of each event its name and its object."""


class GameAction(TypedDict):
    """What a player did; a bot's has its seat and no author."""

    action: str
    args: NotRequired[JsonObject]
    seat: NotRequired[int]
    failed: NotRequired[str]


class GameDropped(TypedDict):
    """A player's last connection vanished; they may come back."""

    seat: int
    failed: NotRequired[str]
    """The hook that did not come back, so that no replay runs it."""


class GameEnded(TypedDict):
    """How the game ended; `provisional` while a chain event it rests on is not final."""

    result: JsonObject
    seed: str
    provisional: NotRequired[Literal[True]]
    signed: NotRequired[SignedHead]
    failed: NotRequired[str]


class GameFacts(TypedDict):
    """What lists show of a game: public facts alone."""

    status: Literal['waiting', 'drawing', 'playing', 'paused', 'ended', 'incompatible']
    seats: Seats
    open: bool
    """Whether somebody who joins now plays."""


class GameInput(TypedDict):
    """One input of a ticking game."""

    tick: int
    seat: int
    action: str
    args: NotRequired[JsonObject]
    id: NotRequired[str]
    signed: NotRequired[JsonObject]


class GameLeft(TypedDict):
    """A player left for good."""

    seat: int
    failed: NotRequired[str]
    """The hook that did not come back, so that no replay runs it."""
    reason: str


GameMigrated = TypedDict(
    "GameMigrated",
    {
        "from": "int",
        "to": "int",
        "world": "str",
    },
)
"""A running match was carried over to a newer version of its game; readable by nobody before the end."""


class GamePaused(TypedDict):
    """A player paused the game."""

    seat: int
    failed: NotRequired[str]
    """The hook that did not come back, so that no replay runs it."""


class GameResumed(TypedDict):
    """Deadlines moved by this; without a seat the server had stood still."""

    pausedMs: int
    seat: NotRequired[int]
    failed: NotRequired[str]


class GameReturned(TypedDict):
    """A player who had dropped is back."""

    seat: int
    failed: NotRequired[str]
    """The hook that did not come back, so that no replay runs it."""


class GameSeated(TypedDict):
    """An account, or a bot, sat down."""

    seat: int
    failed: NotRequired[str]
    """The hook that did not come back, so that no replay runs it."""
    account: Account
    bot: NotRequired[bool]


class GameSeed(TypedDict):
    """The seed of a round: 32 bytes as hex without `0x`, readable by nobody before its end."""

    seed: str


class GameStarted(TypedDict):
    """A round began; the commitment is the SHA-256 of its seed, the stakes are wei by seat."""

    round: int
    first: int
    commitment: str
    version: int
    stakes: NotRequired[list[str]]
    failed: NotRequired[str]


GameTick = TypedDict(
    "GameTick",
    {
        "from": "int",
        "to": "int",
        "inputs": "list[GameInput]",
        "failed": "NotRequired[str]",
    },
)
"""Ticks of a ticking game with the inputs played in them; no `entry` event."""


class GameTimeout(TypedDict):
    """Time ran out for a seat, for the game's own timer (null), or for those missing a contribution."""

    seat: NotRequired[int | None]
    missing: NotRequired[list[int]]
    failed: NotRequired[str]


class HealthReply(TypedDict):
    """The process answers."""

    ok: Literal[True]


class HistoryReply(TypedDict):
    """Entries, ascending; `more` where the page ends before the bounds do."""

    entries: list[Entry]
    more: bool
    ok: Literal[True]


class InviteReply(TypedDict):
    """The invitation: a secret that `room:join` takes."""

    ok: Literal[True]
    invite: str
    duplicate: NotRequired[Literal[True]]


class JoinReply(TypedDict):
    """The room and its position: exactly what was missed (`recovered`), or else a snapshot."""

    ok: Literal[True]
    room: RoomInfo
    epoch: str
    head: int
    hash: Hex
    role: Role
    seat: NotRequired[int | None]
    """In games: the seat, or null for whoever watches."""
    read: int
    recovered: bool
    entries: list[Entry]
    state: NotRequired[Any]
    """The computed state, of kinds that have one."""
    presence: PresenceSnapshot


class KindFacts(TypedDict):
    """A kind of rooms: what a page needs to show one. Of games, and of other packages' kinds, it says more."""

    kind: str
    title: str
    """What people call it."""
    options: JsonObject
    """JSON Schema of `room:create`'s options."""
    actions: dict[str, ActionFacts]
    """What players may do besides the actions that every game has (protocol §10)."""
    view: JsonObject | None
    """JSON Schema of its computed state; null where it has none."""
    description: NotRequired[str]
    posts: NotRequired[dict[str, JsonObject]]
    """JSON Schemas of the entry types it takes."""
    version: NotRequired[int]
    seats: NotRequired[SeatRange]
    """Of games alone: how many people play."""
    bots: NotRequired[int]
    """Seats that the game's own bot may take (the option `bots`); 0 for none."""
    turns: NotRequired[bool]
    turnSeconds: NotRequired[float | None]
    """How long a turn may take; null for ever."""
    clock: NotRequired[ClockFacts | None]
    lateJoin: NotRequired[bool]
    """Whether free seats may be taken while the game is on."""
    pausable: NotRequired[bool]
    """Whether players may `pause` and `resume`."""
    fair: NotRequired[bool]
    """Whether players `commit` and `contribute` to chance before the game begins."""
    stake: NotRequired[str | None]
    """The option that gives a table a stake, `{chain, address, amount}`; null for a game without."""
    tickRate: NotRequired[int | None]
    """Ticks a second; null for a game that has none."""


class KindsReply(TypedDict):
    """The kinds that this server has."""

    kinds: list[KindFacts]


class Limits(TypedDict):
    """What one client may do (protocol §2); each is a setting of the server."""

    messageBytes: int
    bodyBytes: int
    postsPerSecond: float
    postsBurst: int
    signalsPerSecond: float
    signalsBurst: int
    roomPostsPerSecond: float
    roomPostsBurst: int
    roomSignalsPerSecond: float
    roomSignalsBurst: int
    joinsPerSecond: float
    joinsBurst: int
    readsPerSecond: float
    readsBurst: int
    searchesPerMinute: int
    changesPerMinute: int
    roomsPerMinute: int
    roomsBurst: int
    invitationsPerHour: int
    unknownRoomsPerMinute: int
    unknownRoomsBurst: int
    outstanding: int
    sendQueueBytes: int
    replayEntries: int
    replayBytes: int
    roomsOwned: int
    signInsPerMinute: int
    signInsBurst: int
    watchesPerRoom: int
    eventsPerSecond: float


class ListReply(TypedDict):
    """One page of rooms; without a cursor it is the last."""

    rooms: list[ListedRoom]
    cursor: str | None
    ok: Literal[True]


class ListedRoom(TypedDict):
    """A room in a list; the counts only in lists of one's own rooms."""

    id: RoomId
    kind: str
    title: str
    visibility: Literal['public', 'private']
    owner: Account
    createdAt: int
    members: int
    signed: bool
    options: JsonObject
    game: NotRequired[GameFacts]
    """Of rooms that play a game."""
    unread: NotRequired[int]
    mentions: NotRequired[int]


class LobbyEvent(TypedDict):
    """What changed in a live list."""

    rooms: list[RoomInfo]
    """New in the list, or changed."""
    gone: list[RoomId]
    """Ids of rooms no longer in it; each was shown to this connection before."""


class MatchCancel(TypedDict):
    """Stop looking for players."""

    ticket: str


class MatchFind(TypedDict):
    """Look for players; this version has no matchmaking and refuses."""

    kind: str
    options: NotRequired[JsonObject | None]


class MatchReply(TypedDict):
    """A place in the line."""

    ok: Literal[True]
    ticket: str


class Member(TypedDict):
    """Somebody who belongs to a room; `name` is the account's verified ENS name."""

    account: Account
    role: Role
    name: NotRequired[str]


class MemberBanned(TypedDict):
    """The account may not come in, for good or until then."""

    account: Account
    by: Account
    reason: NotRequired[str]
    until: NotRequired[int]


class MemberMuted(TypedDict):
    """The account may not write, for good or until then."""

    account: Account
    by: Account
    reason: NotRequired[str]
    until: NotRequired[int]


class MemberRemoved(TypedDict):
    """The account was put out and may come back."""

    account: Account
    by: Account
    reason: NotRequired[str]


MemberRestored = TypedDict(
    "MemberRestored",
    {
        "account": "Account",
        "by": "Account",
        "reason": "NotRequired[str]",
        "from": "Literal['mute', 'ban']",
    },
)
"""A mute or a ban was taken back."""


class MemberRole(TypedDict):
    """The account was given a role."""

    account: Account
    by: Account
    reason: NotRequired[str]
    role: Role


class MembersReply(TypedDict):
    """One page of members; without a cursor it is the last."""

    ok: Literal[True]
    members: list[Member]
    cursor: str | None


class Message(TypedDict):
    """A message as a page shows it."""

    room: RoomId
    seq: int
    id: str
    type: Literal['chat.message']
    author: Account
    at: int
    body: ChatMessage | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]
    reactions: dict[str, list[Account]]
    """Accounts by emoji: the first 100 of each, and the caller's own."""
    reactionCounts: NotRequired[dict[str, int]]
    """How many accounts there are, for an emoji with more than 100."""
    edited: NotRequired[Edited]
    deleted: NotRequired[Deleted]


class MessagesReply(TypedDict):
    """Messages with their edits, deletions and reactions folded in, ascending."""

    ok: Literal[True]
    entries: list[Message]
    more: bool


class ModerateReply(TypedDict):
    """The entry that says what was done."""

    ok: Literal[True]
    seq: int
    duplicate: NotRequired[Literal[True]]
    room: NotRequired[RoomInfo]


class NonceQuery(TypedDict):
    """What a nonce is asked for."""

    sessionKey: NotRequired[Hex]
    """Address of a key that shall sign entries; the statement then names it."""
    room: NotRequired[RoomId]
    """The only room that key may sign in."""


class NonceReply(TypedDict):
    """What goes into a sign-in message (EIP-4361)."""

    nonce: str
    nonceExpiresAt: int
    domain: str
    uri: str
    version: Literal['1']
    statement: str | None
    chainIds: list[int]
    solanaChains: list[str]
    issuedAt: str
    """RFC 3339, as `expirationTime` is."""
    expirationTime: str


Notice = TypedDict(
    "Notice",
    {
        "room": "RoomId",
        "seq": "int",
        "type": "str",
        "from": "Account",
        "invite": "NotRequired[str]",
    },
)
"""Something for an account, on every socket of it: a mention, an invitation, a turn."""


class OverviewReply(TypedDict):
    """What is live right now."""

    server: ServerFacts
    connections: list[ConnectionFacts]
    rooms: list[RoomFacts]
    metrics: Figures


PatchMove = TypedDict(
    "PatchMove",
    {
        "op": "Literal['move', 'copy']",
        "path": "str",
        "from": "str",
    },
)
"""Take a value from elsewhere (RFC 6902)."""


PatchOperation: TypeAlias = "PatchValue | PatchRemove | PatchMove"
"""One step of RFC 6902."""


class PatchRemove(TypedDict):
    """Take a value away (RFC 6902)."""

    op: Literal['remove']
    path: str


class PatchValue(TypedDict):
    """Put a value there (RFC 6902)."""

    op: Literal['add', 'replace', 'test']
    path: str
    value: Any


class Position(TypedDict):
    """Where a client stands in a room's log; the hash finds a log that was replaced."""

    epoch: str
    seq: int
    hash: NotRequired[Hex]


class PostReceipt(TypedDict):
    """Where the entry stands that holds the post."""

    ok: Literal[True]
    seq: int
    at: int
    hash: Hex
    duplicate: NotRequired[Literal[True]]


class PresenceEvent(TypedDict):
    """Who came and left since step `v - 1`; `count` alone in rooms that are too large for names."""

    room: RoomId
    v: int
    joined: NotRequired[list[Account]]
    left: NotRequired[list[Account]]
    count: int


class PresenceReply(TypedDict):
    """Who is in the room now."""

    v: int
    members: NotRequired[list[Account]]
    count: int
    ok: Literal[True]


class PresenceSnapshot(TypedDict):
    """Who is in a room as of step `v`; `members` is left out of rooms that are too large for names."""

    v: int
    members: NotRequired[list[Account]]
    count: int


class ReadEvent(TypedDict):
    """How far an account has read."""

    room: RoomId
    account: Account
    seq: int


class ReadyReply(TypedDict):
    """Whether clients should be sent here; each check is `ok` or says what is wrong."""

    ok: bool
    checks: dict[str, str]


class Refusal(TypedDict):
    """The ack of a request that was refused."""

    ok: Literal[False]
    error: ErrorBody


class Repeatable(TypedDict):
    """The ack of a request whose `id` makes it safe to send again."""

    ok: Literal[True]
    seq: NotRequired[int]
    """The entry that the first request with this id led to."""
    duplicate: NotRequired[Literal[True]]
    room: NotRequired[RoomInfo]


class RevivedReply(TypedDict):
    """How many parked deliveries were given another life."""

    revived: int


class RevokedReply(TypedDict):
    """How many sessions were ended."""

    revoked: int


class RewindRequest(TypedDict):
    """From which block on the endpoint's chain is to be accepted."""

    to: int


Role: TypeAlias = "Literal['owner', 'moderator', 'member', 'muted', 'guest']"


class RoomClose(TypedDict):
    """Close a room for good; its log stays readable."""

    room: RoomId
    reason: NotRequired[str | None]
    id: NotRequired[str | None]


class RoomClosed(TypedDict):
    """The room was closed for good."""

    by: Account
    reason: str | None


class RoomConfigure(TypedDict):
    """Change a room's settings; only the keys that are named."""

    room: RoomId
    title: NotRequired[str | None]
    visibility: NotRequired[Literal['public', 'private'] | None]
    gate: NotRequired[JsonObject | None]
    options: NotRequired[JsonObject | None]
    id: NotRequired[str | None]


class RoomConfigured(TypedDict):
    """Settings that were changed."""

    by: Account
    title: NotRequired[str]
    visibility: NotRequired[Literal['public', 'private']]
    options: NotRequired[JsonObject]


class RoomCreate(TypedDict):
    """Create a room; whoever does owns it, and has not joined it."""

    kind: str
    id: NotRequired[RoomId | None]
    """The room's id; the same owner, id and settings again answer the same room."""
    title: NotRequired[str | None]
    options: NotRequired[JsonObject | None]
    visibility: NotRequired[Literal['public', 'private'] | None]
    gate: NotRequired[JsonObject | None]
    signed: NotRequired[bool | None]


class RoomCreated(TypedDict):
    """The first entry of every room."""

    kind: str
    owner: Account
    title: str
    visibility: Literal['public', 'private']
    options: JsonObject
    signed: bool
    version: NotRequired[int]
    """Of the game, in rooms that play one."""


class RoomEnd(TypedDict):
    """The room was closed, or this account lost its right to it."""

    room: RoomId
    reason: str | None


class RoomFacts(TypedDict):
    """A room as operators see it."""

    id: RoomId
    kind: str
    title: str
    visibility: Literal['public', 'private']
    owner: Account
    createdAt: int
    members: int
    signed: bool
    options: JsonObject
    game: NotRequired[GameFacts]
    """Of rooms that play a game."""
    head: int
    live: bool
    connections: int


class RoomHistory(TypedDict):
    """Read stored entries, ascending between exclusive bounds; the latest page unless `after` stands alone."""

    room: RoomId
    before: NotRequired[int | None]
    after: NotRequired[int | None]
    limit: NotRequired[int | None]
    view: NotRequired[Literal['entries', 'messages'] | None]
    proof: NotRequired[bool | None]
    """Whether each entry brings its salt, body hash and epoch along."""


RoomId: TypeAlias = "str"
"""1–128 of A-Z a-z 0-9 . _ : -, in any case."""


class RoomInfo(TypedDict):
    """A room in acks and lists."""

    id: RoomId
    kind: str
    title: str
    visibility: Literal['public', 'private']
    owner: Account
    createdAt: int
    members: int
    signed: bool
    options: JsonObject
    game: NotRequired[GameFacts]
    """Of rooms that play a game."""


class RoomInvite(TypedDict):
    """Make an invitation; one that names an account is sent to it too."""

    room: RoomId
    account: NotRequired[str | None]
    uses: NotRequired[int | None]
    until: NotRequired[int | None]
    id: NotRequired[str | None]


RoomJoin = TypedDict(
    "RoomJoin",
    {
        "room": "RoomId",
        "since": "NotRequired[Position | None]",
        "limit": "NotRequired[int | None]",
        "invite": "NotRequired[str | None]",
        "as": "NotRequired[Literal['player', 'spectator'] | None]",
        "vector": "NotRequired[bytes | None]",
    },
)
"""Follow a room on this socket, from where the client stands; games seat whoever joins while seats are free."""


class RoomLeave(TypedDict):
    """Stop following a room; a player gives up the seat."""

    room: RoomId
    reason: NotRequired[str | None]
    id: NotRequired[str | None]


class RoomList(TypedDict):
    """List rooms, newest activity first; `live` keeps the list up to date by `lobby` events."""

    kind: NotRequired[str | None]
    query: NotRequired[str | None]
    open: NotRequired[bool | None]
    """Only rooms whose game somebody who joins now plays."""
    mine: NotRequired[bool | None]
    live: NotRequired[bool | None]
    cursor: NotRequired[str | None]
    limit: NotRequired[int | None]


class RoomMembers(TypedDict):
    """List who belongs to a room, the highest roles first."""

    room: RoomId
    cursor: NotRequired[str | None]
    limit: NotRequired[int | None]


class RoomModerate(TypedDict):
    """Mute, kick, ban an account below one's own role, undo that, or give it a role."""

    room: RoomId
    account: str
    action: Literal['mute', 'unmute', 'kick', 'ban', 'unban', 'role']
    role: NotRequired[str | None]
    until: NotRequired[int | None]
    reason: NotRequired[str | None]
    id: NotRequired[str | None]


class RoomPost(TypedDict):
    """Write an entry; the same id and content again answer the first one's place."""

    room: RoomId
    id: str
    type: str
    body: JsonObject | bytes
    sig: NotRequired[str | None]
    salt: NotRequired[Hex | None]
    seen: NotRequired[SeenHead | None]


class RoomPresence(TypedDict):
    """Ask who is in a room now, as after a gap in `presence.v`."""

    room: RoomId


class RoomRead(TypedDict):
    """Move one's reading position forward."""

    room: RoomId
    seq: int


class RoomReply(TypedDict):
    """One room."""

    room: RoomInfo


class RoomSearch(TypedDict):
    """Find messages that hold all words of a query, newest first."""

    room: RoomId
    query: str
    before: NotRequired[int | None]
    """Only messages with a lower seq: that of the last one found asks for the next page; the last page is empty."""
    limit: NotRequired[int | None]


class RoomSignal(TypedDict):
    """Pass news to everybody else in a room that this socket has joined; it is never stored."""

    room: RoomId
    type: str
    body: NotRequired[Any]


class RoomUnwatch(TypedDict):
    """End a watch, by its id."""

    room: RoomId
    watch: str
    id: NotRequired[str | None]


class RoomUnwatched(TypedDict):
    """The watch of that id ended."""

    watch: str
    by: Account


class RoomWatch(TypedDict):
    """Let a room hear of events of a contract."""

    room: RoomId
    watch: WatchRequest
    id: NotRequired[str | None]


class RoomWatched(TypedDict):
    """The room hears of these events from now on."""

    watch: WatchInfo
    by: Account


class RoomsQuery(TypedDict):
    """Which rooms a list shows."""

    kind: NotRequired[str]
    query: NotRequired[str]
    open: NotRequired[Literal['1', 'true']]
    """Only rooms whose game somebody who joins now plays."""
    cursor: NotRequired[str]
    limit: NotRequired[int]
    """At most 200."""


class RpcReply(TypedDict):
    """The node's answer."""

    id: Any
    jsonrpc: NotRequired[str]
    result: NotRequired[Any]
    error: NotRequired[JsonObject]


class RpcRequest(TypedDict):
    """A JSON-RPC call that a wallet makes."""

    method: str
    params: NotRequired[list[Any]]
    id: Any
    jsonrpc: NotRequired[str]


class SearchReply(TypedDict):
    """Messages found, newest first."""

    ok: Literal[True]
    entries: list[Entry]


class SeatRange(TypedDict):
    """How many people a game takes."""

    min: int
    max: int


class Seats(TypedDict):
    """How many seats a game has; those kept for its own bots count as taken."""

    taken: int
    total: int


class Seen(TypedDict):
    """The head of the log that the author of a signed post had seen."""

    seq: int
    hash: Hex


class SeenHead(TypedDict):
    """The head of the log that the author of a signed post had seen."""

    seq: int
    hash: Hex


class Sender(TypedDict):
    """Whose signal it is."""

    account: Account
    connection: str


class ServerFacts(TypedDict):
    """The process."""

    name: str
    version: str
    uptimeMs: int


class Session(TypedDict):
    """A session with its token, which nobody is told again."""

    account: Account
    address: str
    chainId: int | str
    method: str
    sessionKey: str | None
    expiresAt: int
    token: str


class SessionInfo(TypedDict):
    """Who is signed in, and until when."""

    account: Account
    address: str
    chainId: int | str
    method: str
    sessionKey: str | None
    expiresAt: int


Signal = TypedDict(
    "Signal",
    {
        "room": "RoomId",
        "from": "Sender | None",
        "type": "str",
        "body": "Any",
    },
)
"""News that is not stored; null `from`: the room itself."""


class SignedHead(TypedDict):
    """The server's word for a room's position: EIP-191 over the JCS of the first four keys."""

    room: RoomId
    epoch: str
    seq: int
    hash: Hex
    by: str
    sig: Hex


class SignedLine(TypedDict):
    """The last line of a transcript."""

    signed: SignedHead


StateEvent: TypeAlias = "StatePatch | StateWhole"
"""What a room's computed state is now."""


class StatePatch(TypedDict):
    """What changed of a computed state since `base` (RFC 6902)."""

    room: RoomId
    seq: int
    base: int
    patch: list[PatchOperation]


class StateQuery(TypedDict):
    """The state at which entry."""

    at: NotRequired[int]
    """The last entry that is in it; the newest where it is missing."""


class StateReply(TypedDict):
    """A room's state as a spectator saw it once entry `seq` was there."""

    room: RoomId
    seq: int
    at: int | None
    """When the entry was written; null where the entry itself is not kept any more."""
    first: int
    """The earliest entry whose state may be asked for."""
    head: int
    """The newest one."""
    state: JsonObject | None
    """The kind's view (its schema is in `/api/kinds`); null where it has none."""


class StateWhole(TypedDict):
    """A computed state as a whole."""

    room: RoomId
    seq: int
    state: Any


class TranscriptHead(TypedDict):
    """The first line of a transcript."""

    room: RoomId
    epochs: list[Epoch]
    head: int
    protocol: int
    floor: NotRequired[Floor]


class UndoneReply(TypedDict):
    """How many blocks were undone."""

    undone: int


class VerifyRequest(TypedDict):
    """A signed message."""

    message: str
    signature: str


class VersionReply(TypedDict):
    """Which server this is, and which protocol it speaks."""

    name: str
    version: str
    protocol: int


class VoidEntry(TypedDict):
    """An entry that no longer holds, and why."""

    seq: int
    reason: str


WatchInfo = TypedDict(
    "WatchInfo",
    {
        "id": "str",
        "chain": "int",
        "address": "NotRequired[str | list[str]]",
        "event": "str | list[str]",
        "where": "NotRequired[JsonObject]",
        "finality": "Finality | int",
        "confirm": "list[Finality | int]",
        "from": "BlockRef",
    },
)
"""A watch as the room keeps it; events strictly after `from` are delivered."""


class WatchReply(TypedDict):
    """The watch, with the block it begins after."""

    ok: Literal[True]
    seq: NotRequired[int]
    """The entry that the first request with this id led to."""
    duplicate: NotRequired[Literal[True]]
    room: NotRequired[RoomInfo]
    watch: WatchInfo
    warning: NotRequired[Literal['indexed'] | None]
    """`indexed`: the signature names no indexed parameter, as if copied from an explorer."""


class WatchRequest(TypedDict):
    """Which events of which contracts a room wants to hear of; a misspelt key is refused."""

    chain: int
    address: NotRequired[str | list[str]]
    """One contract or up to 32; operators may leave it out."""
    event: str | list[str]
    """A human-readable signature, such as `Transfer(address indexed from, address indexed to, uint256 value)`."""
    where: NotRequired[JsonObject]
    """Values of indexed parameters."""
    finality: NotRequired[Finality | int]
    confirm: NotRequired[list[Finality | int]]
    fromBlock: NotRequired[int]


class Welcome(TypedDict):
    """The first event on every socket."""

    protocol: int
    account: Account
    """Empty for a guest, as `address` is; a guest's `chainId` is null."""
    address: str
    chainId: int | str | None
    connection: str
    """This socket's public id: the one that signals name."""
    time: int
    server: About
    limits: Limits
    features: NotRequired[list[str]]
    """The optional features that the handshake asked for and this server serves."""


class RoomCreatedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['room.created']
    author: Account
    at: int
    body: RoomCreated | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class RoomConfiguredEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['room.configured']
    author: Account
    at: int
    body: RoomConfigured | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class RoomClosedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['room.closed']
    author: Account
    at: int
    body: RoomClosed | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class RoomWatchedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['room.watched']
    author: Account
    at: int
    body: RoomWatched | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class RoomUnwatchedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['room.unwatched']
    author: Account
    at: int
    body: RoomUnwatched | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class MemberRoleEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['member.role']
    author: Account
    at: int
    body: MemberRole | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class MemberMutedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['member.muted']
    author: Account
    at: int
    body: MemberMuted | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class MemberBannedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['member.banned']
    author: Account
    at: int
    body: MemberBanned | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class MemberRemovedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['member.removed']
    author: Account
    at: int
    body: MemberRemoved | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class MemberRestoredEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['member.restored']
    author: Account
    at: int
    body: MemberRestored | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class ChatMessageEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['chat.message']
    author: Account
    at: int
    body: ChatMessage | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class ChatEditEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['chat.edit']
    author: Account
    at: int
    body: ChatEdit | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class ChatDeleteEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['chat.delete']
    author: Account
    at: int
    body: ChatDelete | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class ChatReactionEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['chat.reaction']
    author: Account
    at: int
    body: ChatReaction | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class ChatPinEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['chat.pin']
    author: Account
    at: int
    body: ChatPin | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class GameActionEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['game.action']
    author: Account
    at: int
    body: GameAction | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class GameSeatedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['game.seated']
    author: Account
    at: int
    body: GameSeated | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class GameSeedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['game.seed']
    author: Account
    at: int
    body: GameSeed | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class GameStartedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['game.started']
    author: Account
    at: int
    body: GameStarted | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class GameTickEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['game.tick']
    author: Account
    at: int
    body: GameTick | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class GameDroppedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['game.dropped']
    author: Account
    at: int
    body: GameDropped | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class GameReturnedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['game.returned']
    author: Account
    at: int
    body: GameReturned | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class GameLeftEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['game.left']
    author: Account
    at: int
    body: GameLeft | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class GamePausedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['game.paused']
    author: Account
    at: int
    body: GamePaused | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class GameResumedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['game.resumed']
    author: Account
    at: int
    body: GameResumed | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class GameTimeoutEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['game.timeout']
    author: Account
    at: int
    body: GameTimeout | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class GameEndedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['game.ended']
    author: Account
    at: int
    body: GameEnded | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class GameMigratedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['game.migrated']
    author: Account
    at: int
    body: GameMigrated | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class ChainEventEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['chain.event']
    author: Account
    at: int
    body: ChainEvent | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class ChainMovedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['chain.moved']
    author: Account
    at: int
    body: ChainMoved | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class ChainRevertedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['chain.reverted']
    author: Account
    at: int
    body: ChainReverted | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class ChainConfirmedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['chain.confirmed']
    author: Account
    at: int
    body: ChainConfirmed | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class ChainGapEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['chain.gap']
    author: Account
    at: int
    body: ChainGap | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


KnownEntry: TypeAlias = "RoomCreatedEntry | RoomConfiguredEntry | RoomClosedEntry | RoomWatchedEntry | RoomUnwatchedEntry | MemberRoleEntry | MemberMutedEntry | MemberBannedEntry | MemberRemovedEntry | MemberRestoredEntry | ChatMessageEntry | ChatEditEntry | ChatDeleteEntry | ChatReactionEntry | ChatPinEntry | GameActionEntry | GameSeatedEntry | GameSeedEntry | GameStartedEntry | GameTickEntry | GameDroppedEntry | GameReturnedEntry | GameLeftEntry | GamePausedEntry | GameResumedEntry | GameTimeoutEntry | GameEndedEntry | GameMigratedEntry | ChainEventEntry | ChainMovedEntry | ChainRevertedEntry | ChainConfirmedEntry | ChainGapEntry"
"""An entry of a type that this version knows."""


Entry: TypeAlias = "KnownEntry | AppEntry"
"""One numbered, durable line of a room's log; its type says which body it has. Skip types you do not know."""


Requests = TypedDict(
    "Requests",
    {
        "room:create": "RoomCreate",
        "room:list": "RoomList",
        "room:configure": "RoomConfigure",
        "room:close": "RoomClose",
        "room:join": "RoomJoin",
        "room:leave": "RoomLeave",
        "room:presence": "RoomPresence",
        "room:members": "RoomMembers",
        "room:post": "RoomPost",
        "room:signal": "RoomSignal",
        "room:history": "RoomHistory",
        "room:search": "RoomSearch",
        "room:read": "RoomRead",
        "room:moderate": "RoomModerate",
        "room:invite": "RoomInvite",
        "room:watch": "RoomWatch",
        "room:unwatch": "RoomUnwatch",
        "match:find": "MatchFind",
        "match:cancel": "MatchCancel",
    },
)
"""What each request sends."""


Replies = TypedDict(
    "Replies",
    {
        "room:create": "CreateReply",
        "room:list": "ListReply",
        "room:configure": "ConfigureReply",
        "room:close": "Repeatable",
        "room:join": "JoinReply",
        "room:leave": "Repeatable",
        "room:presence": "PresenceReply",
        "room:members": "MembersReply",
        "room:post": "PostReceipt",
        "room:signal": "Done",
        "room:history": "HistoryReply | MessagesReply",
        "room:search": "SearchReply",
        "room:read": "Done",
        "room:moderate": "ModerateReply",
        "room:invite": "InviteReply",
        "room:watch": "WatchReply",
        "room:unwatch": "Repeatable",
        "match:find": "MatchReply",
        "match:cancel": "Done",
    },
)
"""What each request is answered where it was carried out."""


Events = TypedDict(
    "Events",
    {
        "welcome": "Welcome",
        "entry": "Entry",
        "state": "StateEvent",
        "presence": "PresenceEvent",
        "signal": "Signal",
        "read": "ReadEvent",
        "notice": "Notice",
        "lobby": "LobbyEvent",
        "room:closed": "RoomEnd",
        "room:removed": "RoomEnd",
        "closing": "Closing",
        "frame": "FrameEvent",
        "ack": "AckEvent",
    },
)
"""What each event of the server carries."""
