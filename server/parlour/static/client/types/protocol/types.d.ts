/**
 * The wire, version 1: what a client and the server say to each other. Names and shapes are those of docs/protocol.md.
 *
 * Conventions: `at` and every `…At` are integer milliseconds since 1970 UTC; amounts are decimal strings; hashes and
 * bytes are `0x` hex; accounts are EIP-55 addresses, CAIP-10 ids, `app:<key>` or `""` for the server and the chain.
 */
export type Account = string;
export type RoomId = string;
export type Hex = `0x${string}`;
export type JsonObject = Record<string, unknown>;
/** A place in a log, as a signed post names it. */
export interface Seen {
    seq: number;
    hash: Hex;
}
/** One numbered, durable line of a room's log. `body` is null once hidden or erased; `bodyHash` still verifies. */
export interface Entry<Body = JsonObject> {
    room: RoomId;
    seq: number;
    id: string;
    type: string;
    author: Account;
    at: number;
    body: Body | null;
    hash: Hex;
    sig?: Hex | null;
    /** The head its author had seen, in signed posts. */
    seen?: Seen;
    bodyHash?: Hex;
    redacted?: "hidden" | "erased";
}
/** Where a client stands in a log: enough to be given exactly what it missed. */
export interface Position {
    epoch: string;
    seq: number;
    hash?: Hex;
}
export interface RoomInfo {
    id: RoomId;
    kind: string;
    title: string | null;
    visibility: "public" | "private";
    owner: Account;
    createdAt: number;
    members: number;
    gate?: JsonObject | null;
    signed: boolean;
    options: JsonObject;
    game?: GameFacts;
    unread?: number;
    mentions?: number;
}
/** What lists show of a game. */
export interface GameFacts {
    status: "waiting" | "drawing" | "playing" | "paused" | "ended" | "incompatible";
    seats: {
        taken: number;
        total: number;
    };
    /** Whether somebody who joins now plays. */
    open: boolean;
}
export type Role = "owner" | "moderator" | "member" | "muted" | "guest";
/** Somebody who belongs to a room; `name` is the account's verified ENS name. */
export interface Member {
    account: Account;
    role: Role;
    name?: string;
}
export interface PresenceSnapshot {
    v: number;
    members?: Account[];
    count: number;
}
export interface JoinReply<State = unknown> {
    room: RoomInfo;
    epoch: string;
    head: number;
    hash: Hex;
    role: Role;
    seat?: number | null;
    read: number;
    recovered: boolean;
    entries: Entry[];
    state?: State;
    presence: PresenceSnapshot;
}
export interface PostReceipt {
    seq: number;
    at: number;
    hash: Hex;
    duplicate?: boolean;
}
export interface WatchRequest {
    chain: number;
    address: string;
    event: string;
    where?: JsonObject;
    finality?: Finality;
    confirm?: Finality[];
    fromBlock?: number;
}
export type Finality = "included" | "safe" | "finalized";
export interface WatchInfo extends WatchRequest {
    id: string;
    from: {
        number: number;
        hash: Hex;
    };
}
export interface Welcome {
    protocol: number;
    account: Account | null;
    address: string | null;
    chainId: number | null;
    server: {
        name: string;
        version: string;
    };
    time: number;
    limits: JsonObject;
}
export interface ErrorBody {
    code: string;
    reason?: string;
    message: string;
    retryable: boolean;
    retryAfter?: number;
    details?: JsonObject;
}
export type Ack = ({
    ok: true;
} & JsonObject) | {
    ok: false;
    error: ErrorBody;
};
/** RFC 6902. */
export type PatchOperation = {
    op: "add" | "replace" | "test";
    path: string;
    value: unknown;
} | {
    op: "remove";
    path: string;
} | {
    op: "move" | "copy";
    path: string;
    from: string;
};
export type StateEvent = {
    room: RoomId;
    seq: number;
    base: number;
    patch: PatchOperation[];
} | {
    room: RoomId;
    seq: number;
    state: unknown;
};
export interface PresenceEvent {
    room: RoomId;
    v?: number;
    joined?: Account[];
    left?: Account[];
    count: number;
}
export interface Signal<Body = JsonObject> {
    room: RoomId;
    /** Null: the room itself. */
    from: {
        account: Account;
        connection: string;
    } | null;
    type: string;
    body: Body;
}
export interface ReadEvent {
    room: RoomId;
    account: Account;
    seq: number;
}
export interface Notice {
    room: RoomId;
    seq: number;
    type: string;
    from: Account;
}
export interface RoomEnd {
    room: RoomId;
    reason: string | null;
}
/** What changed in a live list: rooms new in it or changed, and ids no longer in it. */
export interface LobbyEvent {
    rooms: RoomInfo[];
    gone: RoomId[];
}
export interface Closing {
    reason: string;
    reconnect: boolean;
    retryAfter?: number;
}
/** Socket.IO's own generics, for those who use a stock client with these types. */
export interface ServerToClientEvents {
    welcome: (event: Welcome) => void;
    entry: (event: Entry) => void;
    state: (event: StateEvent) => void;
    presence: (event: PresenceEvent) => void;
    signal: (event: Signal) => void;
    read: (event: ReadEvent) => void;
    notice: (event: Notice) => void;
    lobby: (event: LobbyEvent) => void;
    "room:closed": (event: RoomEnd) => void;
    "room:removed": (event: RoomEnd) => void;
    closing: (event: Closing) => void;
}
/** GET /auth/nonce. */
export interface NonceReply {
    nonce: string;
    nonceExpiresAt: number;
    domain: string;
    uri: string;
    version: "1";
    statement: string | null;
    chainIds: number[];
    issuedAt: string;
    expirationTime: string;
    resources?: string[];
}
/** POST /auth/verify. */
export interface Session {
    token: string;
    account: Account;
    address: string;
    chainId: number;
    method: string;
    sessionKey?: string | null;
    expiresAt: number;
}
