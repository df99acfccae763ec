import { useMemo, useRef, useSyncExternalStore } from "react";
import type { Store } from "@parlour/client";

/** Whether this is a server that renders: there is no page, and nothing may be opened. */
export const onServer = typeof window === "undefined";

/** A store that stays empty, where there is nothing to read from. */
export function fixed<Value>(value: Value): Store<Value> {
  return { get: () => value, subscribe: () => () => undefined };
}

/** Whether two selected values show the same: equal, or lists or plain objects of equal parts. */
export function sameParts(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (!isPlain(one) || !isPlain(other) || one.constructor !== other.constructor) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => Object.is(one[key], other[key]));
}

/**
 * Read what `select` takes of a store, and render again when that changes. `initial` is what a server and a page that
 * takes over its markup read. `select` counts as another one when one of `uses` is.
 */
export function useStore<Value, Selected>(
  store: Store<Value>,
  select: (value: Value) => Selected,
  initial: Value,
  uses: readonly unknown[] = [select],
): Selected {
  const shown = useRef<{ selected: Selected } | undefined>(undefined);
  const [get, getInitial] = useMemo(() => {
    const pick = memoized(select, shown);
    return [() => pick(store.get()), () => pick(initial)];
  }, [store, ...uses]);
  const selected = useSyncExternalStore(store.subscribe, get, getInitial);
  shown.current = { selected };
  return selected;
}

/** Return `select` with a memory: the same object as before, or as is shown, where the parts are the same. */
function memoized<Value, Selected>(
  select: (value: Value) => Selected,
  shown: { current: { selected: Selected } | undefined },
): (value: Value) => Selected {
  let last: { value: Value; selected: Selected } | undefined;
  return (value) => {
    if (last && Object.is(last.value, value)) return last.selected;
    const before = last ?? shown.current;
    const now = select(value);
    last = { value, selected: before && sameParts(before.selected, now) ? before.selected : now };
    return last.selected;
  };
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return [Object, Array].includes((value as object | undefined)?.constructor as ArrayConstructor);
}

/** What everything shown as it is selects. */
export function all<Value>(value: Value): Value {
  return value;
}

/** Return what there is in a context. @throws Error where there is nothing */
export function needed<Value>(value: Value | null | undefined, component: string): Value {
  if (!value) throw new Error(`A hook needs a <${component}>.`);
  return value;
}

/** Return a function that makes something of each object once, and remembers it as long as the object lives. */
export function onceFor<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new WeakMap<Key, Value>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}
