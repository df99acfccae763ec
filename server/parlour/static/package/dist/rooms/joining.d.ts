import type { Connection } from "../connection/connection.js";
import { Listeners, type ErrorHook } from "../connection/events.js";
import { ParlourError } from "../protocol/errors.js";
import type { Entry, Answer, PresenceEvent, ReadEvent, RoomEnd, RoomId, Signal, StateEvent } from "../protocol/types.js";
import { Typing } from "../chat/typing.js";
import { Cell } from "../store/store.js";
import type { EnterOptions } from "./options.js";
import { Replica } from "./replica.js";
/** `connecting`: not joined yet; `offline`: lost, and joined again by itself; `ended`: not followed any more. */
export type RoomStatus = "connecting" | "online" | "offline" | "ended";
type JoinAnswer = Answer<"room:join">;
/** Milliseconds between two tries to join where the server names no pause. */
export declare const REJOIN_DELAY = 1000;
/** Follows one room for all its handles: joins, joins again after each reconnect, fetches what was missed. */
export declare class Membership {
    #private;
    readonly id: RoomId;
    readonly replica: Replica;
    readonly status: Cell<RoomStatus>;
    readonly typing: Typing;
    readonly listeners: {
        join: Listeners<JoinAnswer>;
        entry: Listeners<Entry>;
        signal: Listeners<Signal>;
        read: Listeners<ReadEvent>;
        reset: Listeners<void>;
        end: Listeners<RoomEnd>;
    };
    /** Why the room is not followed any more (`left`, `closed`, the server's reason); null while it is. */
    ended: string | null;
    error: ParlourError | undefined;
    /** What of a document this client has, sent with every join. */
    vector: (() => Uint8Array) | undefined;
    /** Args: onGone is called once, when the room has ended or its last handle is released. */
    constructor(id: RoomId, connection: Connection, onError: ErrorHook, onGone: () => void);
    get joined(): boolean;
    addHandle(): void;
    /** Count one handle less; stop following the room after the last one. */
    removeHandle(): void;
    /** Join, unless the room is joined in that way already and not `anew`. @throws ParlourError when it is refused. */
    enter(options: EnterOptions, anew?: boolean): Promise<void>;
    /** Join again on a new socket, from the last known entry on. */
    reconnected(): void;
    /** Show that the socket was lost. */
    disconnected(): void;
    receiveEntry(entry: Entry): void;
    receiveState(event: StateEvent): void;
    receivePresence(event: PresenceEvent): void;
    receiveSignal(signal: Signal): void;
    receiveRead(event: ReadEvent): void;
    /** Follow the room no more, and notify its handles; `ended` becomes `why`. */
    end(end: RoomEnd, error?: unknown, why?: string): void;
}
/** Make the error for a post on a handle that is over. */
export declare function overError(reason: string): ParlourError;
export {};
