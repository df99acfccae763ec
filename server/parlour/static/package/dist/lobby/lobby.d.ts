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
    /** Why the list was refused; null before. */
    readonly error: Store<ParlourError | null>;
    /** End this handle; the list ends with its last one. */
    close(): void;
    [Symbol.dispose](): void;
}
/** Keeps the lists of a client. Handles with equal options share one; the list opened last is live on the wire. */
export declare class Lobbies {
    #private;
    constructor(connection: Connection, onError: ErrorHook);
    open(options: LobbyOptions): Lobby;
    /** Ask for every list on a new socket. */
    opened(): void;
    failed(error: ParlourError): void;
    receive(event: LobbyEvent): void;
}
