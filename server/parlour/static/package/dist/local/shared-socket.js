import { randomId } from "../connection/ids.js";
import { HeldSocket } from "./held-socket.js";
import { HELD, TabGroup } from "./tab-group.js";
/**
 * Let the tabs of this origin share one socket: `connect({ …, createSocket: shareSocket() })`. Tabs with the same token
 * share one, which one of them holds; when that is closed another tab opens the next, and each gets what it missed, as
 * after a lost connection. Where there are no Web Locks, as in pages that are not secure, each tab has its own.
 */
export function shareSocket({ name = "parlour" } = {}) {
    return (_, own) => globalThis.navigator?.locks ? new SharedSocket(name, own) : own();
}
/** A tab's end of a shared socket. */
class SharedSocket {
    auth = {};
    #name;
    #own;
    #tab = randomId();
    #listeners = new Map();
    #answers = new Map();
    #asked = 0;
    #status = "idle";
    #group;
    constructor(name, own) {
        this.#name = name;
        this.#own = own;
    }
    on(event, listener) {
        this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
    }
    emit(event, payload, answer) {
        const n = ++this.#asked;
        this.#answers.set(n, answer);
        this.#group?.send({ from: this.#tab, do: "ask", n, event, payload });
    }
    connect() {
        this.#status = "connecting";
        void this.#connect();
    }
    disconnect() {
        this.#status = "idle";
        this.#leave();
    }
    async #connect() {
        const { auth } = this;
        const name = `${this.#name} ${await digest(JSON.stringify(auth))}`;
        if (this.#status !== "connecting" || auth !== this.auth)
            return;
        if (this.#group?.name !== name) {
            this.#leave();
            const hold = (tell) => new HeldSocket(this.#own(), auth, tell);
            this.#group = new TabGroup(name, this.#tab, hold, (message) => this.#receive(message));
        }
        this.#group.send({ from: this.#tab, do: "connect" });
    }
    #leave() {
        this.#group?.leave();
        this.#group = undefined;
    }
    #receive(message) {
        if (message.to !== undefined && message.to !== this.#tab)
            return;
        if ("say" in message)
            return this.#onSaid(message.say, message.value);
        const answer = this.#answers.get(message.n);
        this.#answers.delete(message.n);
        answer?.(message.answer);
    }
    #onSaid(event, value) {
        const status = this.#status;
        if (event === HELD) {
            if (status === "connecting")
                this.#group?.send({ from: this.#tab, do: "connect" });
            else if (status === "open")
                this.#onSaid("disconnect", "transport close");
            return;
        }
        const [begins, ends] = [event === "welcome" || event === "connect_error", event === "disconnect"];
        if (begins ? status !== "connecting" : status !== "open" && !(ends && status === "connecting"))
            return;
        if (event === "welcome")
            this.#status = "open";
        if (event === "connect_error" || ends) {
            this.#status = "idle";
            this.#answers.clear();
        }
        for (const listener of this.#listeners.get(event) ?? [])
            listener(value);
    }
}
/** What tabs that would say the same in the handshake have in common, which tells nobody a token. */
async function digest(text) {
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return btoa(String.fromCharCode(...new Uint8Array(hash)));
}
