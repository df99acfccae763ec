import { type ErrorHook, type Listener, type Off } from "../connection/events.js";
/**
 * A value that can be read now and listened to. Both functions work unbound, as React's `useSyncExternalStore` calls
 * them; a value that did not change is the same object as before.
 */
export interface Store<Value> {
    get: () => Value;
    /** Call `listener` with every later value; not with the present one. */
    subscribe: (listener: Listener<Value>) => Off;
}
/** A store whose owner sets the value. */
export declare class Cell<Value> implements Store<Value> {
    #private;
    constructor(value: Value, onError: ErrorHook);
    readonly get: () => Value;
    readonly subscribe: (listener: Listener<Value>) => Off;
    set(value: Value): void;
}
/** Make a store whose value is computed from another's, when it is read or subscribed to. */
export declare function derive<Source, Value>(source: Store<Source>, compute: (from: Source) => Value): Store<Value>;
