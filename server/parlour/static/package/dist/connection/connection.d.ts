import { ParlourError } from "../protocol/errors.js";
import type { EventName, Events, Welcome } from "../protocol/types.js";
import { Cell } from "../store/store.js";
import { Listeners, type ErrorHook, type Listener } from "./events.js";
import type { Pause } from "./retry.js";
import type { SocketLike } from "./socket.js";
import type { TokenSource } from "./tokens.js";
export type Status = "connecting" | "online" | "offline" | "closed";
export interface StatusChange {
    status: Status;
    /** Why: `signed_out`, `revoked`, `expired`, `draining`, `slow`, `replaced`, `unauthorized`, or the transport's word. */
    reason?: string;
    /** Milliseconds until the next try, while offline. */
    retryIn?: number;
    /** Why no socket could be opened, or why it is closed for good. */
    error?: ParlourError;
}
/** Is called at every change of the connection, before any listener. */
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
 * Keeps a connection over many sockets: opens the first at the first use, and each next one after a pause.
 * A lasting refusal (`connect_error` with data, `closing {reconnect: false}`) closes it for good, except that an expired
 * or unknown token is replaced once by a newer one.
 */
export declare class Connection {
    #private;
    readonly status: Cell<Status>;
    /** The server's last greeting. */
    readonly me: Cell<Welcome | null>;
    readonly changes: Listeners<StatusChange>;
    /** The server's address, for people and for calls over HTTP. */
    readonly url: string;
    /** How long to wait before each next try. */
    readonly pause: Pause;
    /** Why it is closed for good; undefined before. */
    error: ParlourError | undefined;
    /** Why no socket could be opened the last time; undefined while one is open. */
    trouble: ParlourError | undefined;
    constructor(socket: SocketLike, tokens: TokenSource, onError: ErrorHook, url: string, pause: Pause);
    /** Return the session's token for a call over HTTP; undefined for a guest. */
    token(): Promise<string | undefined>;
    /** Whether a socket is open and the server has greeted. */
    get online(): boolean;
    /** Set what is called before any listener; there is one. */
    follow(follower: Follower): void;
    on<Name extends EventName>(event: Name, listener: Listener<Events[Name]>): void;
    /** Open the first socket; later calls do nothing. */
    open(): void;
    /**
     * Send a request and return its answer; send it again after a lost connection and after retryable refusals.
     * @throws ParlourError when it is refused for good, or not answered in time.
     */
    request<Reply>(event: string, payload: object, options?: RequestOptions<Reply>): Promise<Reply>;
    /** Send a request once, on the present socket. @throws LostError without a socket, or when the answer is lost. */
    requestOnce<Reply>(event: string, payload: object, settle?: Listener<Reply>): Promise<Reply>;
    /** Wait for a socket, `timeout` milliseconds at most. @throws ParlourError when it is closed, or after the timeout. */
    whenOnline(timeout: number): Promise<Welcome>;
    /** Close it for good. */
    close(): void;
}
