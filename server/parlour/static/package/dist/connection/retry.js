/** Milliseconds: the most there is before the first try. */
const FIRST = 500;
/** Milliseconds: the most there is before any try. */
const LONGEST = 15_000;
/**
 * Milliseconds to wait after `tries` tries in a row that failed, spread by chance so that a crowd does not return at
 * once: up to a bound that doubles; or what the server asked for (`retryAfter`, milliseconds) and up to half more.
 */
export function pause(tries, retryAfter) {
    if (retryAfter)
        return retryAfter * (1 + Math.random() / 2);
    return Math.min(LONGEST, FIRST * 2 ** tries) * Math.random();
}
