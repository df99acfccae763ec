import { Listeners } from "../connection/events.js";
import { randomId } from "../connection/ids.js";
import { failure, ParlourError } from "../protocol/errors.js";
import { Cell } from "../store/store.js";
/** Keeps the searches of a client: asks again on every new socket, by the same id, which is the same ticket. */
export class Searches {
    /** Hears of every table that is found for this account, also by a party's leader. */
    found;
    #connection;
    #onError;
    #open = new Set();
    constructor(connection, onError) {
        this.#connection = connection;
        this.#onError = onError;
        this.found = new Listeners(onError);
        connection.on("match:status", (status) => this.#of(status.ticket)?.status.set(status));
        connection.on("match:found", (found) => {
            this.#of(found.ticket)?.end(found);
            this.found.notify(found);
        });
    }
    open(options) {
        const search = new Search(this.#connection, options, this.#onError, () => this.#open.delete(search));
        this.#open.add(search);
        void search.ask();
        return { status: search.status, found: search.found, cancel: () => search.cancel() };
    }
    /** Ask for every search on a new socket: a table may have been found meanwhile. */
    opened() {
        for (const search of this.#open)
            if (search.ticket !== undefined)
                void search.ask();
    }
    failed(error) {
        for (const search of [...this.#open])
            search.end(error);
    }
    #of(ticket) {
        return [...this.#open].find((search) => search.ticket === ticket);
    }
}
class Search {
    status;
    found;
    ticket;
    #cancelled = false;
    #end;
    #connection;
    #asked;
    constructor(connection, options, onError, ended) {
        this.status = new Cell(null, onError);
        this.#connection = connection;
        this.#asked = { ...options, id: randomId() };
        this.found = new Promise((resolve, reject) => {
            this.#end = (outcome) => {
                ended();
                if (outcome instanceof ParlourError)
                    reject(outcome);
                else
                    resolve(outcome);
            };
        });
        this.found.catch(() => undefined); // whoever waits gets it; nobody has to
    }
    end(outcome) {
        this.#end(outcome);
    }
    async ask() {
        try {
            const settle = ({ ticket }) => void (this.ticket = ticket);
            await this.#connection.request("match:find", this.#asked, { settle });
            if (this.#cancelled)
                await this.#leaveLine(); // before the answer nobody knew which ticket it is
        }
        catch (error) {
            if (error instanceof ParlourError)
                this.end(error);
        }
    }
    async cancel() {
        this.#cancelled = true;
        await this.#leaveLine();
        const message = "The search was cancelled.";
        this.end(failure("not_found", "cancelled", message));
    }
    async #leaveLine() {
        if (this.ticket !== undefined)
            await this.#connection.request("match:cancel", { ticket: this.ticket });
    }
}
