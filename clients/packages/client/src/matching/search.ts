import type { Connection } from "../connection/connection.js";
import { Listeners, type ErrorHook } from "../connection/events.js";
import { randomId } from "../connection/ids.js";
import { failure, ParlourError } from "../protocol/errors.js";
import type { Answer, MatchFound, MatchStatus, Requests } from "../protocol/types.js";
import { Cell, type Store } from "../store/store.js";

export type FindMatchOptions = Omit<Requests["match:find"], "id">;

/** Somebody's place in the line of a game, over every reconnect; made by `client.findMatch`. */
export interface MatchSearch {
  /** How it stands; null until something is known. */
  readonly status: Store<MatchStatus | null>;
  /** Resolves with the table: join its room before `confirmBy`. @throws ParlourError when refused or cancelled. */
  readonly found: Promise<MatchFound>;
  /** Leave the line. */
  cancel(): Promise<void>;
}

/** Keeps the searches of a client: asks again on every new socket, by the same id, which is the same ticket. */
export class Searches {
  /** Hears of every table that is found for this account, also by a party's leader. */
  readonly found: Listeners<MatchFound>;
  readonly #connection: Connection;
  readonly #onError: ErrorHook;
  readonly #open = new Set<Search>();

  constructor(connection: Connection, onError: ErrorHook) {
    this.#connection = connection;
    this.#onError = onError;
    this.found = new Listeners(onError);
    connection.on("match:status", (status) => this.#of(status.ticket)?.status.set(status));
    connection.on("match:found", (found) => {
      this.#of(found.ticket)?.end(found);
      this.found.notify(found);
    });
  }

  open(options: FindMatchOptions): MatchSearch {
    const search = new Search(this.#connection, options, this.#onError, () => this.#open.delete(search));
    this.#open.add(search);
    void search.ask();
    return { status: search.status, found: search.found, cancel: () => search.cancel() };
  }

  /** Ask for every search on a new socket: a table may have been found meanwhile. */
  opened(): void {
    for (const search of this.#open) if (search.ticket !== undefined) void search.ask();
  }

  failed(error: ParlourError): void {
    for (const search of [...this.#open]) search.end(error);
  }

  #of(ticket: string): Search | undefined {
    return [...this.#open].find((search) => search.ticket === ticket);
  }
}

class Search {
  readonly status: Cell<MatchStatus | null>;
  readonly found: Promise<MatchFound>;
  ticket: string | undefined;
  #cancelled = false;
  #end!: (outcome: MatchFound | ParlourError) => void;
  readonly #connection: Connection;
  readonly #asked: Requests["match:find"];

  constructor(connection: Connection, options: FindMatchOptions, onError: ErrorHook, ended: () => void) {
    this.status = new Cell<MatchStatus | null>(null, onError);
    this.#connection = connection;
    this.#asked = { ...options, id: randomId() };
    this.found = new Promise((resolve, reject) => {
      this.#end = (outcome) => {
        ended();
        if (outcome instanceof ParlourError) reject(outcome);
        else resolve(outcome);
      };
    });
    this.found.catch(() => undefined); // whoever waits gets it; nobody has to
  }

  end(outcome: MatchFound | ParlourError): void {
    this.#end(outcome);
  }

  async ask(): Promise<void> {
    try {
      const settle = ({ ticket }: Answer<"match:find">): void => void (this.ticket = ticket);
      await this.#connection.request<Answer<"match:find">>("match:find", this.#asked, { settle });
      if (this.#cancelled) await this.#leaveLine(); // before the answer nobody knew which ticket it is
    } catch (error) {
      if (error instanceof ParlourError) this.end(error);
    }
  }

  async cancel(): Promise<void> {
    this.#cancelled = true;
    await this.#leaveLine();
    const message = "The search was cancelled.";
    this.end(failure("not_found", "cancelled", message));
  }

  async #leaveLine(): Promise<void> {
    if (this.ticket !== undefined) await this.#connection.request("match:cancel", { ticket: this.ticket });
  }
}
