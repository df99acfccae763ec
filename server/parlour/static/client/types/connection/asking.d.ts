import { ParlourError } from "../protocol/errors.js";
import type { Listener } from "./events.js";
import type { SocketLike } from "./socket.js";
/** The request may or may not have been carried out: its answer is lost. */
export declare class LostError extends ParlourError {
    constructor(reason: "timeout" | "disconnected");
}
/** Requests on one socket; each ends with an answer, a refusal or a LostError. */
export declare class Asking {
    #private;
    constructor(socket: SocketLike);
    /** Emit now and await the ack; `settle` is called with it before any event that follows it on the wire. */
    ask<Reply>(event: string, payload: object, settle?: Listener<Reply>): Promise<Reply>;
    /** The socket is gone: no answer to what was asked on it will come. */
    lose(): void;
}
