/** The list of rooms: the newest as they come, fill and go, and by pages those beyond. */
import { batch, computed, effect, signal } from "@preact/signals";
import type { Client, ListRoomsOptions, RoomInfo } from "@parlour/client";
import { tableKinds } from "../games/kinds.js";
import { client } from "../shell/connection.js";
import { FIRST_ROOM } from "../shell/router.js";
import { report } from "../shell/toast.js";

/** Words of the id or title of the rooms that are listed. */
export const query = signal("");
/** The first room, then the newest. */
export const rooms = computed(() => sorted(live.value, older.value));
/** Whether the server has rooms that are not listed. */
export const hasMoreRooms = computed(() => cursor.value !== null);

/** Rooms of the live list, and of a page: the server's most. */
const LISTED = 100;
const live = signal<readonly RoomInfo[]>([]);
const older = signal<readonly RoomInfo[]>([]);
const cursor = signal<string | null>(null);

/** Follow the connection, and the words that are looked for. */
export function followDirectory(): void {
  effect(() => {
    const mine = client.value;
    const words = query.value.trim();
    if (!mine) return;
    const search = words ? { query: words } : {};
    const lobby = mine.lobby({ limit: LISTED, ...search });
    let paged = false;
    const take = (found: readonly RoomInfo[]): void => {
      batch(() => {
        older.value = withoutClosed(older.peek(), live.peek(), found);
        live.value = found;
      });
      if (found.length < LISTED || paged) return;
      paged = true;
      void loadBeyond(mine, search);
    };
    take(lobby.rooms.get());
    lobby.rooms.subscribe(take);
    return () => {
      lobby.close();
      batch(() => {
        live.value = older.value = [];
        cursor.value = null;
      });
    };
  });
}

/** List the next page of rooms. */
export async function loadMoreRooms(): Promise<void> {
  const mine = client.peek();
  const from = cursor.peek();
  if (mine && from !== null) await loadPage(mine, { ...searchNow(), cursor: from });
}

/** More rooms than one list holds: the first page's end, and the first room, featured rooms and some tables of each game beside. */
async function loadBeyond(mine: Client, search: ListRoomsOptions): Promise<void> {
  try {
    await loadPage(mine, search);
    if (search.query) return;
    await addRooms(mine, { query: FIRST_ROOM });
    await addRooms(mine, { featured: true });
    for (const kind of ["chat", ...tableKinds()]) await addRooms(mine, { kind });
  } catch (error) {
    report(error);
  }
}

async function loadPage(mine: Client, options: ListRoomsOptions): Promise<void> {
  const next = await addRooms(mine, options);
  if (client.peek() === mine && searchNow().query === options.query) cursor.value = next;
}

/** Add what the server answers to the list; answers where its next page begins. */
async function addRooms(mine: Client, options: ListRoomsOptions): Promise<string | null> {
  const page = await mine.listRooms({ limit: LISTED, ...options });
  const known = new Set(older.peek().map(({ id }) => id));
  if (client.peek() === mine) older.value = [...older.peek(), ...page.rooms.filter(({ id }) => !known.has(id))];
  return page.cursor;
}

function searchNow(): { query?: string } {
  const words = query.peek().trim();
  return words ? { query: words } : {};
}

/** Drop the rooms that left the live list although it reaches further back: they are closed. */
export function withoutClosed(
  old: readonly RoomInfo[],
  before: readonly RoomInfo[],
  now: readonly RoomInfo[],
): readonly RoomInfo[] {
  const here = new Set(now.map(({ id }) => id));
  const oldest = Math.min(...now.map(({ createdAt }) => createdAt));
  const closed = before.filter(({ id, createdAt }) => !here.has(id) && createdAt >= oldest).map(({ id }) => id);
  return closed.length ? old.filter(({ id }) => !closed.includes(id)) : old;
}

/** Both lists as one: what the live one says of a room is newer. */
export function sorted(now: readonly RoomInfo[], beyond: readonly RoomInfo[]): RoomInfo[] {
  const all = new Map([...beyond, ...now].map((room) => [room.id, room]));
  return [...all.values()].sort(
    (a, b) => Number(b.id === FIRST_ROOM) - Number(a.id === FIRST_ROOM) || b.createdAt - a.createdAt,
  );
}
