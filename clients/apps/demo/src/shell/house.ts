/** The connection, the list of rooms as it is now, and the rooms opened so far. */
import { effect, signal } from "@preact/signals";
import {
  connect,
  ParlourError,
  type Client,
  type JsonObject,
  type RoomInfo,
  type StatusChange,
  type WatchRequest,
} from "@parlour/client";
import { forget, guest, session } from "../account/account.js";
import { OpenRoom } from "../rooms/open-room.js";

export const status = signal<StatusChange>({ status: "connecting" });
export const rooms = signal<RoomInfo[]>([]);
export const active = signal<OpenRoom | null>(null);
/** One sentence on what went wrong last, for a person. */
export const problem = signal("");
/** Whether the list of rooms is shown on a small screen. */
export const menuOpen = signal(false);

/** Rooms in the list at most. */
const LISTED = 100;
const RETRY_MS = 3_000;
const FIRST_ROOM = "lobby";
let client: Client | undefined;
let opened = new Map<string, OpenRoom>();

/** Connect while there is a session or a guest, and follow the address bar. */
export function openHouse(): void {
  effect(() => {
    const token = session.value?.token;
    const welcome = token !== undefined || guest.value;
    close();
    if (welcome) open(token);
  });
  window.addEventListener("hashchange", () => {
    menuOpen.value = false;
    void showRoom(roomInAddress());
  });
}

export function goTo(room: string): void {
  menuOpen.value = false;
  if (roomInAddress() === room) void showRoom(room);
  else location.hash = `#/${encodeURIComponent(room)}`;
}

/** Open a room of one's own, and have it watch a contract unless it already does. */
export async function createRoom(
  options: { kind: string; title: string; options?: JsonObject },
  watch?: WatchRequest,
): Promise<void> {
  if (!client) return;
  const { id } = await client.createRoom(options);
  if (watch) {
    const room = await client.joinRoom({ room: id, as: "spectator" });
    if (!room.entries.get().some(({ type }) => type === "room.watched")) await room.watch(watch);
  }
  goTo(id);
}

/** Show a person what went wrong; wallets' refusals and the like are not news worth a stack trace. */
export function report(error: unknown): void {
  problem.value = error instanceof ParlourError ? error.message : "Something went wrong in this page.";
  if (!(error instanceof ParlourError)) console.error(error);
}

function open(token: string | undefined): void {
  const mine = connect(token === undefined ? {} : { token });
  client = mine;
  mine.onStatus((change) => {
    if (client !== mine) return;
    status.value = change;
    if (change.status === "closed" && change.reason !== "closed") turnedAway(mine.error);
  });
  mine.lobby({ limit: LISTED }).rooms.subscribe((found) => client === mine && (rooms.value = sorted(found)));
  void showRoom(roomInAddress());
}

function close(): void {
  const old = client;
  client = undefined;
  opened = new Map();
  active.value = null;
  rooms.value = [];
  status.value = { status: "connecting" };
  old?.close();
}

function turnedAway(error: ParlourError | undefined): void {
  const asGuest = guest.peek();
  forget();
  problem.value = asGuest ? "This house admits no guests: sign in first." : (error?.message ?? "You were signed out.");
}

/** The first room, then the newest. */
function sorted(found: readonly RoomInfo[]): RoomInfo[] {
  return found.toSorted(
    (a, b) => Number(b.id === FIRST_ROOM) - Number(a.id === FIRST_ROOM) || b.createdAt - a.createdAt,
  );
}

async function showRoom(id: string): Promise<void> {
  const mine = client;
  if (!mine) return;
  try {
    const known = opened.get(id);
    const room = known ?? new OpenRoom(mine, await mine.joinRoom({ room: id, as: "spectator", limit: 100 }));
    if (client !== mine || roomInAddress() !== id) return;
    opened.set(id, room);
    active.value = room;
    room.room.onEnd(() => opened.delete(id));
  } catch (error) {
    if (client !== mine) return;
    report(error);
    if (error instanceof ParlourError && error.retryable)
      setTimeout(() => client === mine && void showRoom(roomInAddress()), RETRY_MS);
    else if (id !== FIRST_ROOM) goTo(FIRST_ROOM);
  }
}

function roomInAddress(): string {
  return decodeURIComponent(location.hash.replace(/^#\/?/, "")) || FIRST_ROOM;
}
