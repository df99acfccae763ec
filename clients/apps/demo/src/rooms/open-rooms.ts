/** The list of rooms as it is now, the rooms opened so far, and the one that is shown. */
import { effect, signal } from "@preact/signals";
import { ParlourError, type Client, type JsonObject, type RoomInfo, type WatchRequest } from "@parlour/client";
import { client } from "../shell/connection.js";
import { FIRST_ROOM, goTo, route } from "../shell/router.js";
import { report } from "../shell/toast.js";
import { OpenRoom } from "./open-room.js";

export const rooms = signal<RoomInfo[]>([]);
export const active = signal<OpenRoom | null>(null);

/** Rooms in the list at most. */
const LISTED = 100;
/** Milliseconds until a room that could not be opened is tried again. */
const RETRY_MS = 3_000;
const opened = new Map<string, OpenRoom>();

/** Follow the connection with the list of rooms, and the address bar with the room that is shown. */
export function followRooms(): void {
  effect(() => {
    const mine = client.value;
    if (!mine) return;
    const lobby = mine.lobby({ limit: LISTED });
    lobby.rooms.subscribe((found) => (rooms.value = sorted(found)));
    return () => {
      lobby.close();
      forgetRooms();
    };
  });
  effect(() => {
    const { room } = route.value;
    if (client.value) void show(client.value, room);
  });
}

/** Create a room and go there; with `watch` it watches a contract, unless it already does. @throws ParlourError */
export async function createRoom(
  options: { kind: string; title: string; options?: JsonObject },
  watch?: WatchRequest,
): Promise<void> {
  const mine = client.peek();
  if (!mine) return;
  const { id } = await mine.createRoom(options);
  if (watch) {
    const room = await mine.joinRoom({ room: id, as: "spectator" });
    if (!room.entries.get().some(({ type }) => type === "room.watched")) await room.watch(watch);
  }
  goTo(id);
}

function forgetRooms(): void {
  opened.clear();
  active.value = null;
  rooms.value = [];
}

/** The first room, then the newest. */
function sorted(found: readonly RoomInfo[]): RoomInfo[] {
  return found.toSorted(
    (a, b) => Number(b.id === FIRST_ROOM) - Number(a.id === FIRST_ROOM) || b.createdAt - a.createdAt,
  );
}

/** Show a room; where it cannot be opened, try again later or go to the first room. */
async function show(mine: Client, id: string): Promise<void> {
  const wanted = (): boolean => client.peek() === mine && route.peek().room === id;
  try {
    const known = opened.get(id);
    const room = known ?? new OpenRoom(mine, await mine.joinRoom({ room: id, as: "spectator", limit: 100 }));
    if (!wanted()) return;
    opened.set(id, room);
    active.value = room;
    room.room.onEnd(() => opened.delete(id));
  } catch (error) {
    if (!wanted()) return;
    report(error);
    if (error instanceof ParlourError && error.retryable) setTimeout(() => wanted() && void show(mine, id), RETRY_MS);
    else if (id !== FIRST_ROOM) goTo(FIRST_ROOM);
  }
}
