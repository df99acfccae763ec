export type Off = () => void;
/** Hears an event; it may be an `async` function. */
export type Listener<Value> = (value: Value) => void;
/** Receives what a listener of the application throws. */
export type ErrorHook = (error: unknown) => void;

/** Report an error where the application names no hook: by `reportError` in browsers, else `console.error`. */
export const reportUncaught: ErrorHook = (error) => {
  if (typeof reportError === "function") reportError(error);
  else console.error(error);
};

/** Holds the callbacks for one event. One that throws, or is rejected, stops neither the others nor the caller. */
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
    const failed = (error: unknown): void => void guard(this.#onError, error, reportUncaught);
    for (const listener of [...this.#listeners]) void guard(listener, value, failed);
  }
}

/** Call what the application handed in; `failed` gets what it throws, or what its promise is rejected with. */
export async function guard<Value>(call: (value: Value) => unknown, value: Value, failed: ErrorHook): Promise<void> {
  try {
    await call(value);
  } catch (error) {
    failed(error);
  }
}
