import type { Connection } from "../connection/connection.js";
import { LostError } from "../connection/connection.js";
import { ParlourError } from "../protocol/errors.js";
import type { Listener } from "../connection/events.js";
import type { LobbyEvent, RoomInfo } from "../protocol/types.js";

export interface LobbyOptions {
  kind?: string;
  /** Words of the room's id or title. */
  query?: string;
  /** Only tables with a free seat. */
  open?: boolean;
  /** Rooms at most; default 50. */
  limit?: number;
}

const ASK_AGAIN = 2_000;

/** A live list of rooms, new ones first: asked for on every connection, and folded from what is told of it. */
export class Lobby {
  #rooms: readonly RoomInfo[] = [];
  #asking = false;
  #over = false;
  readonly #connection: Connection;
  readonly #options: LobbyOptions;
  readonly #listener: Listener<readonly RoomInfo[]>;

  constructor(connection: Connection, options: LobbyOptions, listener: Listener<readonly RoomInfo[]>) {
    this.#connection = connection;
    this.#options = options;
    this.#listener = listener;
  }

  /** Ask for the list on the connection there is; the next one asks again. A lasting refusal is thrown at the page. */
  async ask(): Promise<void> {
    this.#asking = true; // what comes before the answer belongs to an older list
    try {
      const settle = ({ rooms }: { rooms: RoomInfo[] }): void => {
        this.#asking = false;
        this.#show(rooms);
      };
      await this.#connection.ask("room:list", { ...this.#options, live: true }, settle);
    } catch (error) {
      if (this.#over || (error instanceof LostError && error.reason === "disconnected")) return;
      if (!(error instanceof ParlourError && error.retryable)) throw error;
      const again = (): unknown => !this.#over && this.#connection.status === "online" && this.ask();
      setTimeout(again, error.retryAfter ?? ASK_AGAIN);
    }
  }

  take({ rooms, gone }: LobbyEvent): void {
    if (this.#asking) return;
    const [changed, lost] = [new Map(rooms.map((room) => [room.id, room])), new Set(gone)];
    const kept = this.#rooms.filter(({ id }) => !lost.has(id)).map((room) => changed.get(room.id) ?? room);
    for (const { id } of kept) changed.delete(id);
    this.#show([...[...changed.values()].reverse(), ...kept]);
  }

  end(): void {
    this.#over = true;
  }

  #show(rooms: readonly RoomInfo[]): void {
    if (this.#over) return;
    this.#rooms = rooms;
    this.#listener(rooms);
  }
}
