/** What a room's server says of a file: a message names it by its hash alone. */
import type { Room } from "@parlour/client";

export interface FileFacts {
  name: string;
  type: string;
  bytes: number;
  /** An address that shows it for some minutes. */
  url: string;
}

/** Files asked for so far, by room and hash. */
const known = new Map<string, Promise<FileFacts>>();
/** Milliseconds that an address is used: the server's tickets last five minutes. */
const FRESH_MS = 4 * 60_000;

/** Return what is known of a file, asked for once in a while. @throws ParlourError */
export function fileFacts(room: Pick<Room, "id" | "fileUrl">, hash: string): Promise<FileFacts> {
  const key = `${room.id} ${hash}`;
  const before = known.get(key);
  if (before) return before;
  const asked = askFor(room, hash);
  known.set(key, asked);
  const forget = (): unknown => known.delete(key);
  asked.then(() => setTimeout(forget, FRESH_MS), forget);
  return asked;
}

async function askFor(room: Pick<Room, "id" | "fileUrl">, hash: string): Promise<FileFacts> {
  const url = await room.fileUrl(hash);
  const { headers } = await fetch(url, { method: "HEAD" });
  return {
    name: nameIn(headers.get("Content-Disposition") ?? ""),
    type: (headers.get("Content-Type") ?? "").split(";")[0]!,
    bytes: Number(headers.get("Content-Length") ?? 0),
    url,
  };
}

/** Read the name in a Content-Disposition (RFC 6266, RFC 8187). */
export function nameIn(disposition: string): string {
  const [, encoded] = /filename\*=UTF-8''([^;]+)/i.exec(disposition) ?? [];
  return encoded ? decodeURIComponent(encoded) : "A file";
}
