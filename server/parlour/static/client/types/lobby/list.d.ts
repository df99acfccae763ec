import type { Connection } from "../connection/connection.js";
import type { ErrorHook } from "../connection/events.js";
import { ParlourError } from "../protocol/errors.js";
import type { LobbyEvent, RoomInfo } from "../protocol/types.js";
import { Cell } from "../store/store.js";
export interface LobbyOptions {
    kind?: string;
    /** Words of the room's id or title. */
    query?: string;
    /** Only tables with a free seat. */
    open?: boolean;
    /** Rooms at most; default 50. */
    limit?: number;
}
/** One list: asked for on every connection, and folded from what is told of it while it is the live one. */
export declare class List {
    #private;
    readonly rooms: Cell<readonly RoomInfo[]>;
    readonly error: Cell<ParlourError | null>;
    readonly ready: Promise<void>;
    handles: number;
    /** Whether this connection's server knows of it. */
    answered: boolean;
    constructor(connection: Connection, options: LobbyOptions, onError: ErrorHook, refused: () => void);
    /** Ask for the list on the connection there is; the next one asks again. */
    ask(): Promise<void>;
    /** Ask for it live: the list that was live is closed. */
    becomeLive(): void;
    /** Another list is the live one from now on. */
    becomePolled(): void;
    take({ rooms, gone }: LobbyEvent): void;
    fail(error: ParlourError): void;
    stop(): void;
}
