import { Listeners } from "../connection/events.js";
/** A store whose owner sets the value. */
export class Cell {
    #value;
    #listeners;
    constructor(value, onError) {
        this.#value = value;
        this.#listeners = new Listeners(onError);
    }
    get = () => this.#value;
    subscribe = (listener) => this.#listeners.add(listener);
    set(value) {
        if (Object.is(value, this.#value))
            return;
        this.#value = value;
        this.#listeners.notify(value);
    }
}
/** Make a store whose value is computed from another's, when it is read or subscribed to. */
export function derive(source, compute) {
    let computed;
    const get = () => {
        const from = source.get();
        if (!computed || !Object.is(computed.from, from))
            computed = { from, value: compute(from) };
        return computed.value;
    };
    const subscribe = (listener) => {
        let last = get();
        return source.subscribe(() => {
            const value = get();
            if (Object.is(value, last))
                return;
            last = value;
            listener(value);
        });
    };
    return { get, subscribe };
}
