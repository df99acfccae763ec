import type { Post } from "../connection/outbox.js";
import type { Hex, JsonObject, RoomId } from "../protocol/types.js";
/** How to join a room. */
export interface EnterOptions {
    /** `player` takes a seat in a game, `spectator` none; by default a game seats whoever joins while seats are free. */
    as?: "player" | "spectator";
    invite?: string;
    /** How many of the latest entries to start with; the first handle's word counts. */
    limit?: number;
}
export interface JoinOptions extends EnterOptions {
    room: RoomId;
}
export interface PostOptions {
    type: string;
    body: JsonObject;
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
    id?: string;
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
}
export interface ModerateOptions {
    account: string;
    action: "mute" | "unmute" | "kick" | "ban" | "unban" | "role";
    /** With `action: "role"`. */
    role?: "moderator" | "member" | "muted";
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
