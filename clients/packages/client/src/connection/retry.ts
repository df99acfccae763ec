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
export function pauses({ first = 500, longest = 15_000 }: RetryOptions = {}): Pause {
  return (tries, retryAfter) =>
    retryAfter ? retryAfter * (1 + Math.random() / 2) : Math.min(longest, first * 2 ** tries) * Math.random();
}

export const pause = pauses();
