/**
 * Make the pauses between tries, spread by chance so that a crowd does not return at once: up to a bound that doubles;
 * or what the server asked for (`retryAfter`, milliseconds) and up to half more.
 */
export function pauses({ first = 500, longest = 15_000 } = {}) {
    return (tries, retryAfter) => retryAfter ? retryAfter * (1 + Math.random() / 2) : Math.min(longest, first * 2 ** tries) * Math.random();
}
export const pause = pauses();
