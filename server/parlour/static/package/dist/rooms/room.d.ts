/// <reference lib="esnext.disposable" preserve="true" />
import type { Message } from "../chat/message.js";
import type { Connection } from "../connection/connection.js";
import { type ErrorHook, type Listener, type Off } from "../connection/events.js";
import type { Outbox } from "../connection/outbox.js";
import { ParlourError } from "../protocol/errors.js";
import { type Gate } from "../protocol/gates.js";
import type { OpenActions } from "../protocol/registry.js";
import type { Account, Answer, Entry, JsonObject, Member, PostReceipt, PresenceSnapshot, Role, RoomInfo } from "../protocol/types.js";
import { type Store } from "../store/store.js";
import type { Listing } from "../store/listing.js";
import { RoomHearing, type RoomEvents } from "./hearing.js";
import { type RoomStatus } from "./joining.js";
import type { EnterOptions, PostOptions, PostSigner } from "./options.js";
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
export declare class Room<State = unknown, Actions extends object = OpenActions> extends RoomHearing<State> {
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
    /** Every account with a role here, the highest first: call it to ask now, or subscribe to it as a store. */
    readonly members: Listing<Member[]>;
    /** The room object, as of the last join; empty but for its id before the first. */
    get info(): RoomInfo;
    /** The tree of the room's gate; undefined where everybody may come in. */
    get gate(): Gate | undefined;
    get role(): Role;
    /** This account's seat in a game; null for those who watch. */
    get seat(): number | null;
    /** The highest seq this client knows of. */
    get head(): number;
    /** Up to where this account has read, on any device; 0 where it never did. */
    get lastRead(): number;
    /** The view the server computed, now; `view` is its store. */
    get state(): State | undefined;
    /** Why this handle is over (`released`, `left`, `closed`, the server's reason); null while it is not. */
    get ended(): string | null;
    /** The refusal that ended this handle, if one did. */
    get error(): ParlourError | undefined;
    /**
     * Post an entry; resolves once it is durable. It is sent again with the same id after a lost connection and after
     * retryable refusals, in order. @throws ParlourError when it is refused for good, or this handle is over.
     */
    post({ type, body, id, timeout }: PostOptions): Promise<PostReceipt>;
    /** Take an action of the room's game. @throws as `post`; `reason` says why the rules refuse. */
    act<Name extends keyof Actions & string>(name: Name, ...[args]: Args<Actions[Name]>): Promise<PostReceipt>;
    /**
     * Send news to everybody here now; it is never stored and never sent again. The promise may be left alone.
     * @throws ParlourError when it is refused, or cannot be sent now (`unavailable`).
     */
    signal({ type, body }: {
        type: string;
        body?: JsonObject | Uint8Array;
    }): Promise<void>;
    /** Show the others that I am typing. Call it at every key: it sends one signal in 2.5 seconds at most. */
    noteTyping(): void;
    /** Put a page of older entries before `entries`; returns whether there are more. @throws ParlourError */
    loadOlder(options?: {
        limit?: number;
    }): Promise<boolean>;
    /** Mark everything up to `seq`, by default the head, as read: in the room, or in a thread. @throws ParlourError */
    markRead({ seq, ...thread }?: {
        seq?: number;
        thread?: number;
    }): Promise<void>;
    /** Join again in another way: `player` takes a seat, `spectator` only watches. @throws ParlourError when refused. */
    rejoin(options: Omit<EnterOptions, "limit">): Promise<void>;
    /** End this handle and keep the seat. The client follows the room until its last handle is released. */
    release(): void;
    [Symbol.dispose](): void;
    /** Give up the room and the seat, for all handles of this client. @throws ParlourError */
    leave(options?: {
        reason?: string;
    }): Promise<void>;
    on<Name extends keyof RoomEvents<this>>(event: Name, listener: Listener<RoomEvents<this>[Name]>): Off;
    /** Hear the answer to every join, before the entries after it; `vector` is what of a document is here already. */
    onJoin(listener: Listener<Answer<"room:join">>, vector?: () => Uint8Array): Off;
}
export {};
