/** Follows a room's log for as long as somebody looks. */
import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { ParlourError } from "@parlour/client";
import { pathOf } from "../data/api.js";
import { followLines } from "../data/lines.js";
import type { LogEntry } from "../data/types.js";

/** Entries kept: enough to look back, and no growth without end. */
const KEPT = 500;
/** Milliseconds until a stream that ended is asked for again. */
const AGAIN_MS = 2_000;

export interface Followed {
  entries: readonly LogEntry[];
  /** Why nothing comes now; empty while it does. */
  fault: string;
}

/** Return the newest entries of a room, and those that come unless they are held back. */
export function useTail(room: string, held: boolean): Followed {
  const entries = useSignal<readonly LogEntry[]>([]);
  const fault = useSignal("");
  const waiting = useRef<LogEntry[]>([]);
  const holding = useRef(held);
  holding.current = held;
  const show = (): void => {
    if (waiting.current.length === 0) return;
    entries.value = [...entries.peek(), ...waiting.current].slice(-KEPT);
    waiting.current = [];
  };
  useEffect(() => {
    const end = new AbortController();
    const run = async (): Promise<void> => {
      while (!end.signal.aborted) {
        const last = waiting.current.at(-1) ?? entries.peek().at(-1);
        const path = `/api/admin/rooms/${encodeURIComponent(room)}/entries`;
        try {
          await followLines<LogEntry>(pathOf(path, { follow: 1, after: last?.seq }), end.signal, (lines) => {
            fault.value = "";
            waiting.current = [...waiting.current, ...lines].slice(-KEPT);
            if (!holding.current) show();
          });
        } catch (error) {
          fault.value = (error as Error).message;
          if (error instanceof ParlourError && !error.retryable) return;
        }
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    };
    void run();
    return () => end.abort();
  }, [room]);
  useEffect(() => {
    if (!held) show();
  }, [held]);
  return { entries: entries.value, fault: fault.value };
}
