import { signal } from "@preact/signals";

/** Whether what is shown stays as it is. */
export const paused = signal(false);
