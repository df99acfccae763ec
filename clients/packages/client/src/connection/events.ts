export type Off = () => void;
export type Listener<Value> = (value: Value) => void;
/** Receives what a listener of the application throws. */
export type ErrorHook = (error: unknown) => void;

/** Report an error where the application names no hook: by `reportError` in browsers, else `console.error`. */
export const reportUncaught: ErrorHook = (error) => {
  if (typeof reportError === "function") reportError(error);
  else console.error(error);
};

/** Holds the callbacks for one event. One that throws stops neither the others nor the caller. */
export class Listeners<Value> {
  readonly #listeners = new Set<Listener<Value>>();
  readonly #onError: ErrorHook;

  constructor(onError: ErrorHook) {
    this.#onError = onError;
  }

  add(listener: Listener<Value>): Off {
    const own: Listener<Value> = (value) => listener(value); // the same function may be added twice
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  notify(value: Value): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        this.#report(error);
      }
    }
  }

  #report(error: unknown): void {
    try {
      this.#onError(error);
    } catch (second) {
      reportUncaught(second);
    }
  }
}
