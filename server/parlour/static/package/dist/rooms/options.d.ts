import type { Gate } from "../protocol/gates.js";
import type { Post } from "../connection/outbox.js";
import type { ChatMessage, Hex, JsonObject, RoomId, RulesChange } from "../protocol/types.js";
/** How to join a room. */
export interface EnterOptions {
    /** `player` takes a seat in a game, `spectator` none; by default a game seats whoever joins while seats are free. */
    as?: "player" | "spectator";
    invite?: string;
    /** Of a Merkle leaf of the room's gate: the hashes that lead from this account to the root. */
    proof?: Hex[];
    /** An address that delegated to this account, where the room's gate takes delegates. */
    vault?: Hex;
    /** How many of the latest entries to start with; the first handle's word counts. */
    limit?: number;
}
export interface JoinOptions extends EnterOptions {
    room: RoomId;
}
export interface PostOptions {
    type: string;
    /** JSON, or the bytes of a binary body. */
    body: JsonObject | Uint8Array;
    /** Makes a retry safe across reloads; drawn at random by default. */
    id?: string;
    /** Milliseconds over all tries; by default a post waits as long as there is no connection. */
    timeout?: number;
}
export interface SayOptions {
    /** The message it answers, by its seq. */
    replyTo?: number;
    /** The message in whose thread it is, by its seq. */
    thread?: number;
    /** Accounts it mentions; `@here` everybody who is here now, `@room` (for moderators) everybody in the room. */
    mentions?: string[];
    /** Hashes of files that this account brought into the room; the text may be empty beside them. */
    files?: string[];
    /** What is shown beside the text: a transaction, an address or a room. */
    card?: NonNullable<ChatMessage["card"]>;
    id?: string;
}
/** Mentions and files stay as they are where they are not named. */
export type EditOptions = Pick<SayOptions, "mentions" | "files" | "id">;
/** Which messages; bounds are seqs, excluded. Without `after` they are the last ones. */
export interface MessagesOptions {
    before?: number;
    after?: number;
    limit?: number;
    /** False leaves the replies in threads out. */
    threads?: boolean;
}
export interface SearchOptions {
    /** Whose messages. */
    from?: string;
    /** `chat.message` or `doc.update`; both without it. */
    type?: string;
    /** Bounds, excluded: seqs in one room, milliseconds since 1970 in many. */
    before?: number;
    after?: number;
    limit?: number;
    /** Of the page before. */
    cursor?: string;
}
export interface NotifyOptions {
    level: "all" | "mentions" | "none";
    /** The root; to follow a thread one has no part in too. */
    thread?: number;
    until?: number;
}
export interface InviteOptions {
    account?: string;
    /** How many may use it; default 1. */
    uses?: number;
    /** When it ends, in milliseconds since 1970; default in seven days. */
    until?: number;
}
export interface ConfigureOptions {
    title?: string;
    visibility?: "public" | "private";
    options?: JsonObject;
    /** Another gate; null removes it. */
    gate?: Gate | null;
    /** Those that are named change. */
    rules?: RulesChange;
}
export interface ModerateOptions {
    account: string;
    action: "mute" | "unmute" | "kick" | "ban" | "unban" | "role";
    /** With `action: "role"`. */
    role?: "moderator" | "editor" | "member" | "muted";
    /** When a mute or a ban ends, in milliseconds since 1970; by default it lasts. */
    until?: number;
    reason?: string;
}
/** Signs posts in `signed` rooms: a `SessionKey` of `@parlour/client/session`. `epoch` is that of the room's log. */
export interface PostSigner {
    readonly address: string;
    sign(post: Post & {
        epoch: string;
    }): {
        sig: Hex;
        salt: Hex;
    };
}
export interface CreateRoomOptions<Kind extends string = string, Options = JsonObject> {
    kind: Kind;
    /** The id; drawn at random by default, so that asking again after a lost answer is safe. */
    room?: RoomId;
    title?: string;
    options?: Options;
    visibility?: "public" | "private";
    /** Every post carries its author's signature. */
    signed?: boolean;
    /** Who may come in (docs/gates.md); everybody by default. */
    gate?: Gate;
    rules?: RulesChange;
}
export interface ListRoomsOptions {
    kind?: string;
    query?: string;
    open?: boolean;
    mine?: boolean;
    /** Only rooms that the server's operators recommend. */
    featured?: boolean;
    cursor?: string;
    limit?: number;
}
