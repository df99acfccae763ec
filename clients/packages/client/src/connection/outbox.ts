import { type Connection, LostError } from "./connection.js";
import type { ParlourError } from "../protocol/errors.js";
import type { Hex, JsonObject, PostReceipt, RoomId, Seen } from "../protocol/types.js";

export interface Post {
  room: RoomId;
  id: string;
  type: string;
  body: JsonObject;
  sig?: Hex;
  salt?: Hex;
  seen?: Seen;
}

interface Pending {
  post: Post;
  resolve: (receipt: PostReceipt) => void;
  reject: (error: ParlourError) => void;
}

/**
 * Posts the server has not answered yet, in the order they were made. Each has an id, so after a reconnect all of them
 * are simply sent again: the server answers `duplicate` for what it had already stored.
 */
export class Outbox {
  readonly #connection: Connection;
  readonly #pending = new Set<Pending>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get size(): number {
    return this.#pending.size;
  }

  send(post: Post): Promise<PostReceipt> {
    return new Promise((resolve, reject) => {
      const pending: Pending = { post, resolve, reject };
      this.#pending.add(pending);
      void this.#emit(pending);
    });
  }

  flush(): void {
    for (const pending of this.#pending) void this.#emit(pending);
  }

  fail(error: ParlourError): void {
    for (const pending of this.#pending) pending.reject(error);
    this.#pending.clear();
  }

  async #emit(pending: Pending): Promise<void> {
    if (this.#connection.status === "closed") this.fail(this.#connection.error!);
    if (this.#connection.status !== "online") return;
    try {
      pending.resolve(await this.#connection.ask<PostReceipt>("room:post", pending.post));
    } catch (error) {
      if (error instanceof LostError) {
        if (error.reason === "timeout") await this.#emit(pending);
        return;
      }
      pending.reject(error as ParlourError);
    }
    this.#pending.delete(pending);
  }
}
