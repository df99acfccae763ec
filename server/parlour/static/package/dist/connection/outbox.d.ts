import type { ParlourError } from "../protocol/errors.js";
import type { Account, Hex, JsonObject, PostReceipt, RoomId, Seen } from "../protocol/types.js";
import type { ErrorHook } from "./events.js";
import type { Connection } from "./connection.js";
export interface Post {
    room: RoomId;
    id: string;
    type: string;
    body: JsonObject | Uint8Array;
    sig?: Hex;
    salt?: Hex;
    seen?: Seen;
}
/** Where posts without an answer outlive the page; `@parlour/client/local` has one over IndexedDB. */
export interface PostStore {
    /** Return an account's posts, in the order they were added. */
    load(account: Account): Promise<Post[]>;
    /** Keep a post; errors are the store's own to report. */
    add(account: Account, post: Post): void;
    remove(account: Account, id: string): void;
}
/**
 * Keeps posts without an answer, in the order they were made. Each has an id, so all are sent again after a reconnect:
 * the server answers `duplicate` for what it had stored. A retryable refusal holds back all posts of the room until the
 * pause is over, so that no later post overtakes.
 */
export declare class Outbox {
    #private;
    constructor(connection: Connection, store: PostStore | undefined, onError: ErrorHook);
    get size(): number;
    /**
     * Send a post; `timeout` is milliseconds over all tries. Without one it waits for a connection as long as it takes.
     * @throws ParlourError when it is refused; LostError when no answer came in time.
     */
    send(post: Post, timeout?: number): Promise<PostReceipt>;
    /** Send all that waits, now that the server knows the account; what an earlier page left comes first. */
    opened(account: Account): Promise<void>;
    /** Send all that waits and is not held back, in order. */
    flush(): void;
    /** Reject all posts: the connection is closed for good. A store still keeps them, for the next page. */
    fail(error: ParlourError): void;
}
