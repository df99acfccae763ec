/** How long a client waits before it tries again, in milliseconds. */
export interface RetryOptions {
    /** The most there is before the first try; 500 by default. */
    first?: number;
    /** The most there is before any try; 15,000 by default. */
    longest?: number;
}
/** Returns milliseconds to wait after `tries` tries in a row that failed. */
export type Pause = (tries: number, retryAfter?: number) => number;
/**
 * Make the pauses between tries, spread by chance so that a crowd does not return at once: up to a bound that doubles;
 * or what the server asked for (`retryAfter`, milliseconds) and up to half more.
 */
export declare function pauses({ first, longest }?: RetryOptions): Pause;
export declare const pause: Pause;
