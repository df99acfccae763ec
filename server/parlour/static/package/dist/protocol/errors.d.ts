import type { ErrorBody, JsonObject } from "./types.js";
/**
 * Every error of this SDK. `code` is one of the server's (`forbidden`, `illegal`, …, or the sign-in rule that failed) or,
 * for what goes wrong before the server is asked: `wallet` (the reason says how) and `unavailable` (no connection).
 */
export declare class ParlourError extends Error {
    readonly name = "ParlourError";
    readonly code: string;
    readonly reason: string | undefined;
    /** Whether the same request may succeed later. */
    readonly retryable: boolean;
    /** Milliseconds until a retry may help. */
    readonly retryAfter: number | undefined;
    readonly details: JsonObject | undefined;
    constructor(body: ErrorBody, options?: ErrorOptions);
}
/** Whether this is an error of the SDK, with this `code` where one is named: `isParlourError(error, "illegal")`. */
export declare function isParlourError(error: unknown, code?: string): error is ParlourError;
/** Make an error that no retry mends, unless `retryable`. */
export declare function failure(code: string, reason: string, message: string, retryable?: boolean): ParlourError;
/** Outside a browser there is no page whose server could be meant. */
export declare function missingUrl(): ParlourError;
/** What a wallet threw, as a ParlourError; the innermost code that is known counts. */
export declare function walletError(cause: unknown): ParlourError;
/** A wallet's answer that is none to its request. */
export declare function oddAnswer(method: string): ParlourError;
