export type Off = () => void;
export type Listener<Value> = (value: Value) => void;

/** A set of callbacks for one kind of news. A listener that throws disturbs neither the others nor the caller. */
export class Listeners<Value> {
  readonly #listeners = new Set<Listener<Value>>();

  add(listener: Listener<Value>): Off {
    const own: Listener<Value> = (value) => listener(value);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  tell(value: Value): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
