import { LostError } from "../connection/requests.js";
import type { Connection } from "../connection/connection.js";
import type { ErrorHook } from "../connection/events.js";
import { failure, ParlourError } from "../protocol/errors.js";
import type { LobbyEvent, RoomInfo } from "../protocol/types.js";
import { Cell } from "../store/store.js";

export interface LobbyOptions {
  kind?: string;
  /** Words of the room's id or title. */
  query?: string;
  /** Only tables with a free seat. */
  open?: boolean;
  /** Only rooms that the server's operators recommend. */
  featured?: boolean;
  /** Rooms at most; default 50. */
  limit?: number;
}

interface Listed {
  rooms: RoomInfo[];
  /** False where the live list of a shared socket is another tab's. */
  live?: boolean;
}

/** Milliseconds between two tries where the server names no pause. */
const ASK_AGAIN = 2_000;
/** Milliseconds between two requests for a list that is not the connection's one live list. */
const POLL_EVERY = 10_000;

/** Keeps one list: asks for it on every socket, applies `lobby` events to it while it is the live one. */
export class List {
  readonly rooms: Cell<readonly RoomInfo[]>;
  readonly error: Cell<ParlourError | null>;
  readonly ready: Promise<void>;
  handles = 0;
  /** Whether the server has answered it on the present socket. */
  answered = false;
  #live = true;
  readonly #connection: Connection;
  readonly #options: LobbyOptions;
  readonly #refused: () => void;
  #waiting = false;
  #over = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #settle!: { resolve: () => void; reject: (error: ParlourError) => void };

  constructor(connection: Connection, options: LobbyOptions, onError: ErrorHook, refused: () => void) {
    this.rooms = new Cell<readonly RoomInfo[]>([], onError);
    this.error = new Cell<ParlourError | null>(null, onError);
    this.ready = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    this.ready.catch(() => undefined); // a caller that does not await it reads `error`
    this.#connection = connection;
    this.#options = options;
    this.#refused = refused;
  }

  /** Ask for the list on the present socket; each new socket asks again. */
  async ask(): Promise<void> {
    clearTimeout(this.#timer);
    this.answered = false;
    if (this.#over || !this.#connection.online) return;
    this.#waiting = true; // what comes before the answer belongs to an older list
    const settle = ({ rooms }: Listed): void => {
      this.#waiting = false;
      this.answered = true;
      this.#show(rooms);
      this.#settle.resolve();
    };
    try {
      const asked = { ...this.#options, ...(this.#live && { live: true }) };
      const { live = this.#live } = await this.#connection.requestOnce<Listed>("room:list", asked, settle);
      if (!live) this.#askLater(POLL_EVERY);
    } catch (error) {
      if (error instanceof LostError && error.reason === "disconnected") return;
      if (error instanceof ParlourError && !error.retryable) this.fail(error);
      else this.#askLater((error as ParlourError).retryAfter ?? ASK_AGAIN);
    }
  }

  /** Ask for it live, now that the list that was live is closed. */
  becomeLive(): void {
    if (this.#live) return;
    this.#live = true;
    void this.ask();
  }

  /** Ask for it now and then: another list is the live one from now on. */
  becomePolled(): void {
    this.#live = false;
    if (!this.#waiting) this.#askLater(POLL_EVERY);
  }

  #askLater(wait: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.ask(), wait);
  }

  /** Fold one event: new rooms first, changed ones in their place, without those that are gone. */
  apply({ rooms, gone }: LobbyEvent): void {
    if (this.#waiting) return;
    const [changed, lost] = [new Map(rooms.map((room) => [room.id, room])), new Set(gone)];
    const kept = this.rooms
      .get()
      .filter(({ id }) => !lost.has(id))
      .map((room) => changed.get(room.id) ?? room);
    for (const { id } of kept) changed.delete(id);
    this.#show([...[...changed.values()].reverse(), ...kept]);
  }

  /** End it with an error, for all its handles. */
  fail(error: ParlourError): void {
    this.#settle.reject(error);
    this.error.set(error);
    this.#refused();
  }

  stop(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#settle.reject(closed());
  }

  #show(rooms: readonly RoomInfo[]): void {
    if (!this.#over) this.rooms.set(rooms);
  }
}

function closed(): ParlourError {
  const message = "This list of rooms was closed.";
  return failure("closed", "released", message);
}
