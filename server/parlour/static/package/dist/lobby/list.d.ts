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
    /** Only rooms that the server's operators recommend. */
    featured?: boolean;
    /** Rooms at most; default 50. */
    limit?: number;
}
/** Keeps one list: asks for it on every socket, applies `lobby` events to it while it is the live one. */
export declare class List {
    #private;
    readonly rooms: Cell<readonly RoomInfo[]>;
    readonly error: Cell<ParlourError | null>;
    readonly ready: Promise<void>;
    handles: number;
    /** Whether the server has answered it on the present socket. */
    answered: boolean;
    constructor(connection: Connection, options: LobbyOptions, onError: ErrorHook, refused: () => void);
    /** Ask for the list on the present socket; each new socket asks again. */
    ask(): Promise<void>;
    /** Ask for it live, now that the list that was live is closed. */
    becomeLive(): void;
    /** Ask for it now and then: another list is the live one from now on. */
    becomePolled(): void;
    /** Fold one event: new rooms first, changed ones in their place, without those that are gone. */
    apply({ rooms, gone }: LobbyEvent): void;
    /** End it with an error, for all its handles. */
    fail(error: ParlourError): void;
    stop(): void;
}
