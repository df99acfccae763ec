import type { Connection } from "../connection/connection.js";
import { Listeners, type ErrorHook } from "../connection/events.js";
import { ParlourError } from "../protocol/errors.js";
import type { MatchFound, MatchStatus, Requests } from "../protocol/types.js";
import { type Store } from "../store/store.js";
export type FindMatchOptions = Omit<Requests["match:find"], "id">;
/** Somebody's place in the line of a game, over every reconnect; made by `client.findMatch`. */
export interface MatchSearch {
    /** How it stands; null until something is known. */
    readonly status: Store<MatchStatus | null>;
    /** Resolves with the table: join its room before `confirmBy`. @throws ParlourError when refused or cancelled. */
    readonly found: Promise<MatchFound>;
    /** Leave the line. */
    cancel(): Promise<void>;
}
/** Keeps the searches of a client: asks again on every new socket, by the same id, which is the same ticket. */
export declare class Searches {
    #private;
    /** Hears of every table that is found for this account, also by a party's leader. */
    readonly found: Listeners<MatchFound>;
    constructor(connection: Connection, onError: ErrorHook);
    open(options: FindMatchOptions): MatchSearch;
    /** Ask for every search on a new socket: a table may have been found meanwhile. */
    opened(): void;
    failed(error: ParlourError): void;
}
