/// <reference lib="esnext.disposable" preserve="true" />
import type { Connection } from "../connection/connection.js";
import type { ErrorHook } from "../connection/events.js";
import type { ParlourError } from "../protocol/errors.js";
import type { LobbyEvent, RoomInfo } from "../protocol/types.js";
import type { Store } from "../store/store.js";
import { type LobbyOptions } from "./list.js";
/** A handle on a list of public rooms that is kept up to date over every reconnect; made by `client.lobby`. */
export interface Lobby {
    /** New ones first; a new array after every change. */
    readonly rooms: Store<readonly RoomInfo[]>;
    /** Resolves once the list is here. @throws ParlourError when it is refused for good. */
    readonly ready: Promise<void>;
    /** Why the list is refused, once it is. */
    readonly error: Store<ParlourError | null>;
    /** Listen no more. */
    close(): void;
    [Symbol.dispose](): void;
}
/** The lists a client watches. Handles with equal options share one; the list opened last is live on the wire. */
export declare class Lobbies {
    #private;
    constructor(connection: Connection, onError: ErrorHook);
    open(options: LobbyOptions): Lobby;
    /** There is a new socket, which knows of no list yet. */
    opened(): void;
    failed(error: ParlourError): void;
    take(event: LobbyEvent): void;
}
