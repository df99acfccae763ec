/** Why a server cannot be reached, as one sentence of a ParlourError: what was answered, or what went wrong before. */
import { ParlourError } from "../protocol/errors.js";
import type { ErrorBody } from "../protocol/types.js";
/** Socket.IO's error when no socket could be opened. */
export type ConnectError = Error & {
    /** The server's refusal, where it has spoken. */
    data?: Partial<ErrorBody>;
    /** Of the last transport, which polls by HTTP: the status, or what `fetch` threw. */
    description?: unknown;
    /** The answer of that poll. */
    context?: unknown;
    code?: unknown;
};
export declare const RETRY_AFTER = "Retry-After";
/** Return why no socket could be opened. @param url the server's address, for people. */
export declare function reasonOf(error: ConnectError, url: string): Promise<ParlourError>;
/**
 * Return what an HTTP answer means that was not the one asked for: a Parlour server's `error`, or another program's.
 * `pause` is its `Retry-After`, in seconds.
 */
export declare function answerError(url: string, status: number, body: unknown, pause?: string | null): ParlourError;
/** Return what an exception of a request means. */
export declare function networkError(url: string, thrown: unknown): ParlourError;
/** Whether something else answers in the server's place: for a while perhaps, as in a deployment. */
export declare function isForeign(error: unknown): boolean;
/** Make the error for an address where something else answers. */
export declare function noServer(url: string, why: string, code?: string): ParlourError;
