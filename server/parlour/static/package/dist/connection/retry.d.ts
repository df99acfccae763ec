/**
 * Milliseconds to wait after `tries` tries in a row that failed, spread by chance so that a crowd does not return at
 * once: up to a bound that doubles; or what the server asked for (`retryAfter`, milliseconds) and up to half more.
 */
export declare function pause(tries: number, retryAfter?: number): number;
