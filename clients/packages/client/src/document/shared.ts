import * as Y from "yjs";
import { Listeners, reportUncaught, type Listener, type Off } from "../connection/events.js";
import type { Store } from "../store/store.js";

/** What a shared value may be: JSON; the last write of a key or place wins. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** What maps and lists have in common: a plain value, made anew only after changes. */
abstract class Shared<Value, Type extends Y.Map<unknown> | Y.Array<unknown>> implements Store<Value> {
  protected readonly type: Type;
  #value: Value | undefined;
  readonly #listeners = new Listeners<Value>(reportUncaught);
  #listening = 0;
  readonly #changed = (): void => {
    this.#value = undefined;
    this.#listeners.notify(this.get());
  };

  constructor(type: Type) {
    this.type = type;
    this.get = this.get.bind(this);
    this.subscribe = this.subscribe.bind(this);
  }

  /** The value now, as plain JSON; the same object until it changes. */
  get(): Value {
    if (this.#listening === 0) return this.type.toJSON() as Value;
    return (this.#value ??= this.type.toJSON() as Value);
  }

  /** Hear every change, one's own too; returns what ends that. */
  subscribe(listener: Listener<Value>): Off {
    if (this.#listening++ === 0) this.type.observeDeep(this.#changed);
    const off = this.#listeners.add(listener);
    let heard = true;
    return () => {
      if (!heard) return;
      heard = false;
      off();
      if (--this.#listening) return;
      this.type.unobserveDeep(this.#changed);
      this.#value = undefined;
    };
  }

  /** Make several changes one: others see all of them or none. */
  transact(change: () => void): void {
    this.type.doc!.transact(change);
  }
}

/** A Y.Map as a plain object. */
export class SharedMap<Values extends object = Record<string, unknown>> extends Shared<
  Partial<Values>,
  Y.Map<unknown>
> {
  set<Key extends keyof Values & string>(key: Key, value: Values[Key]): void {
    this.type.set(key, value);
  }

  delete(key: keyof Values & string): void {
    this.type.delete(key);
  }

  /** Set several keys at once. */
  assign(values: Partial<Values>): void {
    this.transact(() => {
      for (const [key, value] of Object.entries(values)) this.type.set(key, value);
    });
  }
}

/** A Y.Array as a plain list. */
export class SharedList<Item = unknown> extends Shared<Item[], Y.Array<unknown>> {
  get length(): number {
    return this.type.length;
  }

  push(...items: Item[]): void {
    this.type.push(items);
  }

  insert(at: number, ...items: Item[]): void {
    this.type.insert(at, items);
  }

  delete(at: number, count = 1): void {
    this.type.delete(at, count);
  }

  /** Put another value in a place. */
  set(at: number, item: Item): void {
    this.transact(() => {
      this.type.delete(at, 1);
      this.type.insert(at, [item]);
    });
  }
}
