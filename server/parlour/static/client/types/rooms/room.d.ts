/// <reference lib="esnext.disposable" preserve="true" />
import { type Message } from "../chat/fold.js";
import type { Connection } from "../connection/connection.js";
import { type ErrorHook, type Listener, type Off } from "../connection/events.js";
import type { Outbox } from "../connection/outbox.js";
import { ParlourError } from "../protocol/errors.js";
import type { OpenActions } from "../protocol/registry.js";
import type { Account, Entry, JsonObject, PostReceipt, PresenceSnapshot, ReadEvent, Role, RoomEnd, RoomInfo, Signal } from "../protocol/types.js";
import { type Store } from "../store/store.js";
import { type RoomStatus } from "./joining.js";
import type { EnterOptions, PostOptions, PostSigner } from "./options.js";
import { RoomPosting } from "./posting.js";
/** What a handle sends with. */
export interface Sending {
    connection: Connection;
    outbox: Outbox;
    signer: PostSigner | undefined;
    onError: ErrorHook;
}
type Args<Of> = Record<never, never> extends Of ? [args?: Of] : [args: Of];
/**
 * A handle on a room, made by `client.joinRoom` and `client.openRoom`. Handles of one room share what is known of it;
 * each has its own listeners and is released on its own.
 */
export declare class Room<State = unknown, Actions extends object = OpenActions> extends RoomPosting {
    #private;
    /** Resolves to this handle once the room is joined. @throws ParlourError when it is refused for good. */
    readonly ready: Promise<this>;
    readonly status: Store<RoomStatus>;
    /** The last 2,000 and those of `loadOlder`, ascending, without holes but for what the server does not send (ticks). */
    readonly entries: Store<readonly Entry[]>;
    /** The view the server computed, for kinds that have one. */
    readonly view: Store<State | undefined>;
    /** Who is here; a large crowd has a `count` alone. */
    readonly presence: Store<PresenceSnapshot>;
    /** The chat messages of `entries`, with edits, deletions, reactions and pins folded in. */
    readonly messages: Store<readonly Message[]>;
    /** Who is typing. */
    readonly typing: Store<readonly Account[]>;
    /** The room object, as of the last join; empty but for its id before the first. */
    get info(): RoomInfo;
    get role(): Role;
    /** This account's seat in a game; null for those who watch. */
    get seat(): number | null;
    /** The highest seq this client knows of. */
    get head(): number;
    /** The view the server computed, now; `view` is its store. */
    get state(): State | undefined;
    /** Why this handle hears nothing more: `released`, `left`, `closed`, the server's reason; null while it does. */
    get ended(): string | null;
    /** What ended it, where that was a refusal. */
    get error(): ParlourError | undefined;
    /**
     * Post an entry; resolves once it is durable. Sent again with the same id after a lost connection or a refusal that
     * passes, in order. @throws ParlourError when it is refused for good, or this handle is over.
     */
    post({ type, body, id, timeout }: PostOptions): Promise<PostReceipt>;
    /** Take an action of the room's game. @throws as `post`; `reason` says why the rules refuse. */
    act<Name extends keyof Actions & string>(name: Name, ...[args]: Args<Actions[Name]>): Promise<PostReceipt>;
    /**
     * Send news to those who are here now: never stored, never sent again. Those who do not await it may leave the
     * promise. @throws ParlourError when it is refused, or cannot be sent now (`unavailable`).
     */
    signal({ type, body }: {
        type: string;
        body?: JsonObject;
    }): Promise<void>;
    /** Tell the others that I am typing; call it at every key, it is sent every 2.5 seconds at most. */
    noteTyping(): void;
    /** Put a page of older entries before `entries`; answers whether there are more. */
    loadOlder(options?: {
        limit?: number;
    }): Promise<boolean>;
    /** Mark everything up to `seq`, by default the head, as read. */
    markRead(options?: {
        seq: number;
    }): Promise<void>;
    /** Join again in another way: `as: "player"` takes a seat, `as: "spectator"` only watches. */
    rejoin(options: Omit<EnterOptions, "limit">): Promise<void>;
    /** Stop listening and keep the seat. The room is followed until its last handle is released. */
    release(): void;
    [Symbol.dispose](): void;
    /** Give up the room and the seat, for all handles of this client. */
    leave(options?: {
        reason?: string;
    }): Promise<void>;
    onEntry(listener: Listener<Entry>): Off;
    onState(listener: Listener<State>): Off;
    onPresence(listener: Listener<PresenceSnapshot>): Off;
    onSignal(listener: Listener<Signal>): Off;
    onRead(listener: Listener<ReadEvent>): Off;
    /** Too much was missed, or the log is another one: `entries` and `view` start afresh. */
    onReset(listener: Listener<this>): Off;
    /** The room was closed or left, or this account lost its right to it. */
    onEnd(listener: Listener<RoomEnd>): Off;
}
export {};
