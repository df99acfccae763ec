import type { Store } from "@parlour/client";
/** Whether this is a server that renders: there is no page, and nothing may be opened. */
export declare const onServer: boolean;
/** A store that stays empty, where there is nothing to read from. */
export declare function fixed<Value>(value: Value): Store<Value>;
/** Whether two selected values show the same: equal, or lists or plain objects of equal parts. */
export declare function sameParts(one: unknown, other: unknown): boolean;
/**
 * Read what `select` takes of a store, and render again when that changes. `initial` is what a server and a page that
 * takes over its markup read. `select` counts as another one when one of `uses` is.
 */
export declare function useStore<Value, Selected>(store: Store<Value>, select: (value: Value) => Selected, initial: Value, uses?: readonly unknown[]): Selected;
/** What everything shown as it is selects. */
export declare function all<Value>(value: Value): Value;
/** Return what there is in a context. @throws Error where there is nothing */
export declare function needed<Value>(value: Value | null | undefined, component: string): Value;
/** Return a function that makes something of each object once, and remembers it as long as the object lives. */
export declare function onceFor<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value;
