/** What a person typed and the room has not: kept in this tab over a room switch, a reload and the session's end. */
import type { Account, SayOptions } from "@parlour/client";

/** A message on its way, or the new text of one that is there already (`of`). */
export interface Unsent {
  /** The id of its post: sending it again is safe. */
  id: string;
  text: string;
  /** The seq of the message that gets this text. */
  of?: number;
  /** What goes with the text: what it answers, whom it mentions, its files. */
  also?: Omit<SayOptions, "id">;
  /** Why it was refused; absent while it is being sent. */
  problem?: string;
}

export interface Kept {
  /** What stands in the composer. */
  draft: string;
  unsent: Unsent[];
}

/** What an account left in a room. */
export function readKept(account: Account, room: string): Kept {
  try {
    return { draft: "", unsent: [], ...(JSON.parse(sessionStorage.getItem(keyOf(account, room)) ?? "{}") as object) };
  } catch {
    return { draft: "", unsent: [] }; // somebody else wrote there
  }
}

/** Keep what is not in the room yet; a full storage keeps what it had. */
export function writeKept(account: Account, room: string, kept: Kept): void {
  const key = keyOf(account, room);
  try {
    if (kept.draft || kept.unsent.length) sessionStorage.setItem(key, JSON.stringify(kept));
    else sessionStorage.removeItem(key);
  } catch {
    return;
  }
}

function keyOf(account: Account, room: string): string {
  return `parlour:kept:${account}:${room}`;
}
