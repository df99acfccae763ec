import { ParlourError } from "../protocol/errors.js";
import type { Listener } from "./events.js";
import type { SocketLike } from "./socket.js";
/** The answer to a request is lost: it may or may not have been carried out. */
export declare class LostError extends ParlourError {
    /** Args: trouble is why there is no connection since. */
    constructor(reason: "timeout" | "disconnected", trouble?: ParlourError);
}
/** Sends requests on one socket; each ends with an answer, a refusal or a LostError. */
export declare class PendingRequests {
    #private;
    constructor(socket: SocketLike);
    /** Emit now and await the ack; `settle` is called with it before any event that follows it on the wire. */
    send<Reply>(event: string, payload: object, settle?: Listener<Reply>): Promise<Reply>;
    /** Reject all requests that wait for an answer: the socket was lost. */
    failAll(): void;
}
