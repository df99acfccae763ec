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


class AccountBlock(TypedDict):
    """Block an account, or no longer; nobody else is told."""

    account: str
    on: bool


class AccountBlocks(TypedDict):
    """List whom one blocks."""



class AccountProfile(TypedDict):
    """Change one's profile: the keys that are named; an empty one is taken off."""

    name: NotRequired[str | None]
    avatar: NotRequired[str | None]
    """The hash of a picture."""
    bio: NotRequired[str | None]
    bot: NotRequired[bool | None]
    """Whether a program acts for this account."""


class AccountProfiles(TypedDict):
    """Read profiles."""

    accounts: list[str]


class AccountPush(TypedDict):
    """Be pushed to in this browser, or no longer."""

    subscription: PushTarget
    on: NotRequired[bool]


class AccountStatus(TypedDict):
    """Say how one is, to the people of the rooms one is in."""

    status: Literal['active', 'idle', 'busy']
    text: NotRequired[str | None]
    until: NotRequired[int | None]
    """When (ms) one is active again."""


class AckEvent(TypedDict):
    """The ack of a request that was sent with a number; only for clients that asked for `frames`."""

    n: int
    """The request's number."""
    answer: JsonObject
    """What its ack callback would get."""


class ActReply(TypedDict):
    """The first entry that an act led to."""

    seq: int


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


class AddressCard(TypedDict):
    """An account or a contract that a message is about."""

    chain: int
    address: Hex


class AdminMember(TypedDict):
    """Somebody who belongs to a room, has a role in it or is banned from it."""

    account: Account
    role: str | None
    """Given to them; null for none."""
    joinedAt: int | None
    read: int
    bannedUntil: NotRequired[int]


class AdminMessage(TypedDict):
    """A message that was found."""

    room: RoomId
    entry: Entry


class AdminMessagesReply(TypedDict):
    """Messages that hold all words, newest first; without a cursor it is the last page."""

    found: list[AdminMessage]
    cursor: str | None


class AdminRoom(TypedDict):
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
    rules: NotRequired[RoomRules]
    game: NotRequired[GameFacts]
    """Of rooms that play a game."""
    gate: NotRequired[bool | JsonObject]
    """Of rooms with a gate: its tree in a join and in `GET /api/rooms/<id>`, true in lists."""
    frozen: NotRequired[Literal[True]]
    """Of rooms that stand still: an operator froze them."""
    featured: NotRequired[Literal[True]]
    """Of rooms that the server's operators recommend."""
    state: Literal['open', 'closed', 'frozen']
    head: int
    updatedAt: int
    live: bool
    """Whether a process hosts it now."""
    connections: int


class AdminRoomReply(TypedDict):
    """One room: its facts, the first 200 people, what it watches, who hosts it."""

    room: AdminRoom
    floor: int
    format: int
    epoch: str
    members: list[AdminMember]
    watches: list[JsonObject]
    lease: RoomLease


class AdminRoomsQuery(TypedDict):
    """Which rooms, in which order."""

    query: NotRequired[str]
    """Words of ids and titles."""
    kind: NotRequired[str]
    state: NotRequired[Literal['open', 'closed', 'frozen']]
    sort: NotRequired[Literal['updated', 'created', 'members', 'entries']]
    """The highest first; `updated` where it is missing."""
    cursor: NotRequired[str]


class AdminRoomsReply(TypedDict):
    """One page of rooms; without a cursor it is the last."""

    rooms: list[AdminRoom]
    cursor: str | None


AdminStateQuery = TypedDict(
    "AdminStateQuery",
    {
        "at": "NotRequired[int]",
        "as": "NotRequired[str]",
    },
)
"""Which state of a room."""


class AdminStateReply(TypedDict):
    """What an account saw once entry `seq` was there; of a room without a view, what its log said of it."""

    room: RoomId
    seq: int
    at: int | None
    first: int
    head: int
    state: Any


Anchor = TypedDict(
    "Anchor",
    {
        "root": "str",
        "from": "Hex",
        "to": "Hex",
    },
)
"""A place in a document: Yjs relative positions, which the server does not read."""


class AnnounceRequest(TypedDict):
    """What everybody in a room shall read."""

    reason: str
    id: str
    """Makes a retry safe: the same id answers the same."""
    text: str


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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class AppMessage(TypedDict):
    """A DApp's own entry where it stands among messages: it began a thread, or it is pinned."""

    room: RoomId
    seq: int
    id: str
    type: str
    author: Account
    at: int
    body: JsonObject | Binary | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]
    reactions: dict[str, list[Account]]
    """Accounts by emoji: the first 100 of each, and the caller's own."""
    replies: NotRequired[ThreadSummary]
    """Of a message with a thread."""
    reactionCounts: NotRequired[dict[str, int]]
    """How many accounts there are, for an emoji with more than 100."""
    edited: NotRequired[Edited]
    deleted: NotRequired[Deleted]
    pinned: NotRequired[Literal[True]]
    resolved: NotRequired[Resolved]
    """Of a comment that was dealt with."""
    held: NotRequired[Literal[True]]
    """It waits for a moderator; only its author and moderators get its body."""


class AvatarReply(TypedDict):
    """The avatar, as it is kept: `hash` is what `account:profile` takes."""

    hash: Hex
    file: FileInfo


class BalanceOf(TypedDict):
    """Whose balance: of a token (ERC-20, ERC-721), or of the chain's coin."""

    account: str
    token: NotRequired[str]


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


class BlocksReply(TypedDict):
    """Whom one blocks."""

    ok: Literal[True]
    accounts: list[Account]


class BoardCounted(TypedDict):
    """The end of a match counts: teams and the rank of each (0 is the best), or what players scored."""

    room: RoomId
    seq: int
    teams: NotRequired[list[list[Account]]]
    ranks: NotRequired[list[int]]
    weight: NotRequired[float]
    """How much it counts, where the same two have played more than five times that day."""
    scores: NotRequired[dict[str, int]]


class BoardRead(TypedDict):
    """Read a page of a board: from the top, from a cursor, or with an account in its middle."""

    board: str
    around: NotRequired[str | None]
    cursor: NotRequired[str | None]
    limit: NotRequired[int | None]
    season: NotRequired[str | None]
    """By the day on which it began; left out, the season that is on."""


class BoardReply(TypedDict):
    """Rows, the best first; without a cursor they are the last."""

    ok: Literal[True]
    rows: list[BoardRow]
    cursor: str | None
    at: int
    """When it was read."""
    season: NotRequired[str]
    """Of a board with seasons: the one these rows are of, by the day on which it began."""


class BoardRow(TypedDict):
    """A row of a board."""

    rank: int
    account: Account
    score: int
    games: int
    at: int
    """When the score became what it is."""
    of: list[GameRef]
    """Matches that the score comes from, the newest first, five at most; the board's log names them all."""


class BoardSeason(TypedDict):
    """A season ended: the Merkle root of its first 1000 rows, signed by the referee's key as EIP-712 `BoardSeason`."""

    season: str
    starts: int
    ends: int
    players: int
    root: Hex
    typedData: JsonObject
    by: NotRequired[Account]
    sig: NotRequired[Hex]
    unsigned: NotRequired[Literal['no_referee_key']]


class BoardsQuery(TypedDict):
    """Which boards."""

    cursor: NotRequired[str]


class BotsAfter(TypedDict):
    """After how long bots may fill the table."""

    after: int


class ChainBalance(TypedDict):
    """An account's balance as of a block; null where the token did not say."""

    watch: str
    chain: int
    account: str
    token: str
    """The token's address, or `native`."""
    balance: str | None
    block: BlockRef
    status: Finality
    odd: NotRequired[str]
    meta: NotRequired[TokenMeta]


class ChainBlock(TypedDict):
    """A block that joined the chain."""

    number: int
    hash: Hex
    parent: Hex
    time: int
    transactions: int
    gasUsed: int | None
    gasLimit: int | None
    baseFee: NotRequired[str]
    """In wei."""
    blobGasUsed: NotRequired[int]
    miner: str | None
    size: int | None
    """Bytes; null where the node does not say."""
    watch: str
    chain: int
    status: Finality


class ChainConfirmed(TypedDict):
    """Everything up to this block has this status."""

    chain: int
    upTo: BlockRef
    status: Finality
    confirmations: NotRequired[int]


class ChainEvent(TypedDict):
    """An event of a watched contract; an undecodable one has `topics` and `data` instead of `args`."""

    watch: str
    chain: int
    address: str
    event: NotRequired[str]
    signature: NotRequired[str]
    """The event's canonical signature, which tells overloads apart."""
    args: NotRequired[JsonObject]
    topics: NotRequired[list[str]]
    data: NotRequired[str]
    block: Block
    tx: str
    """32 bytes as `0x` hex; on a Solana cluster the signature in base58, and empty where an account is told."""
    logIndex: int
    status: Finality
    late: NotRequired[bool]
    fill: NotRequired[int]
    """The gap that this event was read for."""


class ChainFacts(TypedDict):
    """A chain as its follower sees it; more keys may follow."""

    chain: int
    state: str
    reason: str | None
    head: int | None
    processed: int | None
    lagBlocks: int | None
    lagSeconds: float
    recentReorgs: list[ReorgFacts]
    """The newest, oldest first."""
    endpoints: list[JsonObject]
    outbox: JsonObject


ChainGap = TypedDict(
    "ChainGap",
    {
        "watch": "str",
        "chain": "int",
        "from": "GapEnd",
        "to": "GapEnd",
        "dropped": "int",
        "reason": "str",
    },
)
"""Events that a limit held back, instead of silence; `room:watch {fill}` reads them again."""


class ChainLookup(TypedDict):
    """Look up one transaction, block or account on a chain that the server follows; name exactly one of them."""

    chain: int
    tx: NotRequired[Hex | None]
    block: NotRequired[int | str | None]
    """A number, a hash, or one of latest, safe, finalized."""
    address: NotRequired[str | None]


class ChainMoved(TypedDict):
    """These events stand in another block now, unchanged."""

    chain: int
    of: list[int]
    block: Block


ChainPending = TypedDict(
    "ChainPending",
    {
        "chain": "int",
        "to": "NotRequired[list[str] | None]",
        "from": "NotRequired[list[str] | None]",
        "selector": "NotRequired[Hex | None]",
        "on": "NotRequired[bool]",
    },
)
"""Hear of a chain's pending transactions by the signal `chain.pending`; a new filter replaces the last one."""


class ChainReverted(TypedDict):
    """These events never happened, and what rested on them is void; `block` is the last one both branches share."""

    chain: int
    of: list[int]
    block: BlockRef
    void: list[VoidEntry]


class ChainStalled(TypedDict):
    """The room is so many entries behind what its rules rest on; nothing is left out, it comes later."""

    watch: str
    chain: int
    waiting: int
    block: BlockRef


class ChainState(TypedDict):
    """What a join of a chain room answers as `state`; patches follow."""

    chain: int
    head: ShownHead | None
    safe: BlockRef | None
    finalized: BlockRef | None
    lag: int
    """Milliseconds from the newest block's time to its entry."""
    baseFee: str | None
    """The median of the blocks shown, in wei."""
    blocks: list[ShownBlock]
    """The newest 32, oldest first."""
    stale: NotRequired[Literal[True]]
    """Nothing is heard of the chain."""


class ChainsReply(TypedDict):
    """The chains that this server follows."""

    chains: list[ChainFacts]


class ChangeRequest(TypedDict):
    """What every change by an operator brings; its audit row keeps the reason."""

    reason: str
    id: str
    """Makes a retry safe: the same id answers the same."""


class ChatDelete(TypedDict):
    """A message was deleted: its text is gone from the server."""

    of: int
    reason: NotRequired[str]


class ChatEdit(TypedDict):
    """A message's new text."""

    of: int
    text: str
    mentions: NotRequired[list[Account]]
    files: NotRequired[list[Hex]]


class ChatHeld(TypedDict):
    """A message or an edit waits for a moderator; its body is `held` to all but its author and moderators."""

    of: int
    author: Account
    why: str
    """`all`, `new`, `word`, or what a moderation service said."""


class ChatMessage(TypedDict):
    """A message."""

    text: str
    """Empty only beside `files`."""
    replyTo: NotRequired[int]
    thread: NotRequired[int]
    mentions: NotRequired[list[Account]]
    files: NotRequired[list[Hex]]
    """Up to 10 that its author uploaded to this room (protocol §7 "Files")."""
    anchor: NotRequired[Anchor]
    """Makes it a comment on a place in the room's document."""
    card: NotRequired[TransactionCard | AddressCard | RoomCard]
    """What is shown beside the text."""


class ChatPin(TypedDict):
    """A message was pinned, or is no longer."""

    of: int
    on: bool


class ChatReaction(TypedDict):
    """An emoji put on a message, or taken off it."""

    of: int
    emoji: str
    on: bool


class ChatReleased(TypedDict):
    """A message that waited is there for everybody; history has its body."""

    of: int
    by: Account


class ChatResolve(TypedDict):
    """A comment was dealt with, or is open again."""

    of: int
    on: bool


class ClockFacts(TypedDict):
    """A chess clock: what each player has for the whole game."""

    seconds: float
    increment: float
    """Seconds won back by each own move."""


class Closing(TypedDict):
    """Why the server is about to close this socket, and whether to come back."""

    reason: Literal['signed_out', 'revoked', 'expired', 'draining', 'slow', 'replaced', 'dropped']
    reconnect: bool
    retryAfter: NotRequired[int]


class ConfigureReply(TypedDict):
    """The room as it is now."""

    ok: Literal[True]
    seq: NotRequired[int]
    """The entry that the first request with this id led to."""
    duplicate: NotRequired[Literal[True]]
    room: NotRequired[RoomInfo]


class ConfigureRequest(TypedDict):
    """Settings of a room to change; only those that are named."""

    reason: str
    id: str
    """Makes a retry safe: the same id answers the same."""
    title: NotRequired[str | None]
    visibility: NotRequired[Literal['public', 'private'] | None]
    options: NotRequired[JsonObject | None]
    rules: NotRequired[RulesChange | None]


class ConnectionFacts(TypedDict):
    """A socket."""

    id: str
    account: Account
    transport: str
    remote: str
    rooms: list[RoomId]
    since: int
    queueBytes: int
    """Sent, and not read by the client yet."""


class ConnectionsQuery(TypedDict):
    """Which sockets; `query` is a text in account, address, transport, room or id."""

    query: NotRequired[str]
    cursor: NotRequired[str]


class ConnectionsReply(TypedDict):
    """Sockets of the process that answers, the newest first; `total` counts all of them."""

    connections: list[ConnectionFacts]
    total: int
    cursor: str | None


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


class DepthReply(TypedDict):
    """`[price, amount]` from the pool's price outwards; amounts of base, raw, without the pool's fee."""

    ok: Literal[True]
    bids: list[list[str]]
    asks: list[list[str]]
    block: BlockRef


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


class DmAccepted(TypedDict):
    """The account takes messages of this direct room."""

    account: Account


class DmAnswer(TypedDict):
    """Accept a direct room, or decline it."""

    room: RoomId
    accept: bool


class DmOpen(TypedDict):
    """Open the direct room with these accounts: the same people, the same room."""

    accounts: list[str]


class DmReply(TypedDict):
    """The direct room."""

    ok: Literal[True]
    room: RoomInfo


DocRead = TypedDict(
    "DocRead",
    {
        "room": "RoomId",
        "version": "NotRequired[int | None]",
        "as": "NotRequired[Literal['update', 'text', 'json']]",
    },
)
"""Read a document as it is now, or as it was in a version."""


class DocReadReply(TypedDict):
    """The document in the form that was asked for."""

    ok: Literal[True]
    seq: int
    """The entry as of which it reads so."""
    update: NotRequired[bytes]
    text: NotRequired[str]
    json: NotRequired[Any]
    approximate: NotRequired[Literal[True]]
    """Some client cut an emoji in two: the text may differ from what editors show."""


class DocRestore(TypedDict):
    """Make a document read as it did in a version; that is one more edit."""

    room: RoomId
    id: str
    version: int


class DocRestoredBody(TypedDict):
    """Somebody went back to a version, by the update right before."""

    version: int
    by: Account
    update: int


class DocSeqReply(TypedDict):
    """The entry that was written; with `duplicate` the one that says it already."""

    ok: Literal[True]
    seq: int
    duplicate: NotRequired[Literal[True]]
    room: NotRequired[RoomInfo]


class DocVersion(TypedDict):
    """Name the document as it is now."""

    room: RoomId
    id: str
    title: str


class DocVersionBody(TypedDict):
    """The document as it is here has a name, or the room kept it by itself (`by` and `title` are "")."""

    title: str
    by: Account
    at: int
    vector: Hex
    """The Yjs state vector."""
    sha256: Hex
    """Of the document as one update, which `doc:read` answers."""


class DocVersions(TypedDict):
    """List the versions of a document, newest first."""

    room: RoomId
    cursor: NotRequired[str | None]
    limit: NotRequired[int | None]


class DocVersionsReply(TypedDict):
    """A page of versions, and where the next one begins."""

    ok: Literal[True]
    versions: list[Version]
    cursor: str | None


DocumentQuery = TypedDict(
    "DocumentQuery",
    {
        "as": "NotRequired[Literal['text', 'json', 'update']]",
        "version": "NotRequired[int]",
    },
)
"""Which document, and in which form."""


class DocumentRestore(TypedDict):
    """Which version a document goes back to."""

    id: str
    """Makes sending it again safe."""
    version: int
    """The seq of a `doc.version`."""


class Done(TypedDict):
    """Carried out; there is nothing more to say."""

    ok: Literal[True]


class DoneReply(TypedDict):
    """It is done; there is nothing more to say."""



class DrainReply(TypedDict):
    """Which node was asked to hand its rooms over."""

    draining: str


class Edited(TypedDict):
    """A message's newest text, and whom and which files that edit names."""

    seq: int
    at: int
    text: str
    mentions: NotRequired[list[Account]]
    """Those of the edit, where it names them; else the message's own hold. So do `files`."""
    files: NotRequired[list[Hex]]


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


class EraseQuery(TypedDict):
    """The room's id once more, so that no slip erases one."""

    confirm: RoomId


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


ExportQuery = TypedDict(
    "ExportQuery",
    {
        "as": "NotRequired[Literal['json', 'markdown', 'html']]",
    },
)
"""How a room is written out."""


class Figures(TypedDict):
    """Counts of the process."""

    connections: int
    liveRooms: int
    entries: int
    requests: int
    residentBytes: int


class FileInfo(TypedDict):
    """A file as it is kept: `hash` is SHA-256 of that, which a message names in `files`."""

    hash: Hex
    name: str
    type: str
    """Found from the bytes; `application/octet-stream` for what is none of those that the protocol lists."""
    bytes: int
    width: NotRequired[int]
    """Of an image, in pixels, as people see it."""
    height: NotRequired[int]


class FileQuery(TypedDict):
    """What stands for a token where none can be sent."""

    ticket: NotRequired[str]


class FileReply(TypedDict):
    """The file, as it is kept."""

    file: FileInfo


class FillLeg(TypedDict):
    """One side of a filled order."""

    token: str
    amount: str


Finality: TypeAlias = "Literal['included', 'safe', 'finalized']"


class Floor(TypedDict):
    """Where retention took the start: the first entry there is, and the hash before it."""

    seq: int
    previous: Hex


class FoundAccount(TypedDict):
    """An account at a block; `codeBytes` above 0 is a contract."""

    address: str
    balance: str
    nonce: int
    codeBytes: int
    block: BlockRef


class FoundBlock(TypedDict):
    """A block; `hashes` of its first 1,000 transactions."""

    number: int
    hash: Hex
    parent: Hex
    time: int
    transactions: int
    gasUsed: int | None
    gasLimit: int | None
    baseFee: NotRequired[str]
    """In wei."""
    blobGasUsed: NotRequired[int]
    miner: str | None
    size: int | None
    """Bytes; null where the node does not say."""
    status: Finality
    hashes: list[Hex]


class FoundLog(TypedDict):
    """A log; a known event has `event` and `args`, any other `topics` and `data`."""

    address: str
    logIndex: int
    event: NotRequired[str]
    args: NotRequired[JsonObject]
    topics: NotRequired[list[Hex]]
    data: NotRequired[Hex]


class FoundMessage(TypedDict):
    """A message that was found, or a document as its newest edit; with the part of its text around the first word."""

    room: RoomId
    entry: Entry
    snippet: str


class FoundReply(TypedDict):
    """Messages and documents found in many rooms, newest first; without a cursor there are no more."""

    ok: Literal[True]
    found: list[FoundMessage]
    cursor: str | None


FoundTransaction = TypedDict(
    "FoundTransaction",
    {
        "hash": "Hex",
        "from": "str",
        "to": "str | None",
        "value": "str",
        "nonce": "int",
        "input": "Hex",
        "status": "str",
        "block": "NotRequired[BlockRef]",
        "index": "NotRequired[int]",
        "success": "NotRequired[bool]",
        "gasUsed": "NotRequired[int]",
        "contract": "NotRequired[str]",
        "logs": "NotRequired[list[FoundLog]]",
        "logCount": "NotRequired[int]",
    },
)
"""A transaction; what its receipt says is missing while it is pending."""


class Frame(TypedDict):
    """What a spectator saw once an entry was there."""

    seq: int
    at: int
    state: JsonObject | None


class FrameEvent(TypedDict):
    """Several events in one packet, in their order; only for clients that asked for `frames`."""

    packets: list[list[Any]]
    """Of each event its name and its object."""


class FrameLine(TypedDict):
    """A line of a replay: another state."""

    frame: Frame


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
    places: NotRequired[list[list[int]]]
    """Seats, the best first, of a match that matchmaking made; seats in one list share a place."""
    settlement: NotRequired[Settlement]
    stored: NotRequired[dict[str, JsonObject]]
    """What the match leaves of players for later ones of its kind, by account."""
    failed: NotRequired[str]


class GameFacts(TypedDict):
    """What lists show of a game: public facts alone."""

    status: Literal['waiting', 'drawing', 'playing', 'paused', 'ended', 'incompatible']
    seats: Seats
    open: bool
    """Whether somebody who joins now plays."""


class GameFunded(TypedDict):
    """A player's stake is in the escrow, by this transaction, as sure as the game asks for."""

    seat: int
    chain: int
    tx: Hex
    failed: NotRequired[str]


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
    """A player paused the game; with `reason: "stake"` the chain undid that seat's stake."""

    seat: int
    failed: NotRequired[str]
    """The hook that did not come back, so that no replay runs it."""
    reason: NotRequired[Literal['stake']]


class GameRef(TypedDict):
    """A match, by the room and the seq of its `game.ended`."""

    room: RoomId
    seq: int


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
    loaded: NotRequired[JsonObject]
    """What earlier matches left of the account, where it sits down in a game that is on."""


class GameSeed(TypedDict):
    """The seed of a round: 32 bytes as hex without `0x`, readable by nobody before its end."""

    seed: str


class GameSettled(TypedDict):
    """The escrow credited a round's result by this transaction; a second time once that is final."""

    round: int
    chain: int
    tx: Hex
    status: Literal['included', 'finalized']
    failed: NotRequired[str]


class GameStarted(TypedDict):
    """A round began; the commitment is the SHA-256 of its seed, the stakes are wei by seat."""

    round: int
    first: int
    commitment: str
    version: int
    stakes: NotRequired[list[str]]
    loaded: NotRequired[dict[str, JsonObject]]
    """What earlier matches left of the players, by account."""
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


class GamesQuery(TypedDict):
    """Which matches."""

    kind: NotRequired[str]
    state: NotRequired[Literal['waiting', 'playing', 'ended']]
    cursor: NotRequired[str]


class GapEnd(TypedDict):
    """The first or last event of a gap: its block, and its place among the block's logs."""

    number: int
    hash: Hex
    logIndex: int


class GateLeaf(TypedDict):
    """A leaf of a gate, and what it came to for one account."""

    leaf: JsonObject
    have: str | None
    """The number, in smallest units; null where it cannot be known now."""
    passes: bool | None
    address: NotRequired[str]
    block: NotRequired[BlockRef]


class GateQuery(TypedDict):
    """Whose right is asked about."""

    account: Account


class GateReply(TypedDict):
    """Why an account passes a room's gate now or does not."""

    room: RoomId
    account: Account
    gate: JsonObject | None
    passes: bool | None
    exempt: bool
    """Whether it passes as the room's owner."""
    granted: JsonObject | None
    """What its grant in the log rests on."""
    leaves: list[GateLeaf]
    silent: list[int]
    """Chains of the gate that cannot be asked now."""


class HealthReply(TypedDict):
    """The process answers."""

    ok: Literal[True]


class Hearing(TypedDict):
    """How much an account wants to hear of a room, and until when."""

    level: Literal['all', 'mentions', 'none']
    until: NotRequired[int]


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
    pins: NotRequired[list[PinnedMessage]]
    """Pinned messages, the one pinned last first; up to 64 kB, the rest by `room:history {view: "pins"}`."""
    state: NotRequired[Any]
    """The computed state, of kinds that have one."""
    presence: PresenceSnapshot
    write: NotRequired[bool]
    """In documents: whether this account may edit now."""


KeptNotice = TypedDict(
    "KeptNotice",
    {
        "id": "str",
        "room": "RoomId",
        "seq": "int",
        "type": "Literal['direct', 'mention', 'thread', 'message', 'invitation', 'turn', 'match', 'settlement', 'report', 'gate', 'transaction']",
        "from": "Account",
        "thread": "NotRequired[int]",
        "invite": "NotRequired[str]",
        "request": "NotRequired[Literal[True]]",
        "at": "int",
        "read": "bool",
    },
)
"""A notice in the list."""


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


class LastMessage(TypedDict):
    """The last message of a room outside threads; its newest text, up to 200 characters."""

    seq: int
    at: int
    author: Account
    text: str


class LastReply(TypedDict):
    """The last reply in a thread."""

    seq: int
    at: int
    author: Account


class Limits(TypedDict):
    """What one client may do (protocol §2); each is a setting of the server."""

    messageBytes: int
    bodyBytes: int
    updateBytes: int
    updateBytesPerSecond: int
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
    lookupsPerSecond: float
    lookupsBurst: int
    searchesPerMinute: int
    changesPerMinute: int
    roomsPerMinute: int
    roomsBurst: int
    directRoomsPerHour: int
    invitationsPerHour: int
    profilesPerMinute: int
    matchesPerMinute: int
    reportsPerHour: int
    unknownRoomsPerMinute: int
    unknownRoomsBurst: int
    outstanding: int
    sendQueueBytes: int
    replayEntries: int
    replayBytes: int
    roomsOwned: int
    fileBytes: int
    filesOwned: int
    avatarBytes: int
    uploadsPerMinute: int
    uploadBytesPerHour: int
    signInsPerMinute: int
    signInsBurst: int
    watchesPerRoom: int
    trackedPerRoom: int
    tracksPerMinute: int
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
    rules: NotRequired[RoomRules]
    game: NotRequired[GameFacts]
    """Of rooms that play a game."""
    gate: NotRequired[bool | JsonObject]
    """Of rooms with a gate: its tree in a join and in `GET /api/rooms/<id>`, true in lists."""
    frozen: NotRequired[Literal[True]]
    """Of rooms that stand still: an operator froze them."""
    featured: NotRequired[Literal[True]]
    """Of rooms that the server's operators recommend."""
    unread: NotRequired[int]
    """Messages of others after `read`, outside threads and not deleted, up to 1,000."""
    more: NotRequired[Literal[True]]
    """There are more than that."""
    mentions: NotRequired[int]
    threads: NotRequired[int]
    """Threads that one follows with replies of others that one has not read."""
    last: NotRequired[LastMessage]
    request: NotRequired[Literal[True]]
    """A direct room that one has not accepted."""
    notify: NotRequired[Hearing]
    """How much one wants to hear, where that was set."""


class LobbyEvent(TypedDict):
    """What changed in a live list."""

    rooms: list[RoomInfo]
    """New in the list, or changed."""
    gone: list[RoomId]
    """Ids of rooms no longer in it; each was shown to this connection before."""


class LookupReply(TypedDict):
    """What was asked for, under the same word."""

    ok: Literal[True]
    tx: NotRequired[FoundTransaction]
    block: NotRequired[FoundBlock]
    address: NotRequired[FoundAccount]


MarketDay = TypedDict(
    "MarketDay",
    {
        "open": "str",
        "high": "str",
        "low": "str",
        "close": "str",
        "volume": "str",
        "quoteVolume": "str",
        "trades": "int",
        "from": "int",
    },
)
"""The 24 hours up to the newest trade's minute, by block time."""


class MarketDepth(TypedDict):
    """Ask what a market's pool sells and buys up to each price."""

    room: RoomId
    within: NotRequired[int | None]
    """Basis points from the pool's price to the last level; 100 by default."""
    levels: NotRequired[int | None]
    """Levels of each side; 10 by default."""


class MarketFill(TypedDict):
    """An order that was settled in the market's pair."""

    venue: Literal['cow', 'uniswapx']
    order: str
    owner: str
    filler: NotRequired[str]
    sell: FillLeg | None
    buy: FillLeg | None
    fee: NotRequired[str]
    partial: bool
    """Whether the same order was filled before."""
    chain: int
    block: Block
    tx: Hex
    logIndex: int
    status: Finality
    late: NotRequired[bool]


class MarketLast(TypedDict):
    """The newest trade by its place in the chain."""

    price: str
    side: Literal['buy', 'sell']
    time: int
    id: int


class MarketOdd(TypedDict):
    """A swap that is no trade: both tokens moved one way, or the log could not be read."""

    chain: int
    block: Block
    tx: Hex
    logIndex: int
    status: Finality
    late: NotRequired[bool]
    reason: Literal['amounts', 'undecodable']
    amounts: NotRequired[list[str]]
    """What the pool got of token0 and token1, raw; below 0 it gave."""
    topics: NotRequired[list[str]]
    data: NotRequired[str]


class MarketPair(TypedDict):
    """What is traded; `verified`: a known factory made the pool, and says so."""

    base: str
    quote: str
    decimals: list[int]
    """Of base and quote."""
    symbols: list[str | None]
    """Of base and quote, as the tokens say: anybody may say anything."""
    verified: bool


class MarketState(TypedDict):
    """What a join of a market answers as `state`; patches follow."""

    pair: MarketPair
    last: MarketLast | None
    day: MarketDay | None
    candles: dict[str, list[list[Any]]]
    """By interval, oldest first: `[openTime, open, high, low, close, volume, quoteVolume, trades, status]`."""
    filled: NotRequired[dict[str, OrderFilled]]
    missing: NotRequired[int]
    """Events that limits held back (`chain.gap`): the candles lack them."""
    stale: NotRequired[Literal[True]]
    """Nothing is heard of the chain."""


class MarketTrade(TypedDict):
    """A swap of the pool. `id` counts every trade there ever was in the room; those undone keep theirs."""

    chain: int
    block: Block
    tx: Hex
    logIndex: int
    status: Finality
    late: NotRequired[bool]
    id: int
    price: str
    """Executed: quote per base, 18 significant digits."""
    after: NotRequired[str]
    """The pool's price after it."""
    amount: str
    """Of base, raw."""
    quote: str
    """Of quote, raw."""
    side: Literal['buy', 'sell']
    """The taker's: base left the pool, or came in."""
    maker: str
    """Who holds the pool's tokens."""
    taker: str
    """Who got what the pool gave."""
    sender: str
    """Who called the pool, mostly a router."""


class MatchCancel(TypedDict):
    """Stop looking for a table."""

    ticket: str


class MatchEnded(TypedDict):
    """A table's match is over, by that entry of its room; without one it was never played to its end."""

    room: RoomId
    seq: NotRequired[int]
    resting: NotRequired[Literal[True]]
    """The end rests on events of a chain: a reorganisation that undoes it leads to another `match.ended`."""


class MatchFacts(TypedDict):
    """In the first entry of a table's room: which line made it, and for whom."""

    queue: RoomId
    players: list[Seated]
    confirmBy: int


class MatchFind(TypedDict):
    """Look for a table: the same `id` again is the same ticket."""

    kind: str
    id: str
    options: NotRequired[JsonObject | None]
    want: NotRequired[JsonObject | None]
    """What the others' options may be: a value, a range `[min, max]`, or one of `[values]`."""
    party: NotRequired[RoomId | None]
    rating: NotRequired[RatingWindow | None]
    bots: NotRequired[BotsAfter | None]


class MatchFound(TypedDict):
    """A table was made; `room:join` takes the kept seat."""

    ticket: str
    room: RoomId
    seat: int
    players: list[MatchedPlayer]
    confirmBy: int
    """A seat not taken by then ends the table."""


class MatchMade(TypedDict):
    """Tickets became a table."""

    room: RoomId
    tickets: list[str]
    options: JsonObject
    players: list[Seated]
    confirmBy: int


class MatchMissed(TypedDict):
    """A table was closed before it began; tickets without an absent account wait again, first."""

    room: RoomId
    absent: list[Account]


class MatchReply(TypedDict):
    """A place in the line: how many wait with this one, and how long (ms) others waited of late."""

    ok: Literal[True]
    ticket: str
    waiting: int
    eta: NotRequired[int]
    duplicate: NotRequired[Literal[True]]


class MatchSought(TypedDict):
    """A ticket came into the line."""

    ticket: str
    accounts: list[Account]
    options: JsonObject
    rating: SoughtWindow
    ratings: NotRequired[dict[str, int]]
    want: NotRequired[JsonObject]
    bots: NotRequired[SoughtBots]
    party: NotRequired[RoomId]


class MatchStatus(TypedDict):
    """How a ticket stands; at most every five seconds, when something changed."""

    ticket: str
    waiting: int
    within: int
    """Points to each side in which it looks by now."""
    eta: NotRequired[int]


class MatchWithdrawn(TypedDict):
    """A ticket left the line."""

    ticket: str
    reason: Literal['cancelled', 'gone', 'banned']


class MatchedPlayer(TypedDict):
    """Who sits where at a table that was made."""

    account: Account
    seat: int
    rating: NotRequired[int]


class Member(TypedDict):
    """Somebody who belongs to a room; `name` is the account's verified ENS name."""

    account: Account
    role: Role
    name: NotRequired[str]


class MemberAdmitted(TypedDict):
    """The room's gate lets the account in, by this leaf as of this block."""

    account: Account
    by: Account
    reason: NotRequired[str]
    chain: NotRequired[int]
    block: NotRequired[BlockRef]
    leaf: NotRequired[JsonObject]
    vault: NotRequired[str]
    """Whose tokens it may use."""
    proved: NotRequired[list[str]]
    """Roots of Merkle trees that the account proved to be in."""


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
    """The account was put out and may come back; by the gate (`reason` is `gate`) as of a block."""

    account: Account
    by: Account
    reason: NotRequired[str]
    chain: NotRequired[int]
    block: NotRequired[BlockRef]
    leaf: NotRequired[JsonObject]


MemberRestored = TypedDict(
    "MemberRestored",
    {
        "account": "Account",
        "by": "Account",
        "reason": "NotRequired[str]",
        "chain": "NotRequired[int]",
        "block": "NotRequired[BlockRef]",
        "leaf": "NotRequired[JsonObject]",
        "from": "Literal['mute', 'ban', 'gate']",
    },
)
"""A mute or a ban was taken back, or the block is undone that ended the right at the gate."""


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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]
    reactions: dict[str, list[Account]]
    """Accounts by emoji: the first 100 of each, and the caller's own."""
    replies: NotRequired[ThreadSummary]
    """Of a message with a thread."""
    reactionCounts: NotRequired[dict[str, int]]
    """How many accounts there are, for an emoji with more than 100."""
    edited: NotRequired[Edited]
    deleted: NotRequired[Deleted]
    pinned: NotRequired[Literal[True]]
    resolved: NotRequired[Resolved]
    """Of a comment that was dealt with."""
    held: NotRequired[Literal[True]]
    """It waits for a moderator; only its author and moderators get its body."""


class MessagesQuery(TypedDict):
    """Which messages of all rooms that the server's moderators may read."""

    query: str
    cursor: NotRequired[str]


class MessagesReply(TypedDict):
    """Messages with their edits, deletions and reactions folded in, ascending; own entries of DApps that began a thread or are pinned, too."""

    ok: Literal[True]
    entries: list[Message | AppMessage]
    more: bool


class ModerateReply(TypedDict):
    """The entry that says what was done; none where a report was dismissed."""

    ok: Literal[True]
    seq: NotRequired[int]
    """The entry that the first request with this id led to."""
    duplicate: NotRequired[Literal[True]]
    room: NotRequired[RoomInfo]


class NodeFacts(TypedDict):
    """A process that serves this database."""

    name: str
    version: str
    state: Literal['up', 'draining', 'drained', 'dead']
    rooms: int
    """Rooms that it owns, or is opening or closing."""
    connections: int
    load: float
    """The share of one core that it used between its last two heartbeats."""
    startedAt: int
    seenMs: int
    """Milliseconds since its last heartbeat."""
    url: str
    """Where other nodes reach it; empty where it has no `PARLOUR_PEER_URL`."""


class NodesReply(TypedDict):
    """The processes, by name; dead ones for a day."""

    asked: str
    """The one that answers."""
    nodes: list[NodeFacts]


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


class NoteRequest(TypedDict):
    """What other operators shall know."""

    reason: str
    id: str
    """Makes a retry safe: the same id answers the same."""
    text: str


Notice = TypedDict(
    "Notice",
    {
        "id": "str",
        "room": "RoomId",
        "seq": "int",
        "type": "Literal['direct', 'mention', 'thread', 'message', 'invitation', 'turn', 'match', 'settlement', 'report', 'gate', 'transaction']",
        "from": "Account",
        "thread": "NotRequired[int]",
        "invite": "NotRequired[str]",
        "request": "NotRequired[Literal[True]]",
    },
)
"""Something for an account, on every socket of it, and kept in its list."""


class NoticesList(TypedDict):
    """List what one was told, the newest first."""

    cursor: NotRequired[str | None]
    limit: NotRequired[int | None]


class NoticesRead(TypedDict):
    """Mark what one was told as read, up to a notice."""

    upTo: str
    """Its id."""


class NoticesReply(TypedDict):
    """A page of notices, newest first; `unread` counts all of them, up to 1,000."""

    ok: Literal[True]
    notices: list[KeptNotice]
    cursor: str | None
    unread: int


class NowFacts(TypedDict):
    """What a process holds at a moment."""

    at: int
    connections: int
    rooms: dict[str, int]
    """Live rooms by kind."""
    residentBytes: int
    storeWaiting: int
    """Writes that wait for the database."""
    redis: Literal['none', 'up', 'down']


class OpenReply(TypedDict):
    """The entry that says so in the room."""

    seq: int


class OrderFilled(TypedDict):
    """What was filled of an order so far, raw; null where the venue does not say."""

    sell: str | None
    buy: str | None
    fills: int


class OverviewQuery(TypedDict):
    """Whether the last hour is asked for too."""

    since: NotRequired[int]
    """Only samples taken after this time (ms); 0 for all."""


class OverviewReply(TypedDict):
    """What is live right now."""

    now: NowFacts
    hour: NotRequired[list[SampleFacts]]
    server: ServerFacts
    connections: list[ConnectionFacts]
    rooms: list[RoomFacts]
    metrics: Figures


class PartyCreate(TypedDict):
    """Make a party, which its maker leads; others come by `room:invite`."""

    kind: str
    size: int
    id: NotRequired[RoomId | None]


class PartyJoined(TypedDict):
    """An account came into the party."""

    account: Account


class PartyLeft(TypedDict):
    """An account left the party."""

    account: Account


class PartyReadiness(TypedDict):
    """Its author is ready to play, or is not any more."""

    on: bool


class PartyReady(TypedDict):
    """Say that one is ready to play, or is not."""

    room: RoomId
    on: bool


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


class PeopleQuery(TypedDict):
    """Which people."""

    query: NotRequired[str]
    """A part of an address or a name."""
    cursor: NotRequired[str]


class PeopleReply(TypedDict):
    """People by address; without a cursor it is the last page."""

    people: list[PersonLine]
    cursor: str | None


class PersonErasedReply(TypedDict):
    """How many texts are gone, and what an erasure does not reach."""

    erased: int
    notReached: list[str]


class PersonLine(TypedDict):
    """Somebody who signed in at some time."""

    account: Account
    seenAt: int | None
    name: NotRequired[str]
    avatar: NotRequired[str]
    bot: NotRequired[Literal[True]]
    sanctions: list[Literal['mute', 'ban']]
    """In force on the whole server."""


class PersonNote(TypedDict):
    """What an operator noted."""

    at: int
    by: Account
    text: str


class PersonReply(TypedDict):
    """All that operators see of a person."""

    account: Account
    rank: int
    """Of the server role; 0 for none."""
    seenAt: int | None
    profile: JsonObject
    sanctions: list[SanctionInfo]
    sessions: list[SessionFacts]
    rooms: list[PersonRoom]
    notes: list[PersonNote]
    reports: PersonReports


class PersonReports(TypedDict):
    """How often somebody reported, and what of theirs was reported."""

    made: int
    about: list[ReportLine]


class PersonRoom(TypedDict):
    """A room of somebody's that operators may read."""

    id: RoomId
    kind: str
    title: str
    role: str | None
    joinedAt: int | None


class PinnedMessage(TypedDict):
    """A pinned message, with its newest text; or a DApp's own entry that is pinned."""

    room: RoomId
    seq: int
    id: str
    type: str
    author: Account
    at: int
    body: ChatMessage | JsonObject | Binary | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]
    edited: NotRequired[Edited]


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
    status: NotRequired[dict[str, ShownStatus]]
    """By account, of those whose status changed."""
    data: NotRequired[dict[str, ShownData | None]]
    """By connection, of those that show something else; null for one that is gone."""


class PresenceReply(TypedDict):
    """Who is in the room now."""

    v: int
    members: NotRequired[list[Account]]
    count: int
    status: NotRequired[dict[str, ShownStatus]]
    """By account, of those who say something."""
    data: NotRequired[dict[str, ShownData]]
    """By connection, the newest, up to 64 kB."""
    ok: Literal[True]


class PresenceSnapshot(TypedDict):
    """Who is in a room as of step `v`; rooms that are too large for names tell the count alone."""

    v: int
    members: NotRequired[list[Account]]
    count: int
    status: NotRequired[dict[str, ShownStatus]]
    """By account, of those who say something."""
    data: NotRequired[dict[str, ShownData]]
    """By connection, the newest, up to 64 kB."""


class Profile(TypedDict):
    """What an account says of itself; `ens` is its verified name."""

    name: NotRequired[str]
    avatar: NotRequired[Hex]
    bio: NotRequired[str]
    ens: NotRequired[str]
    bot: NotRequired[Literal[True]]


class ProfileReply(TypedDict):
    """One's profile as it is now."""

    ok: Literal[True]
    profile: Profile


class ProfilesReply(TypedDict):
    """Profiles by account."""

    ok: Literal[True]
    profiles: dict[str, Profile]


class PushKeys(TypedDict):
    """What a push is encrypted for (RFC 8291): base64url of a point of P-256, and of 16 bytes."""

    p256dh: str
    auth: str


class PushTarget(TypedDict):
    """A browser's subscription, as `PushSubscription.toJSON()` gives it."""

    endpoint: str
    keys: PushKeys


class QueueQuery(TypedDict):
    """Which reports."""

    state: NotRequired[Literal['open', 'dismissed', 'redacted']]
    """`open` where it is missing."""
    cursor: NotRequired[str]


class QueueReply(TypedDict):
    """One page of reports; without a cursor it is the last."""

    reports: list[QueuedReport]
    cursor: str | None


class QueuedReport(TypedDict):
    """A report of any room, with the messages right before and after."""

    id: str
    seq: int
    at: int
    """When it was reported the last time."""
    count: int
    reasons: dict[str, int]
    entry: NotRequired[Entry]
    by: NotRequired[list[ReportVoice]]
    """Who said what: for the server's moderators alone."""
    room: RoomId
    state: Literal['open', 'dismissed', 'redacted']
    around: list[Entry]


class RatingInfo(TypedDict):
    """What an account is rated, on the one scale; without a rank it has not played yet."""

    rating: int
    deviation: int
    games: int
    rank: NotRequired[int]


class RatingWindow(TypedDict):
    """How far from one's own rating the others may be."""

    within: NotRequired[int]
    widenPerSecond: NotRequired[int]
    most: NotRequired[int]


class RatingsOf(TypedDict):
    """Ask what accounts are rated in a kind."""

    kind: str
    accounts: list[str]


class RatingsReply(TypedDict):
    """Ratings by account."""

    ok: Literal[True]
    ratings: dict[str, RatingInfo]


class ReadEvent(TypedDict):
    """How far an account has read."""

    room: RoomId
    account: Account
    seq: int


class ReadyReply(TypedDict):
    """Whether clients should be sent here; each check is `ok` or says what is wrong."""

    ok: bool
    checks: dict[str, str]


class RebalanceReply(TypedDict):
    """How many rooms each node was asked to give up."""

    asked: dict[str, int]


class Refusal(TypedDict):
    """The ack of a request that was refused."""

    ok: Literal[False]
    error: ErrorBody


class ReorgFacts(TypedDict):
    """A reorganisation that was followed."""

    first: int
    """The lowest block it undid."""
    blocks: int
    at: int
    """When it was followed."""


class Repeatable(TypedDict):
    """The ack of a request whose `id` makes it safe to send again."""

    ok: Literal[True]
    seq: NotRequired[int]
    """The entry that the first request with this id led to."""
    duplicate: NotRequired[Literal[True]]
    room: NotRequired[RoomInfo]


class ReplayHead(TypedDict):
    """The first line of a replay; `head` is the entry that ended the match."""

    room: RoomId
    kind: str
    title: str
    head: int
    protocol: int
    floor: NotRequired[Floor]


class ReportInfo(TypedDict):
    """A message that was reported, how often and why."""

    id: str
    seq: int
    at: int
    """When it was reported the last time."""
    count: int
    reasons: dict[str, int]
    entry: NotRequired[Entry]
    by: NotRequired[list[ReportVoice]]
    """Who said what: for the server's moderators alone."""


class ReportLine(TypedDict):
    """A message of somebody's that was reported."""

    id: str
    room: RoomId
    seq: int
    state: str
    at: int


class ReportVoice(TypedDict):
    """What one account said of a message."""

    account: Account
    reason: str
    note: NotRequired[str]


class ReportsReply(TypedDict):
    """One page of a room's open reports; without a cursor it is the last."""

    ok: Literal[True]
    reports: list[ReportInfo]
    cursor: str | None


class ResolveReply(TypedDict):
    """The report has ended; there is nothing more to say."""



class ResolveRequest(TypedDict):
    """How a report ends."""

    reason: str
    id: str
    """Makes a retry safe: the same id answers the same."""
    action: Literal['dismiss', 'redact']


class Resolved(TypedDict):
    """Who dealt with a comment, and when."""

    seq: int
    at: int
    by: Account


class RevivedReply(TypedDict):
    """How many parked deliveries were given another life."""

    revived: int


class RevokedReply(TypedDict):
    """How many sessions were ended."""

    revoked: int


class RewindRequest(TypedDict):
    """From which block on the endpoint's chain is to be accepted."""

    reason: str
    id: str
    """Makes a retry safe: the same id answers the same."""
    to: int


Role: TypeAlias = "Literal['owner', 'moderator', 'editor', 'member', 'muted', 'guest']"


class RoomAnnounced(TypedDict):
    """Operators of the server say something to everybody here."""

    by: Account
    text: str


class RoomCard(TypedDict):
    """A room that a message is about; whoever may not join it is shown nothing of it."""

    room: RoomId


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
    rules: NotRequired[RulesChange | None]
    id: NotRequired[str | None]


class RoomConfigured(TypedDict):
    """Settings that were changed."""

    by: Account
    title: NotRequired[str]
    visibility: NotRequired[Literal['public', 'private']]
    options: NotRequired[JsonObject]
    rules: NotRequired[JsonObject]
    """Those that changed, without words."""
    gate: NotRequired[JsonObject | None]
    """Another gate, or null where the room has none any more; missing where it stays as it is."""


class RoomCreate(TypedDict):
    """Create a room; whoever does owns it, and has not joined it."""

    kind: str
    id: NotRequired[RoomId | None]
    """The room's id; the same owner, id and settings again answer the same room."""
    title: NotRequired[str | None]
    options: NotRequired[JsonObject | None]
    visibility: NotRequired[Literal['public', 'private'] | None]
    gate: NotRequired[JsonObject | None]
    settle: NotRequired[JsonObject | None]
    """`{chain, escrow, stake?, arbiters?, quorum?, window?, duration?}`: an escrow pays the room's games out."""
    signed: NotRequired[bool | None]
    rules: NotRequired[RulesChange | None]


class RoomCreated(TypedDict):
    """The first entry of every room."""

    kind: str
    owner: Account
    title: str
    visibility: Literal['public', 'private']
    options: JsonObject
    signed: bool
    rules: NotRequired[JsonObject]
    """Those that differ from a new room's, without words."""
    gate: NotRequired[JsonObject]
    settle: NotRequired[JsonObject]
    version: NotRequired[int]
    """Of the game, in rooms that play one."""
    match: NotRequired[MatchFacts]
    """Of a table that matchmaking made."""


class RoomEnd(TypedDict):
    """The room was closed, or this account lost its right to it."""

    room: RoomId
    reason: str | None


class RoomErasedReply(TypedDict):
    """The room is gone for everybody; what is stored of it goes within seconds."""

    erased: RoomId


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
    rules: NotRequired[RoomRules]
    game: NotRequired[GameFacts]
    """Of rooms that play a game."""
    gate: NotRequired[bool | JsonObject]
    """Of rooms with a gate: its tree in a join and in `GET /api/rooms/<id>`, true in lists."""
    frozen: NotRequired[Literal[True]]
    """Of rooms that stand still: an operator froze them."""
    featured: NotRequired[Literal[True]]
    """Of rooms that the server's operators recommend."""
    head: int
    live: bool
    connections: int


class RoomFeatured(TypedDict):
    """Operators of the server recommend the room to everybody."""

    by: Account


class RoomFrozen(TypedDict):
    """The room stands still: nobody posts, and a game's clocks do not run."""

    by: Account
    reason: str | None


class RoomHistory(TypedDict):
    """Read stored entries, ascending between exclusive bounds; the latest page unless `after` stands alone."""

    room: RoomId
    before: NotRequired[int | None]
    after: NotRequired[int | None]
    limit: NotRequired[int | None]
    view: NotRequired[Literal['entries', 'messages', 'pins', 'edits'] | None]
    of: NotRequired[int | None]
    """With `edits`: the message whose earlier texts are asked for."""
    thread: NotRequired[int | None]
    """With `messages`: the root of a thread; the answer is the root and its replies, ascending."""
    threads: NotRequired[bool | None]
    """With `messages`: false leaves replies in threads out."""
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
    rules: NotRequired[RoomRules]
    game: NotRequired[GameFacts]
    """Of rooms that play a game."""
    gate: NotRequired[bool | JsonObject]
    """Of rooms with a gate: its tree in a join and in `GET /api/rooms/<id>`, true in lists."""
    frozen: NotRequired[Literal[True]]
    """Of rooms that stand still: an operator froze them."""
    featured: NotRequired[Literal[True]]
    """Of rooms that the server's operators recommend."""


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
        "proof": "NotRequired[list[Hex] | None]",
        "vault": "NotRequired[Hex | None]",
    },
)
"""Follow a room on this socket, from where the client stands; games seat whoever joins while seats are free."""


class RoomLease(TypedDict):
    """The process that hosts a room."""

    owner: str | None
    until: int
    fence: int


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
    featured: NotRequired[bool | None]
    """Only rooms that the server's operators recommend."""
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
    """Mute, kick, ban an account below one's own role, undo that, give it a role; or release a message that waits."""

    room: RoomId
    account: NotRequired[str | None]
    """Whom; left out to release a message."""
    action: Literal['mute', 'unmute', 'kick', 'ban', 'unban', 'role', 'release', 'dismiss']
    seq: NotRequired[int | None]
    """Of the message to release."""
    report: NotRequired[str | None]
    """To dismiss."""
    role: NotRequired[str | None]
    until: NotRequired[int | None]
    reason: NotRequired[str | None]
    id: NotRequired[str | None]


class RoomNotify(TypedDict):
    """Say how much one wants to hear of a room, or of a thread in it."""

    room: RoomId
    thread: NotRequired[int | None]
    """The root; to follow a thread one has no part in too."""
    level: Literal['all', 'mentions', 'none']
    until: NotRequired[int | None]
    """When (ms) that ends by itself."""


class RoomOpened(TypedDict):
    """An administrator of the server reads the room for a day, though nobody else reads along."""

    by: Account
    reason: str


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
    """Move one's reading position forward, in the room or in one thread of it."""

    room: RoomId
    seq: int
    thread: NotRequired[int | None]
    """The root of the thread that was read; left out, the room and its threads were."""


class RoomReply(TypedDict):
    """One room."""

    room: RoomInfo


class RoomReport(TypedDict):
    """Report a message to the moderators, once; nobody in the room learns who did."""

    room: RoomId
    of: int
    reason: Literal['spam', 'abuse', 'scam', 'other']
    note: NotRequired[str | None]


class RoomReports(TypedDict):
    """List a room's open reports, for its moderators."""

    room: RoomId
    cursor: NotRequired[str | None]


class RoomRules(TypedDict):
    """What a room's owner set for everybody."""

    post: Literal['everyone', 'members', 'editors', 'moderators']
    slow: int
    """Between two messages of one account; moderators are exempt."""
    hold: Literal['none', 'new', 'all']
    files: bool
    emoji: dict[str, Hex]
    lastSeen: bool
    words: NotRequired[list[RuledWord]]
    """For moderators alone."""


RoomSearch = TypedDict(
    "RoomSearch",
    {
        "room": "RoomId",
        "query": "str",
        "from": "NotRequired[str | None]",
        "type": "NotRequired[str | None]",
        "before": "NotRequired[int | None]",
        "after": "NotRequired[int | None]",
        "limit": "NotRequired[int | None]",
        "cursor": "NotRequired[str | None]",
    },
)
"""Find messages, and the document, that hold all words of a query, newest first."""


class RoomSignal(TypedDict):
    """Pass news to everybody else in a room that this socket has joined; it is never stored."""

    room: RoomId
    type: str
    body: NotRequired[Any]


class RoomThawed(TypedDict):
    """The room goes on; a game's clocks were moved by as long as it stood still."""

    by: Account


RoomTransferred = TypedDict(
    "RoomTransferred",
    {
        "by": "Account",
        "from": "Account",
        "to": "Account",
    },
)
"""The room has another owner; the one before is a moderator now."""


class RoomUnfeatured(TypedDict):
    """They recommend it no longer."""

    by: Account


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
    """Let a room hear of events of a contract, or read those again that a gap left out."""

    room: RoomId
    watch: NotRequired[WatchRequest | None]
    fill: NotRequired[int | None]
    """In place of `watch`: the seq of a `chain.gap`."""
    id: NotRequired[str | None]


class RoomWatched(TypedDict):
    """The room hears of these events from now on."""

    watch: WatchInfo
    by: Account


class RoomWords(TypedDict):
    """The words of a room were set; only moderators get the body."""

    by: Account
    words: list[RuledWord]


class RoomsQuery(TypedDict):
    """Which rooms a list shows."""

    kind: NotRequired[str]
    query: NotRequired[str]
    open: NotRequired[Literal['1', 'true']]
    """Only rooms whose game somebody who joins now plays."""
    featured: NotRequired[Literal['1', 'true']]
    """Only rooms that the server's operators recommend."""
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


class RuledWord(TypedDict):
    """A word or phrase that a room does something about."""

    match: str
    do: Literal['block', 'hold', 'mask']


class RulesChange(TypedDict):
    """Rules of a room to set; those that are not named stay."""

    post: NotRequired[Literal['everyone', 'members', 'editors', 'moderators'] | None]
    """Who writes `chat.*`, `doc.*` and `app.*`."""
    slow: NotRequired[int | None]
    """Milliseconds between two messages of one account."""
    hold: NotRequired[Literal['none', 'new', 'all'] | None]
    """Whose messages wait for a moderator."""
    files: NotRequired[bool | None]
    emoji: NotRequired[JsonObject | None]
    """The room's own emoji: the hash of each one's picture by its name."""
    lastSeen: NotRequired[bool | None]
    words: NotRequired[list[Word] | None]
    """Compared in the form of search, no patterns; only moderators see them."""


class SampleFacts(TypedDict):
    """The figures of ten seconds; a percentile is null where nothing happened."""

    at: int
    connections: int
    rooms: dict[str, int]
    """Live rooms by kind."""
    residentBytes: int
    storeWaiting: int
    """Writes that wait for the database."""
    redis: Literal['none', 'up', 'down']
    requestsPerSecond: float
    entriesPerSecond: float
    bytesInPerSecond: float
    bytesOutPerSecond: float
    ackP50Ms: float | None
    ackP99Ms: float | None
    commitP99Ms: float | None
    loopLagMs: float | None


class SanctionInfo(TypedDict):
    """A mute or a ban on the whole server."""

    kind: Literal['mute', 'ban']
    until: int | None
    """Null for good."""
    by: Account
    reason: str
    at: int


class SanctionReply(TypedDict):
    """Done."""



class SanctionRequest(TypedDict):
    """Where it shall hold, and until when."""

    reason: str
    id: str
    """Makes a retry safe: the same id answers the same."""
    scope: NotRequired[str]
    """`server`, or `room:<id>`."""
    until: NotRequired[int | None]


Search = TypedDict(
    "Search",
    {
        "query": "str",
        "rooms": "NotRequired[list[RoomId] | None]",
        "from": "NotRequired[str | None]",
        "type": "NotRequired[str | None]",
        "before": "NotRequired[int | None]",
        "after": "NotRequired[int | None]",
        "limit": "NotRequired[int | None]",
        "cursor": "NotRequired[str | None]",
    },
)
"""Find messages and documents that hold all words of a query, newest first; in one's own rooms if none is named."""


class SearchReply(TypedDict):
    """Messages and documents found, newest first; without a cursor there are no more."""

    ok: Literal[True]
    entries: list[Entry]
    cursor: str | None


class SeatRange(TypedDict):
    """How many people a game takes."""

    min: int
    max: int


class Seated(TypedDict):
    """Who gets which seat."""

    account: Account
    seat: int
    rating: NotRequired[int]


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


class SessionFacts(TypedDict):
    """A session, and nothing of its token."""

    id: str
    createdAt: int
    expiresAt: int
    endedAt: int | None
    endedBy: str | None
    device: str
    method: str


class SessionInfo(TypedDict):
    """Who is signed in, and until when."""

    account: Account
    address: str
    chainId: int | str
    method: str
    sessionKey: str | None
    expiresAt: int


class Settlement(TypedDict):
    """The result of a settled game: EIP-712 `GameResult`, and the referee's signature or why there is none."""

    typedData: JsonObject
    referee: Account
    """Whose signature the escrow takes; the zero address where the players alone sign."""
    sig: NotRequired[Hex]
    unsettled: NotRequired[Literal['no_referee_key', 'other_referee_key']]


class ShownBlock(TypedDict):
    """A block in a chain room's state."""

    number: int
    hash: Hex
    parent: Hex
    time: int
    transactions: int
    gasUsed: int | None
    gasLimit: int | None
    baseFee: NotRequired[str]
    """In wei."""
    blobGasUsed: NotRequired[int]
    miner: str | None
    size: int | None
    """Bytes; null where the node does not say."""
    status: Finality


class ShownData(TypedDict):
    """What a connection shows by the signal `presence`; bytes as `{b64}`."""

    account: Account
    body: Any


class ShownHead(TypedDict):
    """The newest block."""

    number: int
    hash: Hex
    time: int


class ShownStatus(TypedDict):
    """What an account says of itself, or when it was seen last where it is away and the room tells that."""

    status: NotRequired[Literal['active', 'idle', 'busy']]
    text: NotRequired[str]
    until: NotRequired[int]
    lastSeen: NotRequired[int]


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


class SignedOutReply(TypedDict):
    """How many sessions ended."""

    ended: int


class SoughtBots(TypedDict):
    """After how long bots may fill the table."""

    after: int


class SoughtWindow(TypedDict):
    """How far from their rating the others may be."""

    within: int
    widenPerSecond: int
    most: int


StateEvent: TypeAlias = "StatePatch | StateSteps | StateWhole"
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


class StateSteps(TypedDict):
    """What was added to the numbers of a computed state since `base`; only for clients that asked for `steps`."""

    room: RoomId
    seq: int
    base: int
    steps: str
    """Base64 VLQ, in the order of the numbers."""


class StateWhole(TypedDict):
    """A computed state as a whole."""

    room: RoomId
    seq: int
    state: Any


class TailQuery(TypedDict):
    """Which entries of a room."""

    after: NotRequired[int]
    """The newest 100 where it is missing."""
    follow: NotRequired[Literal['1']]
    """Whether to go on with entries as they come."""


class ThreadSummary(TypedDict):
    """What a thread's root shows of it: how many replies, the last one, and up to five who wrote of late."""

    count: int
    last: LastReply
    by: list[Account]


class TicketReply(TypedDict):
    """What `?ticket=` takes for this one file, until then."""

    ticket: str
    until: int


class TokenMeta(TypedDict):
    """What a token says of itself; nobody vouches for it."""

    symbol: str
    decimals: int


class TransactionCard(TypedDict):
    """A transaction that a message is about."""

    chain: int
    tx: Hex


class TranscriptHead(TypedDict):
    """The first line of a transcript."""

    room: RoomId
    epochs: list[Epoch]
    head: int
    protocol: int
    floor: NotRequired[Floor]


class TransferRequest(TypedDict):
    """Who owns a room from now on."""

    reason: str
    id: str
    """Makes a retry safe: the same id answers the same."""
    account: str


class UndoneReply(TypedDict):
    """How many blocks were undone."""

    undone: int


class UploadQuery(TypedDict):
    """What the file is called."""

    name: NotRequired[str]
    """Without folders, controls and what a file system refuses; those are taken out."""


class VerifyRequest(TypedDict):
    """A signed message."""

    message: str
    signature: str


class Version(TypedDict):
    """One version in a list; `by` and `title` are "" where the room kept it by itself."""

    seq: int
    title: str
    by: Account
    at: int


class VersionReply(TypedDict):
    """Which server this is, and which protocol it speaks."""

    name: str
    version: str
    protocol: int


class VoidEntry(TypedDict):
    """An entry that no longer holds, and why."""

    seq: int
    reason: str


class WalletBalance(TypedDict):
    """What a wallet holds of a token, or of the chain's own coin, as of a block."""

    watch: str
    chain: int
    token: str
    """`native` for the chain's own coin."""
    balance: str | None
    block: BlockRef
    status: Finality
    odd: NotRequired[str]
    meta: NotRequired[TokenMeta]


class WalletFill(TypedDict):
    """An order of the account's that was settled."""

    venue: Literal['cow', 'uniswapx']
    order: str
    owner: str
    filler: NotRequired[str]
    sell: FillLeg | None
    buy: FillLeg | None
    fee: NotRequired[str]
    partial: bool
    """Whether the same order was filled before."""
    chain: int
    block: Block
    tx: Hex
    logIndex: int
    status: Finality
    late: NotRequired[bool]
    watch: str


WalletTrack = TypedDict(
    "WalletTrack",
    {
        "chain": "int",
        "hash": "Hex",
        "to": "NotRequired[str]",
        "nonce": "NotRequired[int]",
        "from": "NotRequired[str]",
        "deadline": "NotRequired[int]",
    },
)
"""The room tracks a transaction from here on."""


class WalletTransaction(TypedDict):
    """What became of a tracked transaction."""

    of: int
    """Its `wallet.track`."""
    chain: int
    hash: Hex
    status: Literal['submitted', 'pending', 'included', 'safe', 'finalized', 'failed', 'replaced', 'dropped', 'orphaned']
    block: NotRequired[BlockRef]
    index: NotRequired[int]
    confirmations: NotRequired[int]
    gasUsed: NotRequired[str]
    replacedBy: NotRequired[Hex]
    replacement: NotRequired[Literal['repriced', 'cancelled', 'replaced']]
    reason: NotRequired[str]
    final: NotRequired[bool]
    """Of `failed`, `replaced` and `dropped`: that nothing follows any more."""


WalletTransfer = TypedDict(
    "WalletTransfer",
    {
        "watch": "str",
        "chain": "int",
        "token": "str",
        "standard": "Literal['erc20', 'erc721', 'erc1155']",
        "value": "NotRequired[str]",
        "id": "NotRequired[str]",
        "ids": "NotRequired[list[str]]",
        "values": "NotRequired[list[str]]",
        "from": "str",
        "to": "str",
        "direction": "Literal['in', 'out', 'self']",
        "block": "Block",
        "tx": "Hex",
        "logIndex": "int",
        "status": "Finality",
        "late": "NotRequired[bool]",
    },
)
"""Tokens came to a wallet, left it, or moved within it."""


WatchInfo = TypedDict(
    "WatchInfo",
    {
        "id": "str",
        "chain": "int",
        "address": "NotRequired[str | list[str]]",
        "event": "NotRequired[str | list[str]]",
        "topics": "NotRequired[list[list[str] | None]]",
        "where": "NotRequired[JsonObject]",
        "finality": "Finality | int",
        "confirm": "list[Finality | int]",
        "from": "BlockRef",
        "blocks": "NotRequired[Literal[True]]",
        "balance": "NotRequired[BalanceOf]",
        "for": "NotRequired[str | JsonObject]",
        "before": "NotRequired[str]",
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
    filled: NotRequired[int]
    """Of a gap: how many events were read and are told."""


class WatchRequest(TypedDict):
    """What of a chain a room wants to hear of: events of contracts, blocks, or a balance; a misspelt key is refused."""

    chain: int
    address: NotRequired[str | list[str]]
    """One contract or up to 32; operators may leave it out."""
    event: NotRequired[str | list[str]]
    """A human-readable signature, such as `Transfer(address indexed from, address indexed to, uint256 value)`."""
    topics: NotRequired[list[list[str] | None]]
    """In place of `event`: what each of up to four topics may be, null for anything; for anonymous events too."""
    where: NotRequired[JsonObject]
    """Values of indexed parameters."""
    finality: NotRequired[Finality | int]
    confirm: NotRequired[list[Finality | int]]
    fromBlock: NotRequired[int]
    blocks: NotRequired[Literal[True]]
    """In place of `event`: every block, as `chain.block`."""
    balance: NotRequired[BalanceOf]
    """In place of `event`: a balance whenever it changes, as `chain.balance`."""
    factory: NotRequired[str]
    """In place of `address` and `event`, by operators: the pools that this contract makes, which then have markets."""


class Welcome(TypedDict):
    """The first event on every socket."""

    protocol: int
    account: Account
    """Empty for a guest, as `address` is; a guest's `chainId` is null."""
    address: str
    chainId: int | str | None
    guest: NotRequired[int]
    """A guest's number in this process, from 1: what it is called, as in `Guest 12`."""
    connection: str
    """This socket's public id: the one that signals name."""
    time: int
    server: About
    limits: Limits
    push: NotRequired[str]
    """The server's key for push services (base64url), where it sends pushes; `applicationServerKey` of `subscribe`."""
    features: NotRequired[list[str]]
    """The optional features that the handshake asked for and this server serves."""


class Word(TypedDict):
    """A word or phrase that a room does something about."""

    match: str
    do: Literal['block', 'hold', 'mask']


DocUpdate: TypeAlias = "bytes | Binary"
"""A Yjs update: bytes as an `entry` event, which carries them as an attachment, and `{b64}` elsewhere."""


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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class RoomWordsEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['room.words']
    author: Account
    at: int
    body: RoomWords | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class RoomOpenedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['room.opened']
    author: Account
    at: int
    body: RoomOpened | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class RoomFrozenEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['room.frozen']
    author: Account
    at: int
    body: RoomFrozen | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class RoomThawedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['room.thawed']
    author: Account
    at: int
    body: RoomThawed | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class RoomFeaturedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['room.featured']
    author: Account
    at: int
    body: RoomFeatured | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class RoomUnfeaturedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['room.unfeatured']
    author: Account
    at: int
    body: RoomUnfeatured | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class RoomAnnouncedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['room.announced']
    author: Account
    at: int
    body: RoomAnnounced | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class RoomTransferredEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['room.transferred']
    author: Account
    at: int
    body: RoomTransferred | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class MemberAdmittedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['member.admitted']
    author: Account
    at: int
    body: MemberAdmitted | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class DmAcceptedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['dm.accepted']
    author: Account
    at: int
    body: DmAccepted | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class ChatResolveEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['chat.resolve']
    author: Account
    at: int
    body: ChatResolve | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class ChatHeldEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['chat.held']
    author: Account
    at: int
    body: ChatHeld | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class ChatReleasedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['chat.released']
    author: Account
    at: int
    body: ChatReleased | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class GameFundedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['game.funded']
    author: Account
    at: int
    body: GameFunded | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class GameSettledEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['game.settled']
    author: Account
    at: int
    body: GameSettled | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class ChainBlockEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['chain.block']
    author: Account
    at: int
    body: ChainBlock | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class ChainBalanceEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['chain.balance']
    author: Account
    at: int
    body: ChainBalance | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
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
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class ChainStalledEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['chain.stalled']
    author: Account
    at: int
    body: ChainStalled | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class WalletTransferEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['wallet.transfer']
    author: Account
    at: int
    body: WalletTransfer | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class WalletBalanceEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['wallet.balance']
    author: Account
    at: int
    body: WalletBalance | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class WalletFillEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['wallet.fill']
    author: Account
    at: int
    body: WalletFill | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class WalletTrackEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['wallet.track']
    author: Account
    at: int
    body: WalletTrack | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class WalletTransactionEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['wallet.transaction']
    author: Account
    at: int
    body: WalletTransaction | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class MarketTradeEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['market.trade']
    author: Account
    at: int
    body: MarketTrade | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class MarketOddEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['market.odd']
    author: Account
    at: int
    body: MarketOdd | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class MarketFillEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['market.fill']
    author: Account
    at: int
    body: MarketFill | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class DocVersionBodyEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['doc.version']
    author: Account
    at: int
    body: DocVersionBody | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class DocRestoredBodyEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['doc.restored']
    author: Account
    at: int
    body: DocRestoredBody | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class MatchSoughtEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['match.sought']
    author: Account
    at: int
    body: MatchSought | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class MatchWithdrawnEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['match.withdrawn']
    author: Account
    at: int
    body: MatchWithdrawn | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class MatchMadeEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['match.made']
    author: Account
    at: int
    body: MatchMade | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class MatchMissedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['match.missed']
    author: Account
    at: int
    body: MatchMissed | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class MatchEndedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['match.ended']
    author: Account
    at: int
    body: MatchEnded | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class BoardCountedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['board.counted']
    author: Account
    at: int
    body: BoardCounted | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class BoardSeasonEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['board.season']
    author: Account
    at: int
    body: BoardSeason | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class PartyJoinedEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['party.joined']
    author: Account
    at: int
    body: PartyJoined | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class PartyLeftEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['party.left']
    author: Account
    at: int
    body: PartyLeft | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class PartyReadinessEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['party.ready']
    author: Account
    at: int
    body: PartyReadiness | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


class DocUpdateEntry(TypedDict):

    room: RoomId
    seq: int
    id: str
    type: Literal['doc.update']
    author: Account
    at: int
    body: DocUpdate | None
    hash: Hex
    sig: NotRequired[Hex]
    seen: NotRequired[Seen]
    """The head its author had seen, in signed posts."""
    bodyHash: NotRequired[Hex]
    """Where the body is missing, and where a proof was asked for."""
    redacted: NotRequired[Literal['hidden', 'held', 'erased']]
    epoch: NotRequired[str]
    """In history asked with `proof`, and in transcripts, as `salt` is."""
    salt: NotRequired[Hex]


KnownEntry: TypeAlias = "RoomCreatedEntry | RoomConfiguredEntry | RoomWordsEntry | RoomClosedEntry | RoomOpenedEntry | RoomFrozenEntry | RoomThawedEntry | RoomFeaturedEntry | RoomUnfeaturedEntry | RoomAnnouncedEntry | RoomTransferredEntry | RoomWatchedEntry | RoomUnwatchedEntry | MemberRoleEntry | MemberMutedEntry | MemberBannedEntry | MemberAdmittedEntry | MemberRemovedEntry | MemberRestoredEntry | DmAcceptedEntry | ChatMessageEntry | ChatEditEntry | ChatDeleteEntry | ChatReactionEntry | ChatPinEntry | ChatResolveEntry | ChatHeldEntry | ChatReleasedEntry | GameActionEntry | GameSeatedEntry | GameSeedEntry | GameStartedEntry | GameTickEntry | GameDroppedEntry | GameReturnedEntry | GameLeftEntry | GamePausedEntry | GameResumedEntry | GameTimeoutEntry | GameEndedEntry | GameFundedEntry | GameSettledEntry | GameMigratedEntry | ChainEventEntry | ChainBlockEntry | ChainBalanceEntry | ChainMovedEntry | ChainRevertedEntry | ChainConfirmedEntry | ChainGapEntry | ChainStalledEntry | WalletTransferEntry | WalletBalanceEntry | WalletFillEntry | WalletTrackEntry | WalletTransactionEntry | MarketTradeEntry | MarketOddEntry | MarketFillEntry | DocVersionBodyEntry | DocRestoredBodyEntry | MatchSoughtEntry | MatchWithdrawnEntry | MatchMadeEntry | MatchMissedEntry | MatchEndedEntry | BoardCountedEntry | BoardSeasonEntry | PartyJoinedEntry | PartyLeftEntry | PartyReadinessEntry | DocUpdateEntry"
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
        "search": "Search",
        "room:read": "RoomRead",
        "room:moderate": "RoomModerate",
        "room:invite": "RoomInvite",
        "room:watch": "RoomWatch",
        "room:unwatch": "RoomUnwatch",
        "match:find": "MatchFind",
        "match:cancel": "MatchCancel",
        "party:create": "PartyCreate",
        "party:ready": "PartyReady",
        "ratings:of": "RatingsOf",
        "board:read": "BoardRead",
        "market:depth": "MarketDepth",
        "chain:lookup": "ChainLookup",
        "chain:pending": "ChainPending",
        "doc:version": "DocVersion",
        "doc:versions": "DocVersions",
        "doc:read": "DocRead",
        "doc:restore": "DocRestore",
        "room:report": "RoomReport",
        "room:reports": "RoomReports",
        "account:status": "AccountStatus",
        "account:block": "AccountBlock",
        "account:blocks": "AccountBlocks",
        "account:push": "AccountPush",
        "account:profile": "AccountProfile",
        "account:profiles": "AccountProfiles",
        "notices:list": "NoticesList",
        "notices:read": "NoticesRead",
        "room:notify": "RoomNotify",
        "dm:open": "DmOpen",
        "dm:answer": "DmAnswer",
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
        "search": "FoundReply",
        "room:read": "Done",
        "room:moderate": "ModerateReply",
        "room:invite": "InviteReply",
        "room:watch": "WatchReply",
        "room:unwatch": "Repeatable",
        "match:find": "MatchReply",
        "match:cancel": "Done",
        "party:create": "CreateReply",
        "party:ready": "Done",
        "ratings:of": "RatingsReply",
        "board:read": "BoardReply",
        "market:depth": "DepthReply",
        "chain:lookup": "LookupReply",
        "chain:pending": "Done",
        "doc:version": "DocSeqReply",
        "doc:versions": "DocVersionsReply",
        "doc:read": "DocReadReply",
        "doc:restore": "DocSeqReply",
        "room:report": "Done",
        "room:reports": "ReportsReply",
        "account:status": "Done",
        "account:block": "Done",
        "account:blocks": "BlocksReply",
        "account:push": "Done",
        "account:profile": "ProfileReply",
        "account:profiles": "ProfilesReply",
        "notices:list": "NoticesReply",
        "notices:read": "Done",
        "room:notify": "Done",
        "dm:open": "DmReply",
        "dm:answer": "Done",
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
        "match:status": "MatchStatus",
        "match:found": "MatchFound",
        "lobby": "LobbyEvent",
        "room:closed": "RoomEnd",
        "room:removed": "RoomEnd",
        "closing": "Closing",
        "frame": "FrameEvent",
        "ack": "AckEvent",
    },
)
"""What each event of the server carries."""
