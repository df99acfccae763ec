/// <reference lib="esnext.disposable" preserve="true" />
import type { Connection } from "../connection/connection.js";
import type { ErrorHook } from "../connection/events.js";
import type { ParlourError } from "../protocol/errors.js";
import type { LobbyEvent, RoomInfo } from "../protocol/types.js";
import type { Store } from "../store/store.js";
import { List, type LobbyOptions } from "./list.js";

/** A handle on a list of public rooms that is kept up to date over every reconnect; made by `client.lobby`. */
export interface Lobby {
  /** New ones first; a new array after every change. */
  readonly rooms: Store<readonly RoomInfo[]>;
  /** Resolves once the list is here. @throws ParlourError when it is refused for good. */
  readonly ready: Promise<void>;
  /** Why the list was refused; null before. */
  readonly error: Store<ParlourError | null>;
  /** End this handle; the list ends with its last one. */
  close(): void;
  [Symbol.dispose](): void;
}

/** Keeps the lists of a client. Handles with equal options share one; the list opened last is live on the wire. */
export class Lobbies {
  readonly #connection: Connection;
  readonly #onError: ErrorHook;
  readonly #lists = new Map<string, List>();

  constructor(connection: Connection, onError: ErrorHook) {
    this.#connection = connection;
    this.#onError = onError;
  }

  open(options: LobbyOptions): Lobby {
    this.#connection.open();
    const key = JSON.stringify([options.kind, options.query, options.open, options.featured, options.limit]);
    const list = this.#lists.get(key) ?? this.#add(key, options);
    const handle = { open: true };
    list.handles += 1;
    const close = (): void => {
      if (!handle.open) return;
      handle.open = false;
      list.handles -= 1;
      if (list.handles === 0) this.#remove(key, list);
    };
    return { rooms: list.rooms, ready: list.ready, error: list.error, close, [Symbol.dispose]: close };
  }

  /** Ask for every list on a new socket. */
  opened(): void {
    for (const list of this.#lists.values()) void list.ask();
  }

  failed(error: ParlourError): void {
    for (const list of [...this.#lists.values()]) list.fail(error);
  }

  receive(event: LobbyEvent): void {
    this.#newest()?.apply(event);
  }

  #add(key: string, options: LobbyOptions): List {
    this.#newest()?.becomePolled();
    const refused = (): void => this.#remove(key, list);
    const list: List = new List(this.#connection, options, this.#onError, refused);
    this.#lists.set(key, list);
    void list.ask();
    return list;
  }

  #remove(key: string, list: List): void {
    if (this.#lists.get(key) !== list) return; // it was refused, and is removed already
    this.#lists.delete(key);
    list.stop();
    const next = this.#newest();
    if (next) next.becomeLive();
    else if (list.answered && this.#connection.online) {
      this.#connection.requestOnce("room:list", { live: false, limit: 1 }).catch(() => undefined); // a lost socket has no list
    }
  }

  #newest(): List | undefined {
    return [...this.#lists.values()].at(-1);
  }
}
