/** A plain Socket.IO connection whose every event is written down; it can be cut and slowed. */
import { signal } from "@preact/signals";
import { Manager, type Socket } from "socket.io-client";
import { base } from "../data/api.js";

export interface Line {
  id: number;
  at: number;
  way: "sent" | "received" | "note";
  name: string;
  value: unknown;
}

export type State = "closed" | "connecting" | "open";

/** Lines kept: enough to look back, and no growth without end. */
const KEPT = 500;

export const state = signal<State>("closed");
export const lines = signal<readonly Line[]>([]);
/** Milliseconds that everything waits on its way, in both directions. */
export const delay = signal(0);

/** As the SDK has it: reconnecting is done here, so that every try is written down. */
const SETTINGS = { autoConnect: false, reconnection: false, transports: ["websocket"] };
/** Milliseconds between two tries. */
const AGAIN_MS = 1_000;

let socket: Socket | undefined;
let count = 0;

/** Connect anew with a session's token, without one as a guest; the events of these names are written down. */
export function open(token: string | undefined, events: readonly string[]): void {
  close();
  const prefix = base ? new URL(base).pathname : "";
  const manager = new Manager(location.origin, { ...SETTINGS, path: `${prefix}/socket.io` });
  const opened = (socket = manager.socket("/", token === undefined ? {} : { auth: { token } }));
  const again = (name: string, value: unknown): void => {
    write("note", name, value);
    state.value = socket === opened ? "connecting" : "closed";
    if (socket === opened) setTimeout(() => socket === opened && opened.connect(), AGAIN_MS);
  };
  opened.on("connect", () => {
    state.value = "open";
    write("note", "connected", { id: opened.id });
  });
  opened.on("disconnect", (reason) => again("disconnected", { reason }));
  opened.on("connect_error", ({ message }) => again("refused", { message }));
  for (const name of events) opened.on(name, (value: unknown) => later(() => write("received", name, value)));
  state.value = "connecting";
  opened.connect();
}

/** Send one request and write down its ack. */
export function request(name: string, value: unknown): void {
  const from = socket;
  if (!from) return;
  later(() => {
    write("sent", name, value);
    from.emit(name, value, (ack: unknown) => later(() => write("received", `${name} (ack)`, ack)));
  });
}

/** Cut the connection as a bad network does; it comes back by itself. */
export function drop(): void {
  socket?.io.engine.close();
}

export function close(): void {
  const old = socket;
  socket = undefined;
  old?.disconnect();
  state.value = "closed";
}

export function clear(): void {
  lines.value = [];
}

function later(run: () => void): void {
  if (delay.value) setTimeout(run, delay.value);
  else run();
}

function write(way: Line["way"], name: string, value: unknown): void {
  lines.value = [...lines.value, { id: (count += 1), at: Date.now(), way, name, value }].slice(-KEPT);
}
