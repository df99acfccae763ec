import { ParlourError } from "../protocol/errors.js";
import { Listeners, type Listener } from "./events.js";
import type { JsonObject, Welcome } from "../protocol/types.js";
/** What this SDK needs of a Socket.IO client socket; tests pass one of their own. */
export interface SocketLike {
    on(event: string, listener: (...values: never[]) => void): unknown;
    emit(event: string, ...values: unknown[]): unknown;
    connect(): unknown;
    disconnect(): unknown;
}
export type Status = "connecting" | "online" | "offline" | "closed";
export interface StatusChange {
    status: Status;
    /** Why: `signed_out`, `revoked`, `expired`, `draining`, `slow`, `replaced`, `unauthorized`, or the transport's word. */
    reason?: string;
    /** Milliseconds until the next try, while offline. */
    retryIn?: number;
}
/** The request may or may not have been carried out: the answer is lost, not the wish. */
export declare class LostError extends ParlourError {
    constructor(reason: "timeout" | "disconnected");
}
/**
 * One socket that comes back: jittered reconnects that honour `closing {retryAfter}`, and requests that always end.
 * A refusal the server calls lasting (`connect_error` with data, `closing {reconnect: false}`) is never retried.
 */
export declare class Connection {
    #private;
    status: Status;
    welcome: Welcome | undefined;
    error: ParlourError | undefined;
    readonly changes: Listeners<StatusChange>;
    constructor(socket: SocketLike);
    on<Value>(event: string, listener: (value: Value) => void): void;
    /** Emit and await the ack. While offline it waits for the connection first; emitted at once otherwise. */
    request<Reply>(event: string, payload: object): Promise<Reply>;
    /**
     * Emit now and await the ack. @throws LostError when the answer will never come.
     * `settle` is called with the answer before any event that follows it on the wire.
     */
    ask<Reply>(event: string, payload: object, settle?: Listener<Reply>): Promise<Reply>;
    /** Emit without an ack; what cannot be sent now is not worth sending later. */
    tell(event: string, payload: JsonObject): void;
    whenOnline(timeout: number): Promise<Welcome>;
    close(): void;
}
/** Milliseconds to wait: what the server asked for and up to half more, or a doubling delay with half of it left to chance. */
export declare function reconnectDelay(attempt: number, retryAfter?: number): number;
