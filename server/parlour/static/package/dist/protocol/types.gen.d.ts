/**
 * The wire, version 1, as the server's own registry has it (docs/protocol.md is the prose).
 *
 * Made by `parlour schema protocol --lang ts`; do not edit. `at` and every `…At` are milliseconds since 1970 UTC.
 */
export type Hex = `0x${string}`;
export type JsonObject = Record<string, unknown>;
/** What the server calls itself. */
export interface About {
    name: string;
    version: string;
}
/** An EIP-55 address, a CAIP-10 id, `app:<key>` for an API key, or "" for the server, the chain and guests. */
export type Account = string;
/** The ack of a request that was sent with a number; only for clients that asked for `frames`. */
export interface AckEvent {
    /** The request's number. */
    n: number;
    /** What its ack callback would get. */
    answer: JsonObject;
}
/** What players may do in a game. */
export interface ActionFacts {
    /** What the author wrote of it; may be empty. */
    description: string;
    /** JSON Schema of what the action takes. */
    args: JsonObject;
    /** Whether others get its entry redacted at first. */
    hidden: boolean;
    /** Whether it may be done out of turn. */
    anytime: boolean;
}
/** A DApp's own entry. */
export interface AppEntry {
    room: RoomId;
    seq: number;
    id: string;
    type: `app.${string}`;
    author: Account;
    at: number;
    /** A binary body is bytes as an `entry` event, which carries it as an attachment, and `{b64}` elsewhere. */
    body: JsonObject | Binary | ArrayBuffer | Uint8Array | null;
    hash: Hex;
    sig?: Hex;
    /** The head its author had seen, in signed posts. */
    seen?: Seen;
    /** Where the body is missing, and where a proof was asked for. */
    bodyHash?: Hex;
    redacted?: "hidden" | "erased";
    /** In history asked with `proof`, and in transcripts, as `salt` is. */
    epoch?: string;
    salt?: Hex;
}
/** Bytes inside an array or an HTTP answer. */
export interface Binary {
    b64: string;
}
/** A block with its own time, in seconds. */
export interface Block {
    number: number;
    hash: Hex;
    time: number;
}
/** A block of a chain. */
export interface BlockRef {
    number: number;
    hash: Hex;
}
/** Everything up to this block has this status. */
export interface ChainConfirmed {
    chain: number;
    upTo: BlockRef;
    status: Finality;
    confirmations?: number;
}
/** An event of a watched contract; an undecodable one has `topics` and `data` instead of `event` and `args`. */
export interface ChainEvent {
    watch: string;
    chain: number;
    address: string;
    event?: string;
    args?: JsonObject;
    topics?: string[];
    data?: string;
    block: Block;
    tx: Hex;
    logIndex: number;
    status: Finality;
    late?: boolean;
}
/** A chain as its follower sees it; more keys may follow. */
export interface ChainFacts {
    chain: number;
    state: string;
    reason: string | null;
    head: number | null;
    processed: number | null;
    lagBlocks: number | null;
    lagSeconds: number;
    endpoints: JsonObject[];
    outbox: JsonObject;
}
/** Events that a limit held back, instead of silence. */
export interface ChainGap {
    watch: string;
    chain: number;
    from: BlockRef;
    to: BlockRef;
    dropped: number;
    reason: string;
}
/** These events stand in another block now, unchanged. */
export interface ChainMoved {
    chain: number;
    of: number[];
    block: Block;
}
/** These events never happened, and what rested on them is void; `block` is the last one both branches share. */
export interface ChainReverted {
    chain: number;
    of: number[];
    block: BlockRef;
    void: VoidEntry[];
}
/** The chains that this server follows. */
export interface ChainsReply {
    chains: ChainFacts[];
}
/** A message was deleted: its text is gone from the server. */
export interface ChatDelete {
    of: number;
    reason?: string;
}
/** A message's new text. */
export interface ChatEdit {
    of: number;
    text: string;
}
/** A message. */
export interface ChatMessage {
    text: string;
    replyTo?: number;
    thread?: number;
    mentions?: Account[];
}
/** A message was pinned, or is no longer. */
export interface ChatPin {
    of: number;
    on: boolean;
}
/** An emoji put on a message, or taken off it. */
export interface ChatReaction {
    of: number;
    emoji: string;
    on: boolean;
}
/** A chess clock: what each player has for the whole game. */
export interface ClockFacts {
    seconds: number;
    /** Seconds won back by each own move. */
    increment: number;
}
/** Why the server is about to close this socket, and whether to come back. */
export interface Closing {
    reason: "signed_out" | "revoked" | "expired" | "draining" | "slow" | "replaced";
    reconnect: boolean;
    retryAfter?: number;
}
/** The room as it is now. */
export interface ConfigureReply {
    ok: true;
    /** The entry that the first request with this id led to. */
    seq?: number;
    duplicate?: true;
    room?: RoomInfo;
}
/** A socket. */
export interface ConnectionFacts {
    id: string;
    account: Account;
    transport: string;
    remote: string;
    rooms: RoomId[];
    since: number;
}
/** The room, new or as its owner made it before. */
export interface CreateReply {
    ok: true;
    room: RoomInfo;
    duplicate?: true;
}
/** A session key that signed an entry of the log, and the message that delegated to it. */
export interface Delegation {
    account: Account;
    sessionKey: string;
    message: string;
    signature: string;
    from: number;
    until: number;
    revokedAt: number | null;
    /** Of contract accounts, whose signature only a node can check again. */
    chain?: number;
    blockHash?: Hex;
}
/** A line of a transcript: a delegation. */
export interface DelegationLine {
    delegation: Delegation;
}
/** When a message was deleted. */
export interface Deleted {
    seq: number;
    at: number;
}
/** What there is to play with under `parlour dev`. */
export interface DevReply {
    dev: true;
    wallets: JsonObject[];
    chain: JsonObject | null;
    stake: JsonObject | null;
    rooms: RoomId[];
}
/** One of an account's sessions. */
export interface Device {
    account: Account;
    address: string;
    chainId: number | string;
    method: string;
    sessionKey: string | null;
    expiresAt: number;
    id: string;
    current: boolean;
    device: string;
    createdAt: number;
}
/** An account's sessions. */
export interface DevicesReply {
    sessions: Device[];
}
/** Carried out; there is nothing more to say. */
export interface Done {
    ok: true;
}
/** A message's newest text. */
export interface Edited {
    seq: number;
    at: number;
    text: string;
}
/** Which entries; bounds are exclusive. */
export interface EntriesQuery {
    after?: number;
    before?: number;
    /** At most 1,000. */
    limit?: number;
    /** Each entry brings its salt, body hash and epoch along. */
    proof?: "1" | "true";
}
/** A line of a transcript: an entry with its salt. */
export interface EntryLine {
    entry: Entry;
}
/** An entry that a DApp's backend writes. */
export interface EntryPost {
    id: string;
    type: string;
    body: JsonObject;
    seen?: SeenHead;
}
/** Where an epoch of a log begins. */
export interface Epoch {
    epoch: string;
    from: number;
}
/** Why a request was refused. */
export interface ErrorBody {
    code: string;
    reason?: string;
    /** One sentence for people. */
    message: string;
    /** Whether the same request may succeed later. */
    retryable: boolean;
    retryAfter?: number;
    details?: JsonObject;
}
/** Every error of the server, whatever the status. */
export interface ErrorReply {
    error: ErrorBody;
}
/** Counts of the process. */
export interface Figures {
    connections: number;
    liveRooms: number;
    entries: number;
    requests: number;
    residentBytes: number;
}
export type Finality = "included" | "safe" | "finalized";
/** Where retention took the start: the first entry there is, and the hash before it. */
export interface Floor {
    seq: number;
    previous: Hex;
}
/** Several events in one packet, in their order; only for clients that asked for `frames`. */
export interface FrameEvent {
    /** Of each event its name and its object. */
    packets: unknown[][];
}
/** What a player did; a bot's has its seat and no author. */
export interface GameAction {
    action: string;
    args?: JsonObject;
    seat?: number;
    failed?: string;
}
/** A player's last connection vanished; they may come back. */
export interface GameDropped {
    seat: number;
    /** The hook that did not come back, so that no replay runs it. */
    failed?: string;
}
/** How the game ended; `provisional` while a chain event it rests on is not final. */
export interface GameEnded {
    result: JsonObject;
    seed: string;
    provisional?: true;
    signed?: SignedHead;
    failed?: string;
}
/** What lists show of a game: public facts alone. */
export interface GameFacts {
    status: "waiting" | "drawing" | "playing" | "paused" | "ended" | "incompatible";
    seats: Seats;
    /** Whether somebody who joins now plays. */
    open: boolean;
}
/** One input of a ticking game. */
export interface GameInput {
    tick: number;
    seat: number;
    action: string;
    args?: JsonObject;
    id?: string;
    signed?: JsonObject;
}
/** A player left for good. */
export interface GameLeft {
    seat: number;
    /** The hook that did not come back, so that no replay runs it. */
    failed?: string;
    reason: string;
}
/** A running match was carried over to a newer version of its game; readable by nobody before the end. */
export interface GameMigrated {
    from: number;
    to: number;
    world: string;
}
/** A player paused the game. */
export interface GamePaused {
    seat: number;
    /** The hook that did not come back, so that no replay runs it. */
    failed?: string;
}
/** Deadlines moved by this; without a seat the server had stood still. */
export interface GameResumed {
    pausedMs: number;
    seat?: number;
    failed?: string;
}
/** A player who had dropped is back. */
export interface GameReturned {
    seat: number;
    /** The hook that did not come back, so that no replay runs it. */
    failed?: string;
}
/** An account, or a bot, sat down. */
export interface GameSeated {
    seat: number;
    /** The hook that did not come back, so that no replay runs it. */
    failed?: string;
    account: Account;
    bot?: boolean;
}
/** The seed of a round: 32 bytes as hex without `0x`, readable by nobody before its end. */
export interface GameSeed {
    seed: string;
}
/** A round began; the commitment is the SHA-256 of its seed, the stakes are wei by seat. */
export interface GameStarted {
    round: number;
    first: number;
    commitment: string;
    version: number;
    stakes?: string[];
    failed?: string;
}
/** Ticks of a ticking game with the inputs played in them; no `entry` event. */
export interface GameTick {
    from: number;
    to: number;
    inputs: GameInput[];
    failed?: string;
}
/** Time ran out for a seat, for the game's own timer (null), or for those missing a contribution. */
export interface GameTimeout {
    seat?: number | null;
    missing?: number[];
    failed?: string;
}
/** The process answers. */
export interface HealthReply {
    ok: true;
}
/** Entries, ascending; `more` where the page ends before the bounds do. */
export interface HistoryReply {
    entries: Entry[];
    more: boolean;
    ok: true;
}
/** The invitation: a secret that `room:join` takes. */
export interface InviteReply {
    ok: true;
    invite: string;
    duplicate?: true;
}
/** The room and its position: exactly what was missed (`recovered`), or else a snapshot. */
export interface JoinReply {
    ok: true;
    room: RoomInfo;
    epoch: string;
    head: number;
    hash: Hex;
    role: Role;
    /** In games: the seat, or null for whoever watches. */
    seat?: number | null;
    read: number;
    recovered: boolean;
    entries: Entry[];
    /** The computed state, of kinds that have one. */
    state?: unknown;
    presence: PresenceSnapshot;
}
/** A kind of rooms: what a page needs to show one. Of games, and of other packages' kinds, it says more. */
export interface KindFacts {
    kind: string;
    /** What people call it. */
    title: string;
    /** JSON Schema of `room:create`'s options. */
    options: JsonObject;
    /** What players may do besides the actions that every game has (protocol §10). */
    actions: Record<string, ActionFacts>;
    /** JSON Schema of its computed state; null where it has none. */
    view: JsonObject | null;
    description?: string;
    /** JSON Schemas of the entry types it takes. */
    posts?: Record<string, JsonObject>;
    version?: number;
    /** Of games alone: how many people play. */
    seats?: SeatRange;
    /** Seats that the game's own bot may take (the option `bots`); 0 for none. */
    bots?: number;
    turns?: boolean;
    /** How long a turn may take; null for ever. */
    turnSeconds?: number | null;
    clock?: ClockFacts | null;
    /** Whether free seats may be taken while the game is on. */
    lateJoin?: boolean;
    /** Whether players may `pause` and `resume`. */
    pausable?: boolean;
    /** Whether players `commit` and `contribute` to chance before the game begins. */
    fair?: boolean;
    /** The option that gives a table a stake, `{chain, address, amount}`; null for a game without. */
    stake?: string | null;
    /** Ticks a second; null for a game that has none. */
    tickRate?: number | null;
}
/** The kinds that this server has. */
export interface KindsReply {
    kinds: KindFacts[];
}
/** What one client may do (protocol §2); each is a setting of the server. */
export interface Limits {
    messageBytes: number;
    bodyBytes: number;
    postsPerSecond: number;
    postsBurst: number;
    signalsPerSecond: number;
    signalsBurst: number;
    roomPostsPerSecond: number;
    roomPostsBurst: number;
    roomSignalsPerSecond: number;
    roomSignalsBurst: number;
    joinsPerSecond: number;
    joinsBurst: number;
    readsPerSecond: number;
    readsBurst: number;
    searchesPerMinute: number;
    changesPerMinute: number;
    roomsPerMinute: number;
    roomsBurst: number;
    invitationsPerHour: number;
    unknownRoomsPerMinute: number;
    unknownRoomsBurst: number;
    outstanding: number;
    sendQueueBytes: number;
    replayEntries: number;
    replayBytes: number;
    roomsOwned: number;
    signInsPerMinute: number;
    signInsBurst: number;
    watchesPerRoom: number;
    eventsPerSecond: number;
}
/** One page of rooms; without a cursor it is the last. */
export interface ListReply {
    rooms: ListedRoom[];
    cursor: string | null;
    ok: true;
}
/** A room in a list; the counts only in lists of one's own rooms. */
export interface ListedRoom {
    id: RoomId;
    kind: string;
    title: string;
    visibility: "public" | "private";
    owner: Account;
    createdAt: number;
    members: number;
    signed: boolean;
    options: JsonObject;
    /** Of rooms that play a game. */
    game?: GameFacts;
    unread?: number;
    mentions?: number;
}
/** What changed in a live list. */
export interface LobbyEvent {
    /** New in the list, or changed. */
    rooms: RoomInfo[];
    /** Ids of rooms no longer in it; each was shown to this connection before. */
    gone: RoomId[];
}
/** Stop looking for players. */
export interface MatchCancel {
    ticket: string;
}
/** Look for players; this version has no matchmaking and refuses. */
export interface MatchFind {
    kind: string;
    options?: JsonObject | null;
}
/** A place in the line. */
export interface MatchReply {
    ok: true;
    ticket: string;
}
/** Somebody who belongs to a room; `name` is the account's verified ENS name. */
export interface Member {
    account: Account;
    role: Role;
    name?: string;
}
/** The account may not come in, for good or until then. */
export interface MemberBanned {
    account: Account;
    by: Account;
    reason?: string;
    until?: number;
}
/** The account may not write, for good or until then. */
export interface MemberMuted {
    account: Account;
    by: Account;
    reason?: string;
    until?: number;
}
/** The account was put out and may come back. */
export interface MemberRemoved {
    account: Account;
    by: Account;
    reason?: string;
}
/** A mute or a ban was taken back. */
export interface MemberRestored {
    account: Account;
    by: Account;
    reason?: string;
    from: "mute" | "ban";
}
/** The account was given a role. */
export interface MemberRole {
    account: Account;
    by: Account;
    reason?: string;
    role: Role;
}
/** One page of members; without a cursor it is the last. */
export interface MembersReply {
    ok: true;
    members: Member[];
    cursor: string | null;
}
/** A message as a page shows it. */
export interface Message {
    room: RoomId;
    seq: number;
    id: string;
    type: "chat.message";
    author: Account;
    at: number;
    body: ChatMessage | null;
    hash: Hex;
    sig?: Hex;
    /** The head its author had seen, in signed posts. */
    seen?: Seen;
    /** Where the body is missing, and where a proof was asked for. */
    bodyHash?: Hex;
    redacted?: "hidden" | "erased";
    /** In history asked with `proof`, and in transcripts, as `salt` is. */
    epoch?: string;
    salt?: Hex;
    /** Accounts by emoji: the first 100 of each, and the caller's own. */
    reactions: Record<string, Account[]>;
    /** How many accounts there are, for an emoji with more than 100. */
    reactionCounts?: Record<string, number>;
    edited?: Edited;
    deleted?: Deleted;
}
/** Messages with their edits, deletions and reactions folded in, ascending. */
export interface MessagesReply {
    ok: true;
    entries: Message[];
    more: boolean;
}
/** The entry that says what was done. */
export interface ModerateReply {
    ok: true;
    seq: number;
    duplicate?: true;
    room?: RoomInfo;
}
/** What a nonce is asked for. */
export interface NonceQuery {
    /** Address of a key that shall sign entries; the statement then names it. */
    sessionKey?: Hex;
    /** The only room that key may sign in. */
    room?: RoomId;
}
/** What goes into a sign-in message (EIP-4361). */
export interface NonceReply {
    nonce: string;
    nonceExpiresAt: number;
    domain: string;
    uri: string;
    version: "1";
    statement: string | null;
    chainIds: number[];
    solanaChains: string[];
    /** RFC 3339, as `expirationTime` is. */
    issuedAt: string;
    expirationTime: string;
}
/** Something for an account, on every socket of it: a mention, an invitation, a turn. */
export interface Notice {
    room: RoomId;
    seq: number;
    type: string;
    from: Account;
    /** With `type: "invitation"`. */
    invite?: string;
}
/** What is live right now. */
export interface OverviewReply {
    server: ServerFacts;
    connections: ConnectionFacts[];
    rooms: RoomFacts[];
    metrics: Figures;
}
/** Take a value from elsewhere (RFC 6902). */
export interface PatchMove {
    op: "move" | "copy";
    path: string;
    from: string;
}
/** One step of RFC 6902. */
export type PatchOperation = PatchValue | PatchRemove | PatchMove;
/** Take a value away (RFC 6902). */
export interface PatchRemove {
    op: "remove";
    path: string;
}
/** Put a value there (RFC 6902). */
export interface PatchValue {
    op: "add" | "replace" | "test";
    path: string;
    value: unknown;
}
/** Where a client stands in a room's log; the hash finds a log that was replaced. */
export interface Position {
    epoch: string;
    seq: number;
    hash?: Hex;
}
/** Where the entry stands that holds the post. */
export interface PostReceipt {
    ok: true;
    seq: number;
    at: number;
    hash: Hex;
    duplicate?: true;
}
/** Who came and left since step `v - 1`; `count` alone in rooms that are too large for names. */
export interface PresenceEvent {
    room: RoomId;
    v: number;
    joined?: Account[];
    left?: Account[];
    count: number;
}
/** Who is in the room now. */
export interface PresenceReply {
    v: number;
    members?: Account[];
    count: number;
    ok: true;
}
/** Who is in a room as of step `v`; `members` is left out of rooms that are too large for names. */
export interface PresenceSnapshot {
    v: number;
    members?: Account[];
    count: number;
}
/** How far an account has read. */
export interface ReadEvent {
    room: RoomId;
    account: Account;
    seq: number;
}
/** Whether clients should be sent here; each check is `ok` or says what is wrong. */
export interface ReadyReply {
    ok: boolean;
    checks: Record<string, string>;
}
/** The ack of a request that was refused. */
export interface Refusal {
    ok: false;
    error: ErrorBody;
}
/** The ack of a request whose `id` makes it safe to send again. */
export interface Repeatable {
    ok: true;
    /** The entry that the first request with this id led to. */
    seq?: number;
    duplicate?: true;
    room?: RoomInfo;
}
/** How many parked deliveries were given another life. */
export interface RevivedReply {
    revived: number;
}
/** How many sessions were ended. */
export interface RevokedReply {
    revoked: number;
}
/** From which block on the endpoint's chain is to be accepted. */
export interface RewindRequest {
    to: number;
}
export type Role = "owner" | "moderator" | "member" | "muted" | "guest";
/** Close a room for good; its log stays readable. */
export interface RoomClose {
    room: RoomId;
    reason?: string | null;
    id?: string | null;
}
/** The room was closed for good. */
export interface RoomClosed {
    by: Account;
    reason: string | null;
}
/** Change a room's settings; only the keys that are named. */
export interface RoomConfigure {
    room: RoomId;
    title?: string | null;
    visibility?: "public" | "private" | null;
    gate?: JsonObject | null;
    options?: JsonObject | null;
    id?: string | null;
}
/** Settings that were changed. */
export interface RoomConfigured {
    by: Account;
    title?: string;
    visibility?: "public" | "private";
    options?: JsonObject;
}
/** Create a room; whoever does owns it, and has not joined it. */
export interface RoomCreate {
    kind: string;
    /** The room's id; the same owner, id and settings again answer the same room. */
    id?: RoomId | null;
    title?: string | null;
    options?: JsonObject | null;
    visibility?: "public" | "private" | null;
    gate?: JsonObject | null;
    signed?: boolean | null;
}
/** The first entry of every room. */
export interface RoomCreated {
    kind: string;
    owner: Account;
    title: string;
    visibility: "public" | "private";
    options: JsonObject;
    signed: boolean;
    /** Of the game, in rooms that play one. */
    version?: number;
}
/** The room was closed, or this account lost its right to it. */
export interface RoomEnd {
    room: RoomId;
    reason: string | null;
}
/** A room as operators see it. */
export interface RoomFacts {
    id: RoomId;
    kind: string;
    title: string;
    visibility: "public" | "private";
    owner: Account;
    createdAt: number;
    members: number;
    signed: boolean;
    options: JsonObject;
    /** Of rooms that play a game. */
    game?: GameFacts;
    head: number;
    live: boolean;
    connections: number;
}
/** Read stored entries, ascending between exclusive bounds; the latest page unless `after` stands alone. */
export interface RoomHistory {
    room: RoomId;
    before?: number | null;
    after?: number | null;
    limit?: number | null;
    view?: "entries" | "messages" | null;
    /** Whether each entry brings its salt, body hash and epoch along. */
    proof?: boolean | null;
}
/** 1–128 of A-Z a-z 0-9 . _ : -, in any case. */
export type RoomId = string;
/** A room in acks and lists. */
export interface RoomInfo {
    id: RoomId;
    kind: string;
    title: string;
    visibility: "public" | "private";
    owner: Account;
    createdAt: number;
    members: number;
    signed: boolean;
    options: JsonObject;
    /** Of rooms that play a game. */
    game?: GameFacts;
}
/** Make an invitation; one that names an account is sent to it too. */
export interface RoomInvite {
    room: RoomId;
    account?: string | null;
    uses?: number | null;
    until?: number | null;
    id?: string | null;
}
/** Follow a room on this socket, from where the client stands; games seat whoever joins while seats are free. */
export interface RoomJoin {
    room: RoomId;
    since?: Position | null;
    /** How many of the latest entries to answer where `since` is not recovered. */
    limit?: number | null;
    invite?: string | null;
    as?: "player" | "spectator" | null;
    vector?: ArrayBuffer | Uint8Array | null;
}
/** Stop following a room; a player gives up the seat. */
export interface RoomLeave {
    room: RoomId;
    reason?: string | null;
    id?: string | null;
}
/** List rooms, newest activity first; `live` keeps the list up to date by `lobby` events. */
export interface RoomList {
    kind?: string | null;
    query?: string | null;
    /** Only rooms whose game somebody who joins now plays. */
    open?: boolean | null;
    mine?: boolean | null;
    live?: boolean | null;
    cursor?: string | null;
    limit?: number | null;
}
/** List who belongs to a room, the highest roles first. */
export interface RoomMembers {
    room: RoomId;
    cursor?: string | null;
    limit?: number | null;
}
/** Mute, kick, ban an account below one's own role, undo that, or give it a role. */
export interface RoomModerate {
    room: RoomId;
    account: string;
    action: "mute" | "unmute" | "kick" | "ban" | "unban" | "role";
    role?: string | null;
    until?: number | null;
    reason?: string | null;
    id?: string | null;
}
/** Write an entry; the same id and content again answer the first one's place. */
export interface RoomPost {
    room: RoomId;
    id: string;
    type: string;
    body: JsonObject | ArrayBuffer | Uint8Array;
    sig?: string | null;
    salt?: Hex | null;
    seen?: SeenHead | null;
}
/** Ask who is in a room now, as after a gap in `presence.v`. */
export interface RoomPresence {
    room: RoomId;
}
/** Move one's reading position forward. */
export interface RoomRead {
    room: RoomId;
    seq: number;
}
/** One room. */
export interface RoomReply {
    room: RoomInfo;
}
/** Find messages that hold all words of a query, newest first. */
export interface RoomSearch {
    room: RoomId;
    query: string;
    /** Only messages with a lower seq: that of the last one found asks for the next page; the last page is empty. */
    before?: number | null;
    limit?: number | null;
}
/** Pass news to everybody else in a room that this socket has joined; it is never stored. */
export interface RoomSignal {
    room: RoomId;
    type: string;
    body?: unknown;
}
/** End a watch, by its id. */
export interface RoomUnwatch {
    room: RoomId;
    watch: string;
    id?: string | null;
}
/** The watch of that id ended. */
export interface RoomUnwatched {
    watch: string;
    by: Account;
}
/** Let a room hear of events of a contract. */
export interface RoomWatch {
    room: RoomId;
    watch: WatchRequest;
    id?: string | null;
}
/** The room hears of these events from now on. */
export interface RoomWatched {
    watch: WatchInfo;
    by: Account;
}
/** Which rooms a list shows. */
export interface RoomsQuery {
    kind?: string;
    query?: string;
    /** Only rooms whose game somebody who joins now plays. */
    open?: "1" | "true";
    cursor?: string;
    /** At most 200. */
    limit?: number;
}
/** The node's answer. */
export interface RpcReply {
    id: unknown;
    jsonrpc?: string;
    result?: unknown;
    error?: JsonObject;
}
/** A JSON-RPC call that a wallet makes. */
export interface RpcRequest {
    method: string;
    params?: unknown[];
    id: unknown;
    jsonrpc?: string;
}
/** Messages found, newest first. */
export interface SearchReply {
    ok: true;
    entries: Entry[];
}
/** How many people a game takes. */
export interface SeatRange {
    min: number;
    max: number;
}
/** How many seats a game has; those kept for its own bots count as taken. */
export interface Seats {
    taken: number;
    total: number;
}
/** The head of the log that the author of a signed post had seen. */
export interface Seen {
    seq: number;
    hash: Hex;
}
/** The head of the log that the author of a signed post had seen. */
export interface SeenHead {
    seq: number;
    hash: Hex;
}
/** Whose signal it is. */
export interface Sender {
    account: Account;
    connection: string;
}
/** The process. */
export interface ServerFacts {
    name: string;
    version: string;
    uptimeMs: number;
}
/** A session with its token, which nobody is told again. */
export interface Session {
    account: Account;
    address: string;
    chainId: number | string;
    method: string;
    sessionKey: string | null;
    expiresAt: number;
    token: string;
}
/** Who is signed in, and until when. */
export interface SessionInfo {
    account: Account;
    address: string;
    chainId: number | string;
    method: string;
    sessionKey: string | null;
    expiresAt: number;
}
/** News that is not stored; null `from`: the room itself. */
export interface Signal {
    room: RoomId;
    from: Sender | null;
    type: string;
    body: unknown;
}
/** The server's word for a room's position: EIP-191 over the JCS of the first four keys. */
export interface SignedHead {
    room: RoomId;
    epoch: string;
    seq: number;
    hash: Hex;
    by: string;
    sig: Hex;
}
/** The last line of a transcript. */
export interface SignedLine {
    signed: SignedHead;
}
/** What a room's computed state is now. */
export type StateEvent = StatePatch | StateWhole;
/** What changed of a computed state since `base` (RFC 6902). */
export interface StatePatch {
    room: RoomId;
    seq: number;
    base: number;
    patch: PatchOperation[];
}
/** The state at which entry. */
export interface StateQuery {
    /** The last entry that is in it; the newest where it is missing. */
    at?: number;
}
/** A room's state as a spectator saw it once entry `seq` was there. */
export interface StateReply {
    room: RoomId;
    seq: number;
    /** When the entry was written; null where the entry itself is not kept any more. */
    at: number | null;
    /** The earliest entry whose state may be asked for. */
    first: number;
    /** The newest one. */
    head: number;
    /** The kind's view (its schema is in `/api/kinds`); null where it has none. */
    state: JsonObject | null;
}
/** A computed state as a whole. */
export interface StateWhole {
    room: RoomId;
    seq: number;
    state: unknown;
}
/** The first line of a transcript. */
export interface TranscriptHead {
    room: RoomId;
    epochs: Epoch[];
    head: number;
    protocol: number;
    floor?: Floor;
}
/** How many blocks were undone. */
export interface UndoneReply {
    undone: number;
}
/** A signed message. */
export interface VerifyRequest {
    message: string;
    signature: string;
}
/** Which server this is, and which protocol it speaks. */
export interface VersionReply {
    name: string;
    version: string;
    protocol: number;
}
/** An entry that no longer holds, and why. */
export interface VoidEntry {
    seq: number;
    reason: string;
}
/** A watch as the room keeps it; events strictly after `from` are delivered. */
export interface WatchInfo {
    id: string;
    chain: number;
    address?: string | string[];
    event: string | string[];
    where?: JsonObject;
    finality: Finality | number;
    confirm: (Finality | number)[];
    from: BlockRef;
}
/** The watch, with the block it begins after. */
export interface WatchReply {
    ok: true;
    /** The entry that the first request with this id led to. */
    seq?: number;
    duplicate?: true;
    room?: RoomInfo;
    watch: WatchInfo;
    /** `indexed`: the signature names no indexed parameter, as if copied from an explorer. */
    warning?: "indexed" | null;
}
/** Which events of which contracts a room wants to hear of; a misspelt key is refused. */
export interface WatchRequest {
    chain: number;
    /** One contract or up to 32; operators may leave it out. */
    address?: string | string[];
    /** A human-readable signature, such as `Transfer(address indexed from, address indexed to, uint256 value)`. */
    event: string | string[];
    /** Values of indexed parameters. */
    where?: JsonObject;
    finality?: Finality | number;
    confirm?: (Finality | number)[];
    fromBlock?: number;
}
/** The first event on every socket. */
export interface Welcome {
    protocol: number;
    /** Empty for a guest, as `address` is; a guest's `chainId` is null. */
    account: Account;
    address: string;
    chainId: number | string | null;
    /** This socket's public id: the one that signals name. */
    connection: string;
    time: number;
    server: About;
    limits: Limits;
    /** The optional features that the handshake asked for and this server serves. */
    features?: string[];
}
/** One numbered, durable line of a room's log; `body` is null where it is hidden or was erased. */
export interface EntryHead {
    room: RoomId;
    seq: number;
    id: string;
    author: Account;
    at: number;
    hash: Hex;
    sig?: Hex;
    /** The head its author had seen, in signed posts. */
    seen?: Seen;
    /** Where the body is missing, and where a proof was asked for. */
    bodyHash?: Hex;
    redacted?: "hidden" | "erased";
    /** In history asked with `proof`, and in transcripts, as `salt` is. */
    epoch?: string;
    salt?: Hex;
}
/** The body of each entry type. */
export interface EntryBodies {
    "room.created": RoomCreated;
    "room.configured": RoomConfigured;
    "room.closed": RoomClosed;
    "room.watched": RoomWatched;
    "room.unwatched": RoomUnwatched;
    "member.role": MemberRole;
    "member.muted": MemberMuted;
    "member.banned": MemberBanned;
    "member.removed": MemberRemoved;
    "member.restored": MemberRestored;
    "chat.message": ChatMessage;
    "chat.edit": ChatEdit;
    "chat.delete": ChatDelete;
    "chat.reaction": ChatReaction;
    "chat.pin": ChatPin;
    "game.action": GameAction;
    "game.seated": GameSeated;
    "game.seed": GameSeed;
    "game.started": GameStarted;
    "game.tick": GameTick;
    "game.dropped": GameDropped;
    "game.returned": GameReturned;
    "game.left": GameLeft;
    "game.paused": GamePaused;
    "game.resumed": GameResumed;
    "game.timeout": GameTimeout;
    "game.ended": GameEnded;
    "game.migrated": GameMigrated;
    "chain.event": ChainEvent;
    "chain.moved": ChainMoved;
    "chain.reverted": ChainReverted;
    "chain.confirmed": ChainConfirmed;
    "chain.gap": ChainGap;
}
/** An entry of one type; `body` is null where it is hidden or was erased. */
export type EntryOf<Type extends keyof EntryBodies> = EntryHead & {
    type: Type;
    body: EntryBodies[Type] | null;
};
/** An entry of a type that this version knows. */
export type KnownEntry = {
    [Type in keyof EntryBodies]: EntryOf<Type>;
}[keyof EntryBodies];
/** One numbered, durable line of a room's log; `entry.type ===` says which body it has. Skip types you do not know. */
export type Entry = KnownEntry | AppEntry;
/** What each request sends. */
export interface Requests {
    "room:create": RoomCreate;
    "room:list": RoomList;
    "room:configure": RoomConfigure;
    "room:close": RoomClose;
    "room:join": RoomJoin;
    "room:leave": RoomLeave;
    "room:presence": RoomPresence;
    "room:members": RoomMembers;
    "room:post": RoomPost;
    "room:signal": RoomSignal;
    "room:history": RoomHistory;
    "room:search": RoomSearch;
    "room:read": RoomRead;
    "room:moderate": RoomModerate;
    "room:invite": RoomInvite;
    "room:watch": RoomWatch;
    "room:unwatch": RoomUnwatch;
    "match:find": MatchFind;
    "match:cancel": MatchCancel;
}
/** What each request is answered where it was carried out. */
export interface Replies {
    "room:create": CreateReply;
    "room:list": ListReply;
    "room:configure": ConfigureReply;
    "room:close": Repeatable;
    "room:join": JoinReply;
    "room:leave": Repeatable;
    "room:presence": PresenceReply;
    "room:members": MembersReply;
    "room:post": PostReceipt;
    "room:signal": Done;
    "room:history": HistoryReply | MessagesReply;
    "room:search": SearchReply;
    "room:read": Done;
    "room:moderate": ModerateReply;
    "room:invite": InviteReply;
    "room:watch": WatchReply;
    "room:unwatch": Repeatable;
    "match:find": MatchReply;
    "match:cancel": Done;
}
/** What each event of the server carries. */
export interface Events {
    welcome: Welcome;
    entry: Entry;
    state: StateEvent;
    presence: PresenceEvent;
    signal: Signal;
    read: ReadEvent;
    notice: Notice;
    lobby: LobbyEvent;
    "room:closed": RoomEnd;
    "room:removed": RoomEnd;
    closing: Closing;
    frame: FrameEvent;
    ack: AckEvent;
}
export type RequestName = keyof Requests;
export type EventName = keyof Events;
/** The answer to a request, carried out or refused. */
export type AckOf<Name extends RequestName> = Replies[Name] | Refusal;
/** Any ack. */
export type Ack = ({
    ok: true;
} & JsonObject) | Refusal;
/** Socket.IO's own generics, for stock clients. */
export type ServerToClientEvents = {
    [Name in EventName]: (event: Events[Name]) => void;
};
export type ClientToServerEvents = {
    [Name in RequestName]: (request: Requests[Name], ack?: (reply: AckOf<Name>) => void) => void;
};
