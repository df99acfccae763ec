/** A list that the server pages: its first page, which is kept new, and the next as long as there is one. */
import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { ParlourError } from "@parlour/client";
import { ask } from "./api.js";
import { follow, isTold, type Picture } from "./live.js";
import { changes, type Load } from "./load.js";
import { resting } from "./paused.js";

export interface Listing<Row> extends Load<Row[]> {
  /** Append the next page; nothing happens where there is none, or while one is on its way. */
  more: () => void;
  /** Whether there are more than are here. */
  partial: boolean;
}

/** Milliseconds between two looks at a first page that nobody tells of. */
const EVERY_MS = 5_000;

/** A list whose first page is kept new: the server tells it, or, while it does not, it is asked for. */
export interface Told<Row> {
  what?: Picture;
  id: (row: Row) => string;
}

interface Rows<Row> {
  rows: Row[];
  cursor: string | null;
}

interface Kept<Row> {
  rows: Row[] | undefined;
  cursor: string | null;
  error: ParlourError | undefined;
  /** Whether more than the first page is here. */
  long: boolean;
}

type Answer = Record<string, unknown> & { cursor?: string | null };

/** Load the list `path`, whose answer holds the rows under `key` and a `cursor`; an empty path is no list. */
export function useListing<Row>(path: string, key: string, told?: Told<Row>): Listing<Row> {
  const kept = useSignal<Kept<Row>>({ rows: undefined, cursor: null, error: undefined, long: false });
  const again = useSignal(0);
  const current = useRef({ path, busy: false, stale: false });
  const read = (answer: Answer): Rows<Row> => ({ rows: answer[key] as Row[], cursor: answer.cursor ?? null });
  const page = async (cursor: string | null, take: (read: Rows<Row>) => Kept<Row>): Promise<void> => {
    const asked = { path, busy: true, stale: false };
    current.current = asked;
    try {
      const separator = path.includes("?") ? "&" : "?";
      const from = cursor === null ? "" : `${separator}cursor=${encodeURIComponent(cursor)}`;
      const answer = await ask<Answer>(path + from);
      if (current.current === asked) kept.value = take(read(answer));
    } catch (error) {
      if (!(error instanceof ParlourError)) throw error;
      if (current.current === asked) kept.value = { ...kept.peek(), error };
    } finally {
      asked.busy = false;
    }
    if (current.current === asked && asked.stale) await renew();
  };
  const first = (): Promise<void> => page(null, (read) => ({ ...read, error: undefined, long: false }));
  const take = (read: Rows<Row>): Kept<Row> => ({ ...kept.peek(), ...renewed(kept.peek(), read, told!.id) });
  const renew = (): Promise<void> => page(null, take);
  useEffect(() => {
    if (path) void first();
    return () => (current.current = { path: "", busy: false, stale: false });
  }, [path, again.value, changes.value]);
  useEffect(() => {
    if (!told || !path) return;
    const timer = setInterval(() => {
      if (resting.peek() || current.current.busy || (told.what && isTold())) return;
      void renew();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [path]);
  useEffect(() => {
    if (!told?.what) return;
    return follow<Answer>(told.what, (picture) => {
      // What is on its way may be older than this.
      if (current.current.busy) current.current.stale = true;
      else if (path.includes("?")) void renew();
      else kept.value = take(read(picture));
    });
  }, [path]);
  const { rows, cursor, error } = kept.value;
  const more = (): void => {
    if (cursor === null || current.current.busy) return;
    void page(cursor, (next) => {
      return { ...next, rows: [...(kept.peek().rows ?? []), ...next.rows], error: undefined, long: true };
    });
  };
  return { data: rows, error, reload: () => (again.value += 1), more, partial: cursor !== null };
}

/** Put a newer first page before what was loaded beyond it, which stays as it is. */
export function renewed<Row>(
  { rows = [], cursor, long }: { rows?: Row[] | undefined; cursor: string | null; long: boolean },
  first: Rows<Row>,
  id: (row: Row) => string,
): Rows<Row> & { error: undefined } {
  if (!long) return { ...first, error: undefined };
  const here = new Set(first.rows.map(id));
  return { rows: [...first.rows, ...rows.filter((row) => !here.has(id(row)))], cursor, error: undefined };
}
