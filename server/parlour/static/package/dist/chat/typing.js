import { Cell } from "../store/store.js";
/** Milliseconds between two signals of somebody who goes on typing. */
const SIGNAL_EVERY = 2_500;
/** Milliseconds after the last signal until somebody counts as having stopped: more than SIGNAL_EVERY. */
const LASTS = 4_000;
/** Keeps who is typing in a room, by `typing` signals; a message of theirs ends it at once. */
export class Typing {
    accounts;
    #timers = new Map();
    #signalledAt = -Infinity;
    constructor(onError) {
        this.accounts = new Cell([], onError);
    }
    /** Return whether a signal is due, and count it as sent. */
    signalDue() {
        if (Date.now() - this.#signalledAt < SIGNAL_EVERY)
            return false;
        this.#signalledAt = Date.now();
        return true;
    }
    /** Make the next key send a signal again: my message is sent. */
    sent() {
        this.#signalledAt = -Infinity;
    }
    started(account) {
        clearTimeout(this.#timers.get(account));
        this.#timers.set(account, setTimeout(() => this.stopped(account), LASTS));
        if (!this.accounts.get().includes(account))
            this.#show();
    }
    stopped(account) {
        clearTimeout(this.#timers.get(account));
        if (this.#timers.delete(account))
            this.#show();
    }
    clear() {
        for (const timer of this.#timers.values())
            clearTimeout(timer);
        this.#timers.clear();
        this.#show();
    }
    #show() {
        this.accounts.set([...this.#timers.keys()]);
    }
}
