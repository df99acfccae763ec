import { failure, ParlourError } from "../protocol/errors.js";
import { Cell } from "../store/store.js";
import { PendingRequests, LostError } from "./requests.js";
import { FEATURES, FramedSocket } from "./framed.js";
import { Listeners } from "./events.js";
import { isForeign, reasonOf } from "./reasons.js";
/** Milliseconds over all tries of one request. */
const REQUEST_TIMEOUT = 30_000;
/** Requests that are useless later: sent on the present socket, or rejected. */
const SENT_NOW = new Set(["room:signal"]);
/** Requests that are sent only once, unless they carry an `id`: after a lost answer there may be a room already. */
const SENT_ONCE = new Set(["room:create"]);
/**
 * Keeps a connection over many sockets: opens the first at the first use, and each next one after a pause.
 * A lasting refusal (`connect_error` with data, `closing {reconnect: false}`) closes it for good, except that an expired
 * or unknown token is replaced once by a newer one.
 */
export class Connection {
    status;
    /** The server's last greeting. */
    me;
    changes;
    /** The server's address, for people and for calls over HTTP. */
    url;
    /** How long to wait before each next try. */
    pause;
    /** Why it is closed for good; undefined before. */
    error;
    /** Why no socket could be opened the last time; undefined while one is open. */
    trouble;
    #socket;
    #tokens;
    #requests;
    #onError;
    #follower;
    /** The status, which the stores show after the follower has been called. */
    #now = "connecting";
    #used = false;
    #closing;
    #tries = 0;
    #timer;
    /** The token of the present or last socket. */
    #token;
    /** Whether the server has refused a token since the last welcome. */
    #refused = false;
    constructor(socket, tokens, onError, url, pause) {
        this.status = new Cell("connecting", onError);
        this.me = new Cell(null, onError);
        this.changes = new Listeners(onError);
        this.url = url;
        this.pause = pause;
        this.#socket = new FramedSocket(socket);
        this.#tokens = tokens;
        this.#requests = new PendingRequests(this.#socket);
        this.#onError = onError;
        this.on("welcome", (welcome) => this.#onWelcome(welcome));
        this.on("closing", (closing) => (this.#closing = closing));
        this.#socket.on("connect_error", (error) => void this.#onConnectError(error));
        this.#socket.on("disconnect", (reason) => this.#onDisconnect(reason));
    }
    /** Return the session's token for a call over HTTP; undefined for a guest. */
    async token() {
        return this.#tokens.token();
    }
    /** Whether a socket is open and the server has greeted. */
    get online() {
        return this.#now === "online";
    }
    /** Set what is called before any listener; there is one. */
    follow(follower) {
        this.#follower = follower;
    }
    on(event, listener) {
        this.#socket.on(event, listener);
    }
    /** Open the first socket; later calls do nothing. */
    open() {
        if (this.#used || this.#now === "closed")
            return;
        this.#used = true;
        globalThis.addEventListener?.("online", this.#wake);
        void this.#dial();
    }
    // ── requests ──────────────────────────────────────────────────────────────────────────────────────────────────
    /**
     * Send a request and return its answer; send it again after a lost connection and after retryable refusals.
     * @throws ParlourError when it is refused for good, or not answered in time.
     */
    async request(event, payload, options = {}) {
        this.open();
        if (SENT_NOW.has(event))
            return this.requestOnce(event, payload, options.settle);
        const again = "id" in payload || !SENT_ONCE.has(event);
        const deadline = Date.now() + (options.timeout ?? REQUEST_TIMEOUT);
        for (let tries = 0;; tries++) {
            if (!this.online)
                await this.whenOnline(deadline - Date.now());
            try {
                return await this.requestOnce(event, payload, options.settle);
            }
            catch (error) {
                const lost = error instanceof LostError ? error.reason : undefined;
                if (!again || lost === "timeout" || !(error instanceof ParlourError && error.retryable))
                    throw error;
                if (lost)
                    continue;
                const wait = this.pause(tries, error.retryAfter);
                if (Date.now() + wait > deadline)
                    throw error;
                await new Promise((resolve) => setTimeout(resolve, wait));
            }
        }
    }
    /** Send a request once, on the present socket. @throws LostError without a socket, or when the answer is lost. */
    requestOnce(event, payload, settle) {
        if (this.online)
            return this.#requests.send(event, payload, settle);
        return Promise.reject(this.error ?? new LostError("disconnected"));
    }
    /** Wait for a socket, `timeout` milliseconds at most. @throws ParlourError when it is closed, or after the timeout. */
    whenOnline(timeout) {
        this.open();
        const welcome = this.me.get();
        if (this.online && welcome)
            return Promise.resolve(welcome);
        if (this.#now === "closed")
            return Promise.reject(this.error);
        return new Promise((resolve, reject) => {
            const late = () => this.trouble ?? failure("unavailable", "offline", `There is no connection to ${this.url} yet.`, true);
            const timer = setTimeout(() => settle(late()), Math.max(0, timeout));
            const off = this.changes.add(({ status }) => {
                if (status === "online" || status === "closed")
                    settle(this.error);
            });
            const settle = (error) => {
                clearTimeout(timer);
                off();
                if (error)
                    reject(error);
                else
                    resolve(this.me.get());
            };
        });
    }
    // ── sockets ───────────────────────────────────────────────────────────────────────────────────────────────────
    /** Close it for good. */
    close() {
        if (this.#now === "closed")
            return;
        this.#end("closed", failure("unavailable", "closed", "This client was closed."));
        this.#socket.disconnect();
    }
    async #dial() {
        this.#closing = undefined;
        this.#become({ status: "connecting" });
        try {
            this.#token = await this.#tokens.token();
        }
        catch (error) {
            return this.#onTokenError(error);
        }
        if (this.#now !== "connecting")
            return;
        const asked = { protocol: 1, features: FEATURES };
        this.#socket.auth = this.#token ? { ...asked, token: this.#token } : asked;
        this.#socket.connect();
    }
    #onTokenError(cause) {
        if (this.#now !== "connecting")
            return;
        if (!(cause instanceof ParlourError))
            this.#onError(cause);
        else if (!cause.retryable)
            return this.#end(cause.code, cause);
        else
            this.trouble = cause;
        this.#retry("token");
    }
    #onWelcome(welcome) {
        if (this.#now === "closed")
            return;
        this.#tries = 0;
        this.#refused = false;
        this.#closing = undefined;
        this.trouble = undefined;
        this.me.set(welcome);
        this.#become({ status: "online" });
    }
    async #onConnectError(error) {
        if (this.#now === "closed")
            return;
        const { data } = error;
        if (!data)
            return this.#onUnreachable(await reasonOf(error, this.url));
        const code = data.code ?? "unauthorized";
        const refusal = new ParlourError({ message: error.message, retryable: false, ...data, code });
        if (refusal.retryable)
            return this.#onUnreachable(refusal);
        const first = !this.#refused && this.#token !== undefined && code === "unauthorized";
        this.#refused = true;
        if (code === "unauthorized")
            this.#reportTokenEnded();
        if (first)
            void this.#tryNewerToken(code, refusal);
        else
            this.#end(code, refusal);
    }
    /** Try again; end for good where the reason lasts. Another program in a known server's place is waited out. */
    #onUnreachable(error) {
        if (this.#now !== "connecting")
            return;
        this.trouble = error;
        if (error.retryable || (this.me.get() && isForeign(error)))
            this.#retry("unreachable", error.retryAfter);
        else
            this.#end(error.reason ?? error.code, error);
    }
    #onDisconnect(reason) {
        this.#requests.failAll();
        if (this.#now === "closed")
            return;
        const closing = this.#closing;
        const forGood = closing?.reconnect === false || reason === "io server disconnect";
        if (!forGood)
            return this.#retry(closing?.reason ?? reason, closing?.retryAfter);
        const why = closing?.reason ?? "disconnected";
        const error = failure("unauthorized", why, `The server has ended this session: ${why}.`);
        if (closing?.reconnect === false)
            this.#reportTokenEnded();
        return why === "expired" ? void this.#tryNewerToken(why, error) : this.#end(why, error);
    }
    /** Connect again with a newer token; close for good where there is none. */
    async #tryNewerToken(reason, error) {
        const old = this.#token;
        this.#become({ status: "offline", reason });
        let next;
        try {
            next = await this.#tokens.token();
        }
        catch (cause) {
            if (!(cause instanceof ParlourError))
                this.#onError(cause);
        }
        if (this.#now !== "offline")
            return;
        if (next === undefined || next === old)
            this.#end(reason, error);
        else
            this.#retry(reason);
    }
    #retry(reason, retryAfter) {
        const delay = this.pause(this.#tries++, retryAfter);
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => void this.#dial(), delay);
        this.#become({ status: "offline", reason, retryIn: delay, ...(this.trouble && { error: this.trouble }) });
    }
    /** Connect at once when the browser is back on the network, unless the server asked for a pause. */
    #wake = () => {
        if (this.#now !== "offline" || this.#closing?.retryAfter)
            return;
        clearTimeout(this.#timer);
        void this.#dial();
    };
    #reportTokenEnded() {
        if (this.#token !== undefined)
            this.#tokens.tokenEnded?.(this.#token);
    }
    #end(reason, error) {
        clearTimeout(this.#timer);
        globalThis.removeEventListener?.("online", this.#wake);
        this.error = error;
        this.#become({ status: "closed", reason, error });
    }
    #become(change) {
        this.#now = change.status;
        if (change.status === "online")
            this.#follower?.opened();
        if (change.status === "offline")
            this.#follower?.lost();
        if (change.status === "closed")
            this.#follower?.failed(this.error);
        this.status.set(change.status);
        this.changes.notify(change);
    }
}
