/** What a new holder says first: whoever was connected is not any more. */
export const HELD = "held";
/** The tabs that share one socket, as one of them sees them; the one with the Web Lock of their name holds it. */
export class TabGroup {
    name;
    #tab;
    #channel;
    #waiting = new AbortController();
    #release;
    #held;
    #over = false;
    /** Args: hold makes the socket once this tab holds it; receive gets what the holder says, here or elsewhere. */
    constructor(name, tab, hold, receive) {
        this.name = name;
        this.#tab = tab;
        this.#channel = new BroadcastChannel(name);
        this.#channel.onmessage = ({ data }) => {
            if ("from" in data)
                this.#held?.receive(data);
            else
                receive(data);
        };
        const tell = (message) => {
            if (this.#over)
                return;
            this.#channel.postMessage(cloneable(message));
            receive(message);
        };
        const released = new Promise((resolve) => (this.#release = resolve));
        const onHeld = () => {
            if (!this.#over) {
                this.#held = hold(tell);
                tell({ say: HELD });
            }
            return released;
        };
        navigator.locks.request(name, { signal: this.#waiting.signal }, onHeld).catch(() => undefined); // given up
        globalThis.addEventListener?.("pagehide", this.#onHide);
    }
    send(message) {
        if (this.#held)
            this.#held.receive(message);
        else
            this.#channel.postMessage(message);
    }
    /** Let the others go on without this tab. */
    leave() {
        this.#onHide();
        this.#over = true;
        globalThis.removeEventListener?.("pagehide", this.#onHide);
        this.#held?.close();
        this.#channel.close();
        this.#waiting.abort();
        this.#release();
    }
    #onHide = () => this.send({ from: this.#tab, do: "leave" });
}
/** An error of Socket.IO as a message can carry it: without the answer that it came of. */
function cloneable(message) {
    if (!("say" in message && message.value instanceof Error))
        return message;
    const { message: text, data, code } = message.value;
    return { ...message, value: { message: text, data, code } };
}
