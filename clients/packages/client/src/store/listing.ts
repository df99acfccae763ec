import type { ErrorHook, Off } from "../connection/events.js";
import { Cell, type Store } from "./store.js";

/** What the server keeps a list of: call it to ask now; as a store it is asked for while it is listened to. */
export interface Listing<Value, Options = void, Answer = Value> extends Store<Value> {
  (options?: Options): Promise<Answer>;
}

/**
 * Make a listing that is empty until somebody subscribes. `follow` is called then: it calls `again` when the list can
 * be asked for and whenever it has changed, until it is taken off.
 */
export function listing<Value, Options>(
  ask: (options?: Options) => Promise<Value>,
  initial: Value,
  follow: (again: () => void) => Off,
  onError: ErrorHook,
): Listing<Value, Options> {
  const kept = new Cell(initial, onError);
  let listeners = 0;
  let asked = 0;
  let unfollow: Off;
  const again = (): void => {
    const turn = ++asked;
    ask().then(
      (value) => turn === asked && kept.set(value),
      () => undefined, // the next connection asks again
    );
  };
  const subscribe: Store<Value>["subscribe"] = (listener) => {
    let off: Off | undefined = kept.subscribe(listener);
    if (listeners++ === 0) unfollow = follow(again);
    return () => {
      if (!off) return;
      off();
      off = undefined;
      if (--listeners === 0) unfollow();
    };
  };
  return Object.assign((options?: Options) => ask(options), { get: kept.get, subscribe });
}
