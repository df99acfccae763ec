import { reportUncaught } from "./events.js";
/** What the handshake asks for: the events of a batch in one packet, and short states (protocol section 4). */
export const FEATURES = ["frames", "steps"];
/**
 * Unpacks `frame` events into the events they hold, and numbers requests so that their acks come inside.
 * With a server that does not serve frames it is the socket it was given.
 */
export class FramedSocket {
    #socket;
    #listeners = new Map();
    #acks = new Map();
    #number = 0;
    #framed = false;
    constructor(socket) {
        this.#socket = socket;
        this.on("welcome", ({ features }) => (this.#framed = features?.includes("frames") ?? false));
        this.on("ack", (ack) => this.#answer(ack));
        socket.on("frame", ({ packets }) => this.#unpack(packets));
        socket.on("disconnect", () => this.#forget());
    }
    get auth() {
        return this.#socket.auth;
    }
    set auth(auth) {
        this.#socket.auth = auth;
    }
    on(event, listener) {
        this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
        this.#socket.on(event, listener);
    }
    emit(event, payload, ack) {
        if (!this.#framed) {
            this.#socket.emit(event, payload, ack);
            return;
        }
        this.#acks.set(++this.#number, ack);
        this.#socket.emit(event, payload, this.#number);
    }
    connect() {
        this.#socket.connect();
    }
    disconnect() {
        this.#socket.disconnect();
    }
    /** Handle the events of a frame in their order; what a listener throws stops none of the others. */
    #unpack(packets) {
        for (const [name, value] of packets) {
            for (const listener of this.#listeners.get(name) ?? []) {
                try {
                    listener(value);
                }
                catch (error) {
                    reportUncaught(error);
                }
            }
        }
    }
    #answer({ n, answer }) {
        const ack = this.#acks.get(n);
        this.#acks.delete(n);
        ack?.(answer);
    }
    #forget() {
        this.#framed = false;
        this.#acks.clear();
    }
}
