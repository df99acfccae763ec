import { Manager } from "#socket-io"; // in browsers without what is never called (tools/lean-socket-io.mjs)
import { missingUrl } from "../protocol/errors.js";
import { serverAddress } from "./address.js";

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

/** Where a server's socket is. */
export interface SocketPlace {
  /** The server's address; default: where this page came from. */
  url?: string;
  /** The path of its socket on that host; default: `socket.io` below the path of `url`. */
  path?: string;
  /** The namespace that Parlour is in, where the socket is that of an application's own Socket.IO server. */
  namespace?: string;
}

/** Make a Socket.IO socket that is not open yet. @throws ParlourError without a url where no page has one, or a bad one */
export function createSocket({ url, path, namespace = "/" }: SocketPlace): SocketLike {
  if (!url && !pageOrigin()) throw missingUrl();
  const server = url ? serverAddress(url) : { origin: undefined, path: "" };
  // Behind a path prefix (`https://host/chat`) the socket is there too.
  return new Manager(server.origin, { ...SOCKET_SETTINGS, path: path ?? `${server.path}/socket.io` }).socket(namespace);
}

/** Where this page came from; empty outside a browser. */
export function pageOrigin(): string {
  return typeof location === "undefined" ? "" : location.origin;
}
