/** What the server tells by itself, over its namespace `/console`. While it tells nothing, pages ask over HTTP. */
import { effect } from "@preact/signals";
import { base } from "./api.js";
import { resting } from "./paused.js";
import { credentials } from "./session.js";

/** What is told of: a picture whenever it changed, or a room's entries as they are stored. */
export type Picture = "overview" | "rooms" | "chains" | "audit" | `room:${string}`;

/** What is needed of a Socket.IO socket; tests pass one of their own. */
export interface LiveSocket {
  connected: boolean;
  on(event: string, listener: (value: never) => void): unknown;
  emit(event: string, value: object): unknown;
  connect(): unknown;
  disconnect(): unknown;
}

interface News {
  what: Picture;
  data?: unknown;
  /** Why nothing more is told of it. */
  error?: object;
}

/** Milliseconds until a socket that was refused or lost is tried again. */
const AGAIN_MS = 10_000;
/** Milliseconds without news after which nothing is told any more: the overview changes every two seconds. */
const SILENT_MS = 6_000;

const followed = new Map<Picture, Set<(data: never) => void>>();
let socket: LiveSocket | undefined;
let heardAt = 0;
let triedAt = 0;

/** Whether news came lately, so that nothing need be asked for. */
export function isTold(): boolean {
  return Date.now() - heardAt < SILENT_MS;
}

/** Call `take` with a picture whenever it changed; returns what ends that. */
export function follow<Data>(what: Picture, take: (data: Data) => void): () => void {
  const takers = followed.get(what) ?? new Set();
  followed.set(what, takers.add(take));
  if (takers.size === 1) send("follow", what);
  return () => {
    takers.delete(take);
    if (takers.size) return;
    followed.delete(what);
    send("unfollow", what);
  };
}

/** Try to be told of what is followed; nothing happens while that is so, or was tried a moment ago. */
export async function listen(open: (csrf: string | undefined) => Promise<LiveSocket> = openSocket): Promise<void> {
  if (socket || resting.peek() || Date.now() - triedAt < AGAIN_MS) return;
  triedAt = Date.now();
  const opened = await open((await credentials())["X-CSRF-Token"]);
  if (resting.peek()) return;
  socket = opened;
  const lost = (): void => {
    if (socket === opened) drop();
  };
  opened.on("connect", () => [...followed.keys()].forEach((what) => send("follow", what)));
  opened.on("console", ({ what, data, error }: News) => {
    if (socket !== opened) return;
    // One room may be closed to this operator; that says nothing of the rest.
    if (error) return what.startsWith("room:") ? undefined : lost();
    heardAt = Date.now();
    followed.get(what)?.forEach((take) => take(data as never));
  });
  opened.on("disconnect", lost);
  opened.on("connect_error", lost);
  opened.connect();
}

// A console that nobody looks at costs the server nothing, and comes back as soon as somebody does.
effect(() => {
  if (!resting.value) return;
  drop();
  triedAt = 0;
});

async function openSocket(csrf: string | undefined): Promise<LiveSocket> {
  // It comes apart from the first page, which is drawn from what HTTP answered.
  const { Manager } = await import("socket.io-client");
  const path = `${base ? new URL(base).pathname : ""}/socket.io`;
  const settings = { autoConnect: false, reconnection: false, transports: ["websocket", "polling"] };
  const manager = new Manager(location.origin, { ...settings, tryAllTransports: true, path });
  return manager.socket("/console", csrf === undefined ? {} : { auth: { csrf } });
}

function send(act: "follow" | "unfollow", what: Picture): void {
  if (socket?.connected) socket.emit(`console:${act}`, { what });
}

function drop(): void {
  const old = socket;
  socket = undefined;
  heardAt = 0;
  old?.disconnect();
}
