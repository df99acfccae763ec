import * as Y from "yjs";
/** What maps and lists have in common: a plain value, made anew only after changes. */
class Shared {
    type;
    #value;
    #listeners = new Set();
    #changed = () => {
        this.#value = undefined;
        for (const listener of [...this.#listeners])
            listener(this.get());
    };
    constructor(type) {
        this.type = type;
        this.get = this.get.bind(this);
        this.subscribe = this.subscribe.bind(this);
    }
    /** The value now, as plain JSON; the same object until it changes. */
    get() {
        if (this.#listeners.size === 0)
            return this.type.toJSON();
        return (this.#value ??= this.type.toJSON());
    }
    /** Hear every change, one's own too; returns what ends that. */
    subscribe(listener) {
        if (this.#listeners.size === 0)
            this.type.observeDeep(this.#changed);
        this.#listeners.add(listener);
        return () => {
            if (!this.#listeners.delete(listener) || this.#listeners.size)
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
