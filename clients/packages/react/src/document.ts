"use client";
/** The entry `@parlour/react/document`, apart because it needs yjs and y-protocols. */
import { useMemo, useSyncExternalStore } from "react";
import type { Room, Store } from "@parlour/client";
import { DocumentProvider, type SharedMap } from "@parlour/client/document";
import { keep, useKept } from "./kept.js";
import { useRoomOr } from "./rooms.js";
import { all, onceFor, useStore } from "./store.js";

interface Facts {
  /** Everything the server had at the last join is here. */
  synced: boolean;
  /** This account may edit, as far as is known. */
  write: boolean;
  /** Every edit made here is durable on the server. */
  saved: boolean;
}

export interface OpenDocument extends Facts, Pick<DocumentProvider, "doc" | "awareness"> {
  provider: DocumentProvider;
}

interface Shown {
  provider: DocumentProvider;
  facts: Store<Facts>;
}

const BEFORE: Facts = { synced: false, write: false, saved: true };
const shownOf = onceFor((_: Room) => keep<Shown>(({ provider }) => provider.destroy()));

/** Return a room's Yjs document, kept in step while this component is shown; components of one room share it. */
export function useDocument(given?: Room): OpenDocument {
  const { provider, facts } = useShown(useRoomOr(given));
  const now = useStore(facts, all, BEFORE);
  return useMemo(() => ({ provider, doc: provider.doc, awareness: provider.awareness, ...now }), [provider, now]);
}

/** Return a map of a room's document as a plain object, and the map, whose `set` and `delete` change it. */
export function useShared<Values extends object = Record<string, unknown>>(
  name: string,
  given?: Room,
): [Partial<Values>, SharedMap<Values>] {
  const { provider } = useShown(useRoomOr(given));
  const [map, read] = useMemo(() => {
    const shared = provider.map<Values>(name);
    return [shared, remembered(shared)];
  }, [provider, name]);
  return [useSyncExternalStore(map.subscribe, read, read), map];
}

function useShown(room: Room): Shown {
  return useKept(shownOf(room), [], () => {
    const provider = new DocumentProvider(room);
    return { provider, facts: factsOf(provider) };
  })!;
}

function factsOf(provider: DocumentProvider): Store<Facts> {
  let last = BEFORE;
  const get = (): Facts => {
    const { synced, write, saved } = provider;
    if (synced !== last.synced || write !== last.write || saved !== last.saved) last = { synced, write, saved };
    return last;
  };
  const subscribe = (listener: (facts: Facts) => void): (() => void) => {
    const offs = (["synced", "write", "saved"] as const).map((name) => provider.on(name, () => listener(get())));
    return () => offs.forEach((off) => off());
  };
  return { get, subscribe };
}

/** Return a `get` that gives the same object as before where nothing listens yet and nothing has changed. */
function remembered<Values extends object>(map: SharedMap<Values>): () => Partial<Values> {
  let last: { text: string; value: Partial<Values> } | undefined;
  let live: Partial<Values> | undefined;
  return () => {
    const value = map.get();
    if (value === live) return last!.value;
    const text = JSON.stringify(value);
    live = value;
    if (last?.text !== text) last = { text, value };
    return last.value;
  };
}
