/** Report an error where the application names no hook: by `reportError` in browsers, else `console.error`. */
export const reportUncaught = (error) => {
    if (typeof reportError === "function")
        reportError(error);
    else
        console.error(error);
};
/** Holds the callbacks for one event. One that throws stops neither the others nor the caller. */
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
        for (const listener of [...this.#listeners]) {
            try {
                listener(value);
            }
            catch (error) {
                this.#report(error);
            }
        }
    }
    #report(error) {
        try {
            this.#onError(error);
        }
        catch (second) {
            reportUncaught(second);
        }
    }
}
