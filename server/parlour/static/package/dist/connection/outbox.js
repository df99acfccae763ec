import { LostError } from "./requests.js";
/** Milliseconds for which a post without a timeout of its own is sent again after retryable refusals. */
const REFUSED_AT_MOST = 30_000;
/**
 * Keeps posts without an answer, in the order they were made. Each has an id, so all are sent again after a reconnect:
 * the server answers `duplicate` for what it had stored. A retryable refusal holds back all posts of the room until the
 * pause is over, so that no later post overtakes.
 */
export class Outbox {
    #connection;
    #pending = new Set();
    #held = new Map();
    #store;
    #onError;
    /** Whose posts the store keeps; its earlier ones were read. */
    #account;
    #reading = false;
    constructor(connection, store, onError) {
        this.#connection = connection;
        this.#store = store;
        this.#onError = onError;
    }
    get size() {
        return this.#pending.size;
    }
    /**
     * Send a post; `timeout` is milliseconds over all tries. Without one it waits for a connection as long as it takes.
     * @throws ParlourError when it is refused; LostError when no answer came in time.
     */
    send(post, timeout) {
        this.#connection.open();
        return new Promise((resolve, reject) => {
            if (this.#connection.error)
                return reject(this.#connection.error);
            const pending = { post, inFlight: false, tries: 0, resolve, reject };
            if (timeout !== undefined)
                this.#giveUpAfter(pending, timeout);
            this.#pending.add(pending);
            if (this.#account)
                this.#store?.add(this.#account, post);
            this.flush();
        });
    }
    /** Send all that waits, now that the server knows the account; what an earlier page left comes first. */
    async opened(account) {
        if (this.#store && account && account !== this.#account) {
            this.#reading = true;
            const left = await this.#store.load(account).catch((cause) => (this.#onError(cause), []));
            this.#reading = false;
            this.#account = account;
            this.#putFirst(account, left);
        }
        this.flush();
    }
    /** What nobody here waits for any more is told to the error hook where it is refused. */
    #putFirst(account, left) {
        const waiting = [...this.#pending];
        for (const { post } of waiting)
            this.#store?.add(account, post);
        this.#pending.clear();
        for (const post of left)
            this.#pending.add({ post, inFlight: false, tries: 0, resolve: () => { }, reject: this.#onError });
        for (const pending of waiting)
            this.#pending.add(pending);
    }
    /** Send all that waits and is not held back, in order. */
    flush() {
        if (!this.#connection.online || this.#reading)
            return;
        for (const pending of this.#pending) {
            if (!pending.inFlight && !this.#held.has(key(pending.post)))
                void this.#emit(pending);
        }
    }
    /** Reject all posts: the connection is closed for good. A store still keeps them, for the next page. */
    fail(error) {
        this.#account = undefined;
        for (const pending of [...this.#pending])
            this.#settle(pending).reject(error);
        for (const { timer } of this.#held.values())
            clearTimeout(timer);
        this.#held.clear();
    }
    async #emit(pending) {
        pending.inFlight = true;
        try {
            const receipt = await this.#connection.requestOnce("room:post", pending.post);
            this.#settle(pending).resolve(receipt);
        }
        catch (cause) {
            pending.inFlight = false;
            this.#refused(pending, cause);
        }
    }
    #refused(pending, error) {
        if (!this.#pending.has(pending))
            return;
        if (error instanceof LostError)
            return error.reason === "timeout" ? this.flush() : undefined;
        if (!error.retryable)
            return this.#settle(pending).reject(error);
        pending.refusal = error;
        if (pending.timer === undefined)
            this.#giveUpAfter(pending, REFUSED_AT_MOST);
        this.#hold(key(pending.post), this.#connection.pause(pending.tries++, error.retryAfter));
    }
    #hold(room, wait) {
        const until = Date.now() + wait;
        const held = this.#held.get(room);
        if (held && held.until >= until)
            return;
        clearTimeout(held?.timer);
        const release = () => {
            this.#held.delete(room);
            this.flush();
        };
        this.#held.set(room, { until, timer: setTimeout(release, wait) });
    }
    #giveUpAfter(pending, timeout) {
        const giveUp = () => this.#settle(pending).reject(pending.refusal ?? new LostError("timeout", this.#connection.trouble));
        pending.timer = setTimeout(giveUp, timeout);
    }
    #settle(pending) {
        clearTimeout(pending.timer);
        this.#pending.delete(pending);
        if (this.#account)
            this.#store?.remove(this.#account, pending.post.id);
        return pending;
    }
}
function key(post) {
    return post.room.toLowerCase();
}
