import type { Connection } from "../connection/connection.js";
import type { Listener } from "../connection/events.js";
import type { LobbyEvent, RoomInfo } from "../protocol/types.js";
export interface LobbyOptions {
    kind?: string;
    /** Words of the room's id or title. */
    query?: string;
    /** Only tables with a free seat. */
    open?: boolean;
    /** Rooms at most; default 50. */
    limit?: number;
}
/** A live list of rooms, new ones first: asked for on every connection, and folded from what is told of it. */
export declare class Lobby {
    #private;
    constructor(connection: Connection, options: LobbyOptions, listener: Listener<readonly RoomInfo[]>);
    /** Ask for the list on the connection there is; the next one asks again. A lasting refusal is thrown at the page. */
    ask(): Promise<void>;
    take({ rooms, gone }: LobbyEvent): void;
    end(): void;
}
