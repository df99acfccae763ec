import type { ParlourError } from "../protocol/errors.js";
import type { Account, Hex, JsonObject, PostReceipt, RoomId, Seen } from "../protocol/types.js";
import type { ErrorHook } from "./events.js";
import { LostError } from "./requests.js";
import type { Connection } from "./connection.js";

export interface Post {
  room: RoomId;
  id: string;
  type: string;
  body: JsonObject | Uint8Array;
  sig?: Hex;
  salt?: Hex;
  seen?: Seen;
}

/** Where posts without an answer outlive the page; `@parlour/client/local` has one over IndexedDB. */
export interface PostStore {
  /** Return an account's posts, in the order they were added. */
  load(account: Account): Promise<Post[]>;
  /** Keep a post; errors are the store's own to report. */
  add(account: Account, post: Post): void;
  remove(account: Account, id: string): void;
}

interface Pending {
  post: Post;
  inFlight: boolean;
  tries: number;
  refusal?: ParlourError;
  timer?: ReturnType<typeof setTimeout>;
  resolve: (receipt: PostReceipt) => void;
  reject: (error: ParlourError) => void;
}

/** Milliseconds for which a post without a timeout of its own is sent again after retryable refusals. */
const REFUSED_AT_MOST = 30_000;

/**
 * Keeps posts without an answer, in the order they were made. Each has an id, so all are sent again after a reconnect:
 * the server answers `duplicate` for what it had stored. A retryable refusal holds back all posts of the room until the
 * pause is over, so that no later post overtakes.
 */
export class Outbox {
  readonly #connection: Connection;
  readonly #pending = new Set<Pending>();
  readonly #held = new Map<string, { until: number; timer: ReturnType<typeof setTimeout> }>();
  readonly #store: PostStore | undefined;
  readonly #onError: ErrorHook;
  /** Whose posts the store keeps; its earlier ones were read. */
  #account: Account | undefined;
  #reading = false;

  constructor(connection: Connection, store: PostStore | undefined, onError: ErrorHook) {
    this.#connection = connection;
    this.#store = store;
    this.#onError = onError;
  }

  get size(): number {
    return this.#pending.size;
  }

  /**
   * Send a post; `timeout` is milliseconds over all tries. Without one it waits for a connection as long as it takes.
   * @throws ParlourError when it is refused; LostError when no answer came in time.
   */
  send(post: Post, timeout?: number): Promise<PostReceipt> {
    this.#connection.open();
    return new Promise((resolve, reject) => {
      if (this.#connection.error) return reject(this.#connection.error);
      const pending: Pending = { post, inFlight: false, tries: 0, resolve, reject };
      if (timeout !== undefined) this.#giveUpAfter(pending, timeout);
      this.#pending.add(pending);
      if (this.#account) this.#store?.add(this.#account, post);
      this.flush();
    });
  }

  /** Send all that waits, now that the server knows the account; what an earlier page left comes first. */
  async opened(account: Account): Promise<void> {
    if (this.#store && account && account !== this.#account) {
      this.#reading = true;
      const left = await this.#store.load(account).catch((cause: unknown) => (this.#onError(cause), []));
      this.#reading = false;
      this.#account = account;
      this.#putFirst(account, left);
    }
    this.flush();
  }

  /** What nobody here waits for any more is told to the error hook where it is refused. */
  #putFirst(account: Account, left: readonly Post[]): void {
    const waiting = [...this.#pending];
    for (const { post } of waiting) this.#store?.add(account, post);
    this.#pending.clear();
    for (const post of left)
      this.#pending.add({ post, inFlight: false, tries: 0, resolve: () => {}, reject: this.#onError });
    for (const pending of waiting) this.#pending.add(pending);
  }

  /** Send all that waits and is not held back, in order. */
  flush(): void {
    if (!this.#connection.online || this.#reading) return;
    for (const pending of this.#pending) {
      if (!pending.inFlight && !this.#held.has(key(pending.post))) void this.#emit(pending);
    }
  }

  /** Reject all posts: the connection is closed for good. A store still keeps them, for the next page. */
  fail(error: ParlourError): void {
    this.#account = undefined;
    for (const pending of [...this.#pending]) this.#settle(pending).reject(error);
    for (const { timer } of this.#held.values()) clearTimeout(timer);
    this.#held.clear();
  }

  async #emit(pending: Pending): Promise<void> {
    pending.inFlight = true;
    try {
      const receipt = await this.#connection.requestOnce<PostReceipt>("room:post", pending.post);
      this.#settle(pending).resolve(receipt);
    } catch (cause) {
      pending.inFlight = false;
      this.#refused(pending, cause as ParlourError);
    }
  }

  #refused(pending: Pending, error: ParlourError): void {
    if (!this.#pending.has(pending)) return;
    if (error instanceof LostError) return error.reason === "timeout" ? this.flush() : undefined;
    if (!error.retryable) return this.#settle(pending).reject(error);
    pending.refusal = error;
    if (pending.timer === undefined) this.#giveUpAfter(pending, REFUSED_AT_MOST);
    this.#hold(key(pending.post), this.#connection.pause(pending.tries++, error.retryAfter));
  }

  #hold(room: string, wait: number): void {
    const until = Date.now() + wait;
    const held = this.#held.get(room);
    if (held && held.until >= until) return;
    clearTimeout(held?.timer);
    const release = (): void => {
      this.#held.delete(room);
      this.flush();
    };
    this.#held.set(room, { until, timer: setTimeout(release, wait) });
  }

  #giveUpAfter(pending: Pending, timeout: number): void {
    const giveUp = (): void =>
      this.#settle(pending).reject(pending.refusal ?? new LostError("timeout", this.#connection.trouble));
    pending.timer = setTimeout(giveUp, timeout);
  }

  #settle(pending: Pending): Pending {
    clearTimeout(pending.timer);
    this.#pending.delete(pending);
    if (this.#account) this.#store?.remove(this.#account, pending.post.id);
    return pending;
  }
}

function key(post: Post): string {
  return post.room.toLowerCase();
}
