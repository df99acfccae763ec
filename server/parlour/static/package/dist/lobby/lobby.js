import { List } from "./list.js";
/** Keeps the lists of a client. Handles with equal options share one; the list opened last is live on the wire. */
export class Lobbies {
    #connection;
    #onError;
    #lists = new Map();
    constructor(connection, onError) {
        this.#connection = connection;
        this.#onError = onError;
    }
    open(options) {
        this.#connection.open();
        const key = JSON.stringify([options.kind, options.query, options.open, options.featured, options.limit]);
        const list = this.#lists.get(key) ?? this.#add(key, options);
        const handle = { open: true };
        list.handles += 1;
        const close = () => {
            if (!handle.open)
                return;
            handle.open = false;
            list.handles -= 1;
            if (list.handles === 0)
                this.#remove(key, list);
        };
        return { rooms: list.rooms, ready: list.ready, error: list.error, close, [Symbol.dispose]: close };
    }
    /** Ask for every list on a new socket. */
    opened() {
        for (const list of this.#lists.values())
            void list.ask();
    }
    failed(error) {
        for (const list of [...this.#lists.values()])
            list.fail(error);
    }
    receive(event) {
        this.#newest()?.apply(event);
    }
    #add(key, options) {
        this.#newest()?.becomePolled();
        const refused = () => this.#remove(key, list);
        const list = new List(this.#connection, options, this.#onError, refused);
        this.#lists.set(key, list);
        void list.ask();
        return list;
    }
    #remove(key, list) {
        if (this.#lists.get(key) !== list)
            return; // it was refused, and is removed already
        this.#lists.delete(key);
        list.stop();
        const next = this.#newest();
        if (next)
            next.becomeLive();
        else if (list.answered && this.#connection.online) {
            this.#connection.requestOnce("room:list", { live: false, limit: 1 }).catch(() => undefined); // a lost socket has no list
        }
    }
    #newest() {
        return [...this.#lists.values()].at(-1);
    }
}
