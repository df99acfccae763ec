import { signal } from "@preact/signals";

/** The time, a second at most behind; milliseconds since 1970. */
export const now = signal(Date.now());

/** Keep `now` going. */
export function startClock(): void {
  setInterval(() => (now.value = Date.now()), 1_000);
}
