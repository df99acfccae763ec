import type { ErrorHook, Off } from "../connection/events.js";
import { type Store } from "./store.js";
/** What the server keeps a list of: call it to ask now; as a store it is asked for while it is listened to. */
export interface Listing<Value, Options = void, Answer = Value> extends Store<Value> {
    (options?: Options): Promise<Answer>;
}
/**
 * Make a listing that is empty until somebody subscribes. `follow` is called then: it calls `again` when the list can
 * be asked for and whenever it has changed, until it is taken off.
 */
export declare function listing<Value, Options>(ask: (options?: Options) => Promise<Value>, initial: Value, follow: (again: () => void) => Off, onError: ErrorHook): Listing<Value, Options>;
