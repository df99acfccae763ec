import type { Session } from "../protocol/types.js";

export type SessionStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export interface AuthOptions {
  /** The server's address; default: where this page came from. */
  url?: string;
  /** Where the session outlives a reload; default: sessionStorage, null for nowhere. Tabs with localStorage share it. */
  storage?: SessionStorage | null;
}

export function keepSession(options: AuthOptions, session: Session): void {
  storageOf(options)?.setItem(storageKey(options), JSON.stringify(session));
}

export function forgetSession(options: AuthOptions): void {
  storageOf(options)?.removeItem(storageKey(options));
}

/** The kept session; null without one, or where it cannot be read. */
export function keptSession(options: AuthOptions): Session | null {
  try {
    const stored = storageOf(options)?.getItem(storageKey(options));
    return stored ? (JSON.parse(stored) as Session) : null;
  } catch {
    return null;
  }
}

function storageOf({ storage }: AuthOptions): SessionStorage | null {
  return storage === undefined ? sessionStorageHere() : storage;
}

export function storageKey({ url = "" }: AuthOptions): string {
  return `parlour:session:${url}`;
}

/** The storage of this tab; null outside a browser. */
export function sessionStorageHere(): SessionStorage | null {
  return typeof sessionStorage === "undefined" ? null : sessionStorage;
}
