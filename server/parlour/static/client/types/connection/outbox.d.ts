import { type Connection } from "./connection.js";
import type { ParlourError } from "../protocol/errors.js";
import type { Hex, JsonObject, PostReceipt, RoomId, Seen } from "../protocol/types.js";
export interface Post {
    room: RoomId;
    id: string;
    type: string;
    body: JsonObject;
    sig?: Hex;
    salt?: Hex;
    seen?: Seen;
}
/**
 * Posts the server has not answered yet, in the order they were made. Each has an id, so after a reconnect all of them
 * are simply sent again: the server answers `duplicate` for what it had already stored.
 */
export declare class Outbox {
    #private;
    constructor(connection: Connection);
    get size(): number;
    send(post: Post): Promise<PostReceipt>;
    flush(): void;
    fail(error: ParlourError): void;
}
