import { ParlourError } from "../protocol/errors.js";
import type { EventName, Events, Welcome } from "../protocol/types.js";
import { Cell } from "../store/store.js";
import { Listeners, type ErrorHook, type Listener } from "./events.js";
import type { SocketLike } from "./socket.js";
import type { TokenSource } from "./tokens.js";
export type Status = "connecting" | "online" | "offline" | "closed";
export interface StatusChange {
    status: Status;
    /** Why: `signed_out`, `revoked`, `expired`, `draining`, `slow`, `replaced`, `unauthorized`, or the transport's word. */
    reason?: string;
    /** Milliseconds until the next try, while offline. */
    retryIn?: number;
}
/** Is told of the connection before anybody else. */
export interface Follower {
    opened(): void;
    lost(): void;
    failed(error: ParlourError): void;
}
export interface RequestOptions<Reply> {
    /** Milliseconds over all tries, waiting for the connection included; default 30 s. */
    timeout?: number;
    /** Called with the answer before any event that follows it on the wire. */
    settle?: Listener<Reply>;
}
/**
 * One connection that outlives its sockets: it opens the first one when it is used, and the next after a pause.
 * A refusal the server calls lasting (`connect_error` with data, `closing {reconnect: false}`) ends it, unless the
 * session ended and there is a newer token.
 */
export declare class Connection {
    #private;
    readonly status: Cell<Status>;
    /** The last greeting. */
    readonly me: Cell<Welcome | null>;
    readonly changes: Listeners<StatusChange>;
    /** Why it is closed for good, once it is. */
    error: ParlourError | undefined;
    constructor(socket: SocketLike, tokens: TokenSource, onError: ErrorHook);
    get online(): boolean;
    follow(follower: Follower): void;
    on<Name extends EventName>(event: Name, listener: Listener<Events[Name]>): void;
    /** Open the first socket, unless that was done. */
    open(): void;
    /**
     * Send a request and await its answer, over reconnects and refusals that pass. Sent at once while online.
     * @throws ParlourError when it is refused for good, or not answered in time.
     */
    request<Reply>(event: string, payload: object, options?: RequestOptions<Reply>): Promise<Reply>;
    /** Send a request once, on the socket there is. @throws LostError without one, or when the answer will never come. */
    ask<Reply>(event: string, payload: object, settle?: Listener<Reply>): Promise<Reply>;
    whenOnline(timeout: number): Promise<Welcome>;
    close(): void;
}
