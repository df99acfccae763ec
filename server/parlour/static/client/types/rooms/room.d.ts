import type { Connection } from "../connection/connection.js";
import { type Listener, type Off } from "../connection/events.js";
import type { Outbox, Post } from "../connection/outbox.js";
import type { Entry, Hex, JsonObject, PostReceipt, PresenceEvent, PresenceSnapshot, ReadEvent, Role, RoomEnd, RoomId, RoomInfo, Signal, StateEvent, WatchInfo, WatchRequest } from "../protocol/types.js";
export interface JoinOptions {
    room: RoomId;
    as?: "player" | "spectator";
    invite?: string;
    /** How many of the latest entries to start with. */
    limit?: number;
}
export interface PostOptions {
    type: string;
    body: JsonObject;
    /** Makes a retry safe across reloads; drawn at random by default. */
    id?: string;
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
/** A room this client is in: its latest entries, its view, who is here, and what to do in it. Made by `client.joinRoom`. */
export declare class Room<State = unknown> {
    #private;
    readonly id: RoomId;
    info: RoomInfo;
    role: Role;
    seat: number | null;
    /** The highest seq this client knows of. */
    head: number;
    /** Ascending, without holes but for what the server does not send (ticks); a new array after every change. */
    entries: readonly Entry[];
    /** The view the server computed, for kinds that have one. */
    state: State | undefined;
    presence: PresenceSnapshot;
    constructor(connection: Connection, outbox: Outbox, options: JoinOptions, signer?: PostSigner);
    /** Post an entry; resolves once it is durable. Sent again by itself, with the same id, after a lost connection. */
    post({ type, body, id }: PostOptions): Promise<PostReceipt>;
    /** Take an action of the room's game. */
    act(action: string, args?: JsonObject): Promise<PostReceipt>;
    /** Passing news for those here now; never stored, and dropped while offline. */
    signal(options: {
        type: string;
        body?: JsonObject;
    }): void;
    /** Older entries, ascending; both bounds are exclusive. */
    history(options?: {
        before?: number;
        after?: number;
        limit?: number;
    }): Promise<{
        entries: Entry[];
        more: boolean;
    }>;
    /** Have a contract's events arrive here as `chain.event` entries. */
    watch(options: WatchRequest): Promise<WatchInfo>;
    unwatch(options: {
        watch: string;
    }): Promise<void>;
    markRead(options?: {
        seq: number;
    }): Promise<void>;
    leave(options?: {
        reason?: string;
    }): Promise<void>;
    onEntry(listener: Listener<Entry>): Off;
    onState(listener: Listener<State>): Off;
    onPresence(listener: Listener<PresenceSnapshot>): Off;
    onSignal(listener: Listener<Signal>): Off;
    onRead(listener: Listener<ReadEvent>): Off;
    /** The gap was too large, or the log is another one: `entries` and `state` start afresh. */
    onReset(listener: Listener<Room<State>>): Off;
    /** The room was closed or left, or this account lost its right to it. */
    onEnd(listener: Listener<RoomEnd>): Off;
    /** Join, or join again with `since` and perhaps other options; one at a time. @internal */
    join(options?: JoinOptions): Promise<void>;
    /** Join again in the background: lasting refusals end the room, passing ones are tried again. @internal */
    rejoin(): void;
    /** @internal */
    takeEntry(entry: Entry): void;
    /** @internal */
    takeState(event: StateEvent): void;
    /** @internal */
    takePresence(event: PresenceEvent): void;
    /** @internal */
    takeSignal(signal: Signal): void;
    /** @internal */
    takeRead(event: ReadEvent): void;
    /** @internal */
    end(end: RoomEnd): void;
}
