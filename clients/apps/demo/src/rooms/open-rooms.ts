/** The rooms opened so far, and the one that is shown. */
import { batch, effect, signal } from "@preact/signals";
import { missingAtGate, ParlourError, type Client, type CreateRoomOptions, type GateNeed } from "@parlour/client";
import type { GameView } from "../games/game.js";
import { client } from "../shell/connection.js";
import type { Route } from "../shell/address.js";
import { FIRST_ROOM, goTo, route } from "../shell/router.js";
import { report } from "../shell/toast.js";
import { OpenRoom } from "./open-room.js";

export const active = signal<OpenRoom | null>(null);
/** Whether the address names no room, and this server has no first one. */
export const nowhere = signal(false);

/** The gate that the room of the address has not let this account through. */
export const gate = signal<{ room: string; needs: GateNeed[] } | null>(null);

/** Milliseconds until a room that could not be opened is tried again. */
const RETRY_MS = 3_000;
/** Milliseconds until a gate is asked again whether it opens now: some blocks of a fast chain, one of a slow one. */
const LOOK_AGAIN_MS = 5_000;
let looking: ReturnType<typeof setTimeout> | undefined;
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
    const wish = route.value;
    if (client.value) void show(client.value, wish);
  });
}

/** Ask the room of the address again to let this account in. */
export function lookAgain(): void {
  if (client.peek()) void show(client.peek()!, route.peek());
}

/** Create a room and go there. @throws ParlourError */
export async function createRoom(options: CreateRoomOptions): Promise<void> {
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
  gate.value = null;
}

/** Show a room; where it cannot be opened, try again later or go to the first room. */
async function show(mine: Client, wish: Route): Promise<void> {
  const { room: id, at } = wish;
  const wanted = (): boolean => client.peek() === mine && route.peek().room === id;
  if (gate.peek()?.room !== id) gate.value = null;
  try {
    const room = opened.get(id) ?? (await open(mine, wish));
    if (!wanted()) return void (opened.get(id) === room || room.close());
    batch(() => {
      nowhere.value = false;
      gate.value = null;
      if (active.peek() !== room) room.shown();
      active.value = room;
    });
    keepOpen(id, room);
    if (at !== undefined) await room.jump(at);
  } catch (error) {
    if (!wanted()) return;
    const needs = missingAtGate(error);
    if (needs) {
      batch(() => {
        active.value = null;
        gate.value = { room: id, needs };
      });
      clearTimeout(looking);
      looking = setTimeout(() => wanted() && gate.peek() && void show(mine, wish), LOOK_AGAIN_MS);
    } else if (error instanceof ParlourError && error.retryable) {
      report(error);
      setTimeout(() => wanted() && void show(mine, wish), RETRY_MS);
    } else if (id !== FIRST_ROOM) {
      report(error);
      goTo(FIRST_ROOM);
    } else nowhere.value = true;
  }
}

async function open(mine: Client, { room: id, invite }: Route): Promise<OpenRoom> {
  const how = { as: "spectator", limit: 100, ...(invite && { invite }) } as const;
  const room = new OpenRoom(mine, await mine.joinRoom<GameView>({ room: id, ...how }));
  room.room.onEnd(({ reason }) => {
    if (opened.get(id) === room) opened.delete(id);
    if (reason === "gate" && active.peek() === room) lookAgain(); // back to the gate, which says what is missing
  });
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
