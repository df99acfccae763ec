import * as Y from "yjs";
import { Listeners, reportUncaught } from "../connection/events.js";
/** What maps and lists have in common: a plain value, made anew only after changes. */
class Shared {
    type;
    #value;
    #listeners = new Listeners(reportUncaught);
    #listening = 0;
    #changed = () => {
        this.#value = undefined;
        this.#listeners.notify(this.get());
    };
    constructor(type) {
        this.type = type;
        this.get = this.get.bind(this);
        this.subscribe = this.subscribe.bind(this);
    }
    /** The value now, as plain JSON; the same object until it changes. */
    get() {
        if (this.#listening === 0)
            return this.type.toJSON();
        return (this.#value ??= this.type.toJSON());
    }
    /** Hear every change, one's own too; returns what ends that. */
    subscribe(listener) {
        if (this.#listening++ === 0)
            this.type.observeDeep(this.#changed);
        const off = this.#listeners.add(listener);
        let heard = true;
        return () => {
            if (!heard)
                return;
            heard = false;
            off();
            if (--this.#listening)
                return;
            this.type.unobserveDeep(this.#changed);
            this.#value = undefined;
        };
    }
    /** Make several changes one: others see all of them or none. */
    transact(change) {
        this.type.doc.transact(change);
    }
}
/** A Y.Map as a plain object. */
export class SharedMap extends Shared {
    set(key, value) {
        this.type.set(key, value);
    }
    delete(key) {
        this.type.delete(key);
    }
    /** Set several keys at once. */
    assign(values) {
        this.transact(() => {
            for (const [key, value] of Object.entries(values))
                this.type.set(key, value);
        });
    }
}
/** A Y.Array as a plain list. */
export class SharedList extends Shared {
    get length() {
        return this.type.length;
    }
    push(...items) {
        this.type.push(items);
    }
    insert(at, ...items) {
        this.type.insert(at, items);
    }
    delete(at, count = 1) {
        this.type.delete(at, count);
    }
    /** Put another value in a place. */
    set(at, item) {
        this.transact(() => {
            this.type.delete(at, 1);
            this.type.insert(at, [item]);
        });
    }
}
