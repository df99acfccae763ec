/** Report an error where the application names no hook: by `reportError` in browsers, else `console.error`. */
export const reportUncaught = (error) => {
    if (typeof reportError === "function")
        reportError(error);
    else
        console.error(error);
};
/** Holds the callbacks for one event. One that throws, or is rejected, stops neither the others nor the caller. */
export class Listeners {
    #listeners = new Set();
    #onError;
    constructor(onError) {
        this.#onError = onError;
    }
    add(listener) {
        const own = (value) => listener(value); // the same function may be added twice
        this.#listeners.add(own);
        return () => void this.#listeners.delete(own);
    }
    notify(value) {
        const failed = (error) => void guard(this.#onError, error, reportUncaught);
        for (const listener of [...this.#listeners])
            void guard(listener, value, failed);
    }
}
/** Call what the application handed in; `failed` gets what it throws, or what its promise is rejected with. */
export async function guard(call, value, failed) {
    try {
        await call(value);
    }
    catch (error) {
        failed(error);
    }
}
