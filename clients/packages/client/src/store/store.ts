import { Listeners, type ErrorHook, type Listener, type Off } from "../connection/events.js";

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
export class Cell<Value> implements Store<Value> {
  #value: Value;
  readonly #listeners: Listeners<Value>;

  constructor(value: Value, onError: ErrorHook) {
    this.#value = value;
    this.#listeners = new Listeners(onError);
  }

  readonly get = (): Value => this.#value;

  readonly subscribe = (listener: Listener<Value>): Off => this.#listeners.add(listener);

  set(value: Value): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    this.#listeners.notify(value);
  }
}

/** Make a store whose value is computed from another's, when it is read or subscribed to. */
export function derive<Source, Value>(source: Store<Source>, compute: (from: Source) => Value): Store<Value> {
  let computed: { from: Source; value: Value } | undefined;
  const get = (): Value => {
    const from = source.get();
    if (!computed || !Object.is(computed.from, from)) computed = { from, value: compute(from) };
    return computed.value;
  };
  const subscribe = (listener: Listener<Value>): Off => {
    let last = get();
    return source.subscribe(() => {
      const value = get();
      if (Object.is(value, last)) return;
      last = value;
      listener(value);
    });
  };
  return { get, subscribe };
}
