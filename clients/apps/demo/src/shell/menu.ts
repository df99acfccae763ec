import { signal } from "@preact/signals";

/** Whether the list of rooms is open on a small screen. */
export const menuOpen = signal(false);
