import { ParlourError } from "../protocol/errors.js";
/** The answer to a request is lost: it may or may not have been carried out. */
export class LostError extends ParlourError {
    /** Args: trouble is why there is no connection since. */
    constructor(reason, trouble) {
        const said = reason === "timeout" ? "The server did not answer in time" : "The connection was lost";
        const message = trouble ? `${said}: ${trouble.message}` : `${said}.`;
        super({ code: "unavailable", reason, message, retryable: true }, { cause: trouble });
    }
}
/** Milliseconds for one answer: a server that is alive needs a fraction of a second. */
const ACK_TIMEOUT = 10_000;
/** Sends requests on one socket; each ends with an answer, a refusal or a LostError. */
export class PendingRequests {
    #socket;
    #unanswered = new Set();
    constructor(socket) {
        this.#socket = socket;
    }
    /** Emit now and await the ack; `settle` is called with it before any event that follows it on the wire. */
    send(event, payload, settle) {
        return new Promise((resolve, reject) => {
            const fail = (error) => {
                clearTimeout(timer);
                this.#unanswered.delete(fail);
                reject(error);
            };
            const timer = setTimeout(() => fail(new LostError("timeout")), ACK_TIMEOUT);
            this.#unanswered.add(fail);
            this.#socket.emit(event, payload, (ack) => {
                if (!this.#unanswered.has(fail))
                    return;
                if (!ack.ok)
                    return fail(new ParlourError(ack.error));
                clearTimeout(timer);
                this.#unanswered.delete(fail);
                const { ok: _, ...reply } = ack;
                try {
                    settle?.(reply);
                    resolve(reply);
                }
                catch (error) {
                    reject(error);
                }
            });
        });
    }
    /** Reject all requests that wait for an answer: the socket was lost. */
    failAll() {
        for (const fail of [...this.#unanswered])
            fail(new LostError("disconnected"));
    }
}
