/** A list that the server pages: its first page, and the next as long as there is one. */
import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { ParlourError } from "@parlour/client";
import { ask } from "./api.js";
import { changes, type Load } from "./load.js";

export interface Listing<Row> extends Load<Row[]> {
  /** Append the next page; nothing happens where there is none, or while one is on its way. */
  more: () => void;
  /** Whether there are more than are here. */
  partial: boolean;
}

interface Kept<Row> {
  rows: Row[] | undefined;
  cursor: string | null;
  error: ParlourError | undefined;
}

const EMPTY = { rows: undefined, cursor: null, error: undefined };

/** Load the list `path`, whose answer holds the rows under `key` and a `cursor`; an empty path is no list. */
export function useListing<Row>(path: string, key: string): Listing<Row> {
  const kept = useSignal<Kept<Row>>(EMPTY);
  const again = useSignal(0);
  const current = useRef({ path, busy: false });
  const page = async (cursor: string | null): Promise<void> => {
    const asked = { path, busy: true };
    current.current = asked;
    const before = cursor === null ? [] : (kept.peek().rows ?? []);
    try {
      const separator = path.includes("?") ? "&" : "?";
      const from = cursor === null ? "" : `${separator}cursor=${encodeURIComponent(cursor)}`;
      const answer = await ask<Record<string, unknown> & { cursor?: string | null }>(path + from);
      if (current.current !== asked) return;
      kept.value = { rows: [...before, ...(answer[key] as Row[])], cursor: answer.cursor ?? null, error: undefined };
    } catch (error) {
      if (!(error instanceof ParlourError)) throw error;
      if (current.current === asked) kept.value = { ...kept.peek(), error };
    } finally {
      asked.busy = false;
    }
  };
  useEffect(() => {
    if (path) void page(null);
  }, [path, again.value, changes.value]);
  const { rows, cursor, error } = kept.value;
  const more = (): void => {
    if (cursor !== null && !current.current.busy) void page(cursor);
  };
  return { data: rows, error, reload: () => (again.value += 1), more, partial: cursor !== null };
}
