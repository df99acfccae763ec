import type { Connection } from "../connection/connection.js";
import { Listeners, type ErrorHook } from "../connection/events.js";
import { ParlourError } from "../protocol/errors.js";
import type { Entry, PresenceEvent, ReadEvent, RoomEnd, RoomId, Signal, StateEvent } from "../protocol/types.js";
import { Typing } from "../chat/typing.js";
import { Cell } from "../store/store.js";
import type { EnterOptions } from "./options.js";
import { Replica } from "./replica.js";
/** `connecting`: not joined yet; `offline`: joined again as soon as it can be; `ended`: nothing more is heard. */
export type RoomStatus = "connecting" | "online" | "offline" | "ended";
/** Milliseconds between two tries to join where the server names no pause. */
export declare const REJOIN_DELAY = 1000;
/** A joined room, shared by its handles: it joins, joins again after each reconnect, and fetches what was missed. */
export declare class Membership {
    #private;
    readonly id: RoomId;
    readonly replica: Replica;
    readonly status: Cell<RoomStatus>;
    readonly typing: Typing;
    readonly heard: {
        entry: Listeners<Entry>;
        signal: Listeners<Signal>;
        read: Listeners<ReadEvent>;
        reset: Listeners<void>;
        end: Listeners<RoomEnd>;
    };
    /** Why nothing more is heard: `left`, `closed`, the server's reason; null while it is. */
    ended: string | null;
    error: ParlourError | undefined;
    handles: number;
    /** `gone` is called once, when it has ended or its last handle is released. */
    constructor(id: RoomId, connection: Connection, onError: ErrorHook, gone: () => void);
    get joined(): boolean;
    removeHandle(): void;
    /** Join unless that is done; with another `as` or `invite` than before, or `anew`, join again. */
    enter(options: EnterOptions, anew?: boolean): Promise<void>;
    /** There is a new socket: join again, from the last entry that is known. */
    reconnected(): void;
    /** The socket is gone. */
    disconnected(): void;
    takeEntry(entry: Entry): void;
    takeState(event: StateEvent): void;
    takePresence(event: PresenceEvent): void;
    takeSignal(signal: Signal): void;
    end(end: RoomEnd, error?: unknown): void;
}
/** What a handle that hears nothing more answers to whoever writes by it. */
export declare function overError(reason: string): ParlourError;
