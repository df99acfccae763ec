/** Reads the lines of `GET /api/rooms/<id>/replay` (NDJSON). */
import type { Entry, Hex, ReplayHead, SignedHead } from "@parlour/client";

export type Signed = SignedHead;
/** An entry with what its hash is made of. */
export type ProvenEntry = Entry & { bodyHash: Hex; epoch: string; salt?: Hex };

/** What a spectator saw once an entry was there. */
export interface Frame {
  seq: number;
  at: number;
  state: unknown;
}

export interface Replay {
  head: ReplayHead;
  entries: ProvenEntry[];
  frames: Frame[];
  signed: Signed | null;
}

/** @throws Error where the lines are no replay; its message says which one */
export function readReplay(text: string): Replay {
  const [first, ...lines] = text
    .split("\n")
    .filter((line) => line !== "")
    .map(parsed);
  if (typeof first?.room !== "string" || typeof first.head !== "number") throw new Error("This is no replay.");
  const replay: Replay = { head: first as unknown as ReplayHead, entries: [], frames: [], signed: null };
  for (const line of lines) {
    if (line.entry) replay.entries.push(line.entry as ProvenEntry);
    else if (line.frame) replay.frames.push(line.frame as Frame);
    else if (line.signed) replay.signed = line.signed as Signed;
  }
  return replay;
}

function parsed(line: string, at: number): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    throw new Error(`Line ${at + 1} of the replay cannot be read: it was changed, or cut off.`);
  }
}

/** The last state at or before an entry, and the one before that. */
export function frameAt(frames: readonly Frame[], seq: number): { now: Frame | undefined; before: Frame | undefined } {
  const after = frames.findIndex((frame) => frame.seq > seq);
  const at = (after < 0 ? frames.length : after) - 1;
  return { now: frames[at], before: frames[at - 1] };
}
