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
export declare function keep<Value>(end: (value: Value) => void): Kept<Value>;
/** Return a number and a function that counts it up, which renders again. */
export declare function useCount(): [number, () => void];
/** Return what is kept for what is asked while this component is shown, made where nothing is; for null, null. */
export declare function useKept<Value>(kept: Kept<Value>, asked: unknown, make: () => Value): Value | null;
