import { Manager } from "socket.io-client";
import { missingUrl } from "../protocol/errors.js";

/** What this SDK needs of a Socket.IO client socket; tests pass one of their own. */
export interface SocketLike {
  /** Sent with the next `connect`. */
  auth: object | ((send: (auth: object) => void) => void);
  on(event: string, listener: (...values: never[]) => void): unknown;
  emit(event: string, ...values: unknown[]): unknown;
  connect(): unknown;
  disconnect(): unknown;
}

/** How a socket is made: what Socket.IO's `Manager` is given. */
export interface SocketSettings {
  autoConnect: false;
  /** `Connection` reconnects instead, after the pause that `closing {retryAfter}` asks for. */
  reconnection: false;
  /** Tried in this order. */
  transports: ("websocket" | "polling")[];
  tryAllTransports: true;
}

export const SOCKET_SETTINGS: SocketSettings = {
  autoConnect: false,
  reconnection: false,
  transports: ["websocket", "polling"],
  tryAllTransports: true,
};

/** Make a Socket.IO socket that is not open yet. @throws ParlourError without a url where no page has one. */
export function createSocket(url?: string): SocketLike {
  if (url === undefined && typeof location === "undefined") throw missingUrl();
  const settings = { ...SOCKET_SETTINGS, path: socketPath(url ?? "") };
  return new Manager(url && originOf(url), settings).socket("/");
}

/** The host alone: what follows it would be a namespace to Socket.IO. */
function originOf(url: string): string {
  return url.replace(/^(\w+:\/\/[^/]+).*$/, "$1");
}

/** Behind a path prefix (`https://host/chat`) the socket is there too. */
function socketPath(url: string): string {
  const prefix = url.replace(/^\w+:\/\/[^/]+/, "").replace(/\/$/, "");
  return `${prefix}/socket.io`;
}
