"use client";
/** The entry `@parlour/react/document`, apart because it needs yjs and y-protocols. */
import { useMemo, useSyncExternalStore } from "react";
import { DocumentProvider } from "@parlour/client/document";
import { keep, useKept } from "./kept.js";
import { useRoomOr } from "./rooms.js";
import { all, onceFor, useStore } from "./store.js";
const BEFORE = { synced: false, write: false, saved: true };
const shownOf = onceFor((_) => keep(({ provider }) => provider.destroy()));
/** Return a room's Yjs document, kept in step while this component is shown; components of one room share it. */
export function useDocument(given) {
    const { provider, facts } = useShown(useRoomOr(given));
    const now = useStore(facts, all, BEFORE);
    return useMemo(() => ({ provider, doc: provider.doc, awareness: provider.awareness, ...now }), [provider, now]);
}
/** Return a map of a room's document as a plain object, and the map, whose `set` and `delete` change it. */
export function useShared(name, given) {
    const { provider } = useShown(useRoomOr(given));
    const [map, read] = useMemo(() => {
        const shared = provider.map(name);
        return [shared, remembered(shared)];
    }, [provider, name]);
    return [useSyncExternalStore(map.subscribe, read, read), map];
}
function useShown(room) {
    return useKept(shownOf(room), [], () => {
        const provider = new DocumentProvider(room);
        return { provider, facts: factsOf(provider) };
    });
}
function factsOf(provider) {
    let last = BEFORE;
    const get = () => {
        const { synced, write, saved } = provider;
        if (synced !== last.synced || write !== last.write || saved !== last.saved)
            last = { synced, write, saved };
        return last;
    };
    const subscribe = (listener) => {
        const offs = ["synced", "write", "saved"].map((name) => provider.on(name, () => listener(get())));
        return () => offs.forEach((off) => off());
    };
    return { get, subscribe };
}
/** Return a `get` that gives the same object as before where nothing listens yet and nothing has changed. */
function remembered(map) {
    let last;
    let live;
    return () => {
        const value = map.get();
        if (value === live)
            return last.value;
        const text = JSON.stringify(value);
        live = value;
        if (last?.text !== text)
            last = { text, value };
        return last.value;
    };
}
