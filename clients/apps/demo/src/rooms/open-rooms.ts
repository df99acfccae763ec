/** The rooms opened so far, and the one that is shown. */
import { batch, effect, signal } from "@preact/signals";
import { ParlourError, type Client, type JsonObject } from "@parlour/client";
import type { GameView } from "../games/game.js";
import { client } from "../shell/connection.js";
import { FIRST_ROOM, goTo, route } from "../shell/router.js";
import { report } from "../shell/toast.js";
import { OpenRoom } from "./open-room.js";

export const active = signal<OpenRoom | null>(null);
/** Whether the address names no room, and this server has no first one. */
export const nowhere = signal(false);

/** Milliseconds until a room that could not be opened is tried again. */
const RETRY_MS = 3_000;
/** Rooms kept open: going back to one of them is immediate. */
const KEPT_OPEN = 8;
/** In the order they were shown last. */
const opened = new Map<string, OpenRoom>();

/** Follow the address bar with the room that is shown. */
export function followRoute(): void {
  effect(() => {
    if (client.value) return forgetRooms;
    return undefined;
  });
  effect(() => {
    const { room } = route.value;
    if (client.value) void show(client.value, room);
  });
}

/** Create a room and go there. @throws ParlourError */
export async function createRoom(options: { kind: string; title: string; options?: JsonObject }): Promise<void> {
  const mine = client.peek();
  if (!mine) return;
  const { id } = await mine.createRoom(options);
  goTo(id);
}

function forgetRooms(): void {
  for (const room of opened.values()) room.close();
  opened.clear();
  active.value = null;
  nowhere.value = false;
}

/** Show a room; where it cannot be opened, try again later or go to the first room. */
async function show(mine: Client, id: string): Promise<void> {
  const wanted = (): boolean => client.peek() === mine && route.peek().room === id;
  try {
    const room = opened.get(id) ?? (await open(mine, id));
    if (!wanted()) return void (opened.get(id) === room || room.close());
    batch(() => {
      nowhere.value = false;
      active.value = room;
    });
    keepOpen(id, room);
  } catch (error) {
    if (!wanted()) return;
    if (error instanceof ParlourError && error.retryable) {
      report(error);
      setTimeout(() => wanted() && void show(mine, id), RETRY_MS);
    } else if (id !== FIRST_ROOM) {
      report(error);
      goTo(FIRST_ROOM);
    } else nowhere.value = true;
  }
}

async function open(mine: Client, id: string): Promise<OpenRoom> {
  const room = new OpenRoom(mine, await mine.joinRoom<GameView>({ room: id, as: "spectator", limit: 100 }));
  room.room.onEnd(() => opened.get(id) === room && opened.delete(id));
  return room;
}

/** Put a room last in the order, and close the one that was not shown for longest. */
function keepOpen(id: string, room: OpenRoom): void {
  const before = opened.get(id);
  if (before !== room) before?.close();
  opened.delete(id);
  opened.set(id, room);
  const [oldest] = opened;
  if (opened.size <= KEPT_OPEN || !oldest) return;
  opened.delete(oldest[0]);
  oldest[1].close();
}
