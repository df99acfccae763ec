import { useEffect, useReducer } from "react";
import { onServer } from "./store.js";

interface Item<Value> {
  value: Value;
  users: number;
  timer?: ReturnType<typeof setTimeout>;
}

/** Milliseconds for which something opened by a rendering waits to be used: as long as a first connection may take. */
const UNUSED = 30_000;

/**
 * What rendering opens (rooms, lists), by key: kept while a component uses it, and a moment longer, so that neither
 * StrictMode nor another page with the same room closes and opens it again.
 */
export interface Kept<Value> {
  /** Return what has this key, made now where nothing has. */
  take(key: string, make: () => Value): Value;
  /** Use it until the returned function is called; undefined where it was ended meanwhile. */
  use(key: string, value: Value): (() => void) | undefined;
}

/** Keep values, each until nothing uses it; then `end` is called with it. */
export function keep<Value>(end: (value: Value) => void): Kept<Value> {
  const items = new Map<string, Item<Value>>();
  const endAfter = (wait: number, key: string, item: Item<Value>): void => {
    item.timer = setTimeout(() => {
      items.delete(key);
      end(item.value);
    }, wait);
  };
  return {
    take(key, make) {
      const known = items.get(key);
      if (known) return known.value;
      const item: Item<Value> = { value: make(), users: 0 };
      if (!onServer) {
        items.set(key, item);
        endAfter(UNUSED, key, item);
      }
      return item.value;
    },
    use(key, value) {
      const item = items.get(key);
      if (item?.value !== value) return undefined;
      clearTimeout(item.timer);
      item.users += 1;
      return () => {
        item.users -= 1;
        if (!item.users) endAfter(0, key, item);
      };
    },
  };
}

/** Return a number and a function that counts it up, which renders again. */
export function useCount(): [number, () => void] {
  return useReducer((count: number) => count + 1, 0);
}

/** Return what is kept for what is asked while this component is shown, made where nothing is; for null, null. */
export function useKept<Value>(kept: Kept<Value>, asked: unknown, make: () => Value): Value | null {
  const key = asked ? JSON.stringify(asked) : null;
  const [, renderAgain] = useCount();
  const value = key === null ? null : kept.take(key, make);
  useEffect(() => {
    if (key === null || value === null) return undefined;
    const stop = kept.use(key, value);
    if (!stop) renderAgain(); // hidden for a while, and shown again
    return stop;
  }, [kept, key, value]);
  return value;
}
