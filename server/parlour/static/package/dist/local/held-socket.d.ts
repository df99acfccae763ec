import type { SocketLike } from "../connection/socket.js";
import type { FromHolder, FromTab } from "./tab-messages.js";
/**
 * Holds the one socket of several tabs: sends their requests, tells each its answers and all of them the events.
 * A connection has one live list; a tab that asks for another one gets it as it is now, and `live: false`.
 */
export declare class HeldSocket {
    #private;
    constructor(socket: SocketLike, auth: SocketLike["auth"], tell: (message: FromHolder) => void);
    receive(message: FromTab): void;
    close(): void;
}
