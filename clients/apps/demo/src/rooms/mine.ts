/** The rooms I belong to, with what I have not read in them, and what I was told. */
import { batch, computed, effect, signal } from "@preact/signals";
import type { KeptNotice, ListedRoom } from "@parlour/client";
import { me } from "../account/session.js";
import { client } from "../shell/connection.js";
import { active } from "./open-rooms.js";

export const mine = signal<readonly ListedRoom[]>([]);
export const notices = signal<readonly KeptNotice[]>([]);
/** Notices that were not read. */
export const untold = signal(0);
/** What I have not read in each room. */
export const unread = computed(() => new Map(mine.value.map(({ id, unread: count = 0 }) => [id, count])));

/** Milliseconds from news to asking again: neighbouring ones are one question. */
const ASKED_AFTER = 400;
let asking: ReturnType<typeof setTimeout> | undefined;

/** Follow the connection, the notices, and the room that is shown. */
export function followMine(): void {
  effect(() => {
    const connected = client.value;
    if (!connected || !me.value) return undefined;
    askSoon();
    const off = connected.onNotice(askSoon);
    return () => {
      off();
      forget();
    };
  });
  effect(() => {
    if (active.value?.readUpTo.value !== undefined) askSoon();
  });
}

/** Show nothing of an account that went: whoever looks on as a guest sees the same page. */
function forget(): void {
  clearTimeout(asking);
  batch(() => {
    mine.value = [];
    notices.value = [];
    untold.value = 0;
  });
}

/** Ask for both lists again, in a moment. */
export function askSoon(): void {
  clearTimeout(asking);
  asking = setTimeout(() => void ask(), ASKED_AFTER);
}

async function ask(): Promise<void> {
  const connected = client.peek();
  if (!connected || !me.peek()) return;
  try {
    const [rooms, told] = await Promise.all([connected.listRooms({ mine: true, limit: 100 }), connected.notices()]);
    if (client.peek() !== connected) return;
    mine.value = rooms.rooms;
    notices.value = told.notices;
    untold.value = told.unread;
  } catch {
    return; // the next news asks again
  }
}
