import { failure, ParlourError } from "../protocol/errors.js";
import type { Closing, EventName, Events, Welcome } from "../protocol/types.js";
import { Cell } from "../store/store.js";
import { PendingRequests, LostError } from "./requests.js";
import { FEATURES, FramedSocket } from "./framed.js";
import { Listeners, type ErrorHook, type Listener } from "./events.js";
import { isForeign, reasonOf, type ConnectError } from "./reasons.js";
import type { Pause } from "./retry.js";
import type { SocketLike } from "./socket.js";
import type { TokenSource } from "./tokens.js";

export type Status = "connecting" | "online" | "offline" | "closed";

export interface StatusChange {
  status: Status;
  /** Why: `signed_out`, `revoked`, `expired`, `draining`, `slow`, `replaced`, `unauthorized`, or the transport's word. */
  reason?: string;
  /** Milliseconds until the next try, while offline. */
  retryIn?: number;
  /** Why no socket could be opened, or why it is closed for good. */
  error?: ParlourError;
}

/** Is called at every change of the connection, before any listener. */
export interface Follower {
  opened(): void;
  lost(): void;
  failed(error: ParlourError): void;
}

export interface RequestOptions<Reply> {
  /** Milliseconds over all tries, waiting for the connection included; default 30 s. */
  timeout?: number;
  /** Called with the answer before any event that follows it on the wire. */
  settle?: Listener<Reply>;
}

/** Milliseconds over all tries of one request. */
const REQUEST_TIMEOUT = 30_000;
/** Requests that are useless later: sent on the present socket, or rejected. */
const SENT_NOW = new Set(["room:signal"]);
/** Requests that are sent only once, unless they carry an `id`: after a lost answer there may be a room already. */
const SENT_ONCE = new Set(["room:create"]);

/**
 * Keeps a connection over many sockets: opens the first at the first use, and each next one after a pause.
 * A lasting refusal (`connect_error` with data, `closing {reconnect: false}`) closes it for good, except that an expired
 * or unknown token is replaced once by a newer one.
 */
export class Connection {
  readonly status: Cell<Status>;
  /** The server's last greeting. */
  readonly me: Cell<Welcome | null>;
  readonly changes: Listeners<StatusChange>;
  /** The server's address, for people and for calls over HTTP. */
  readonly url: string;
  /** How long to wait before each next try. */
  readonly pause: Pause;
  /** Why it is closed for good; undefined before. */
  error: ParlourError | undefined;
  /** Why no socket could be opened the last time; undefined while one is open. */
  trouble: ParlourError | undefined;

  readonly #socket: SocketLike;
  readonly #tokens: TokenSource;
  readonly #requests: PendingRequests;
  readonly #onError: ErrorHook;
  #follower: Follower | undefined;
  /** The status, which the stores show after the follower has been called. */
  #now: Status = "connecting";
  #used = false;
  #closing: Closing | undefined;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The token of the present or last socket. */
  #token: string | undefined;
  /** Whether the server has refused a token since the last welcome. */
  #refused = false;

  constructor(socket: SocketLike, tokens: TokenSource, onError: ErrorHook, url: string, pause: Pause) {
    this.status = new Cell<Status>("connecting", onError);
    this.me = new Cell<Welcome | null>(null, onError);
    this.changes = new Listeners(onError);
    this.url = url;
    this.pause = pause;
    this.#socket = new FramedSocket(socket);
    this.#tokens = tokens;
    this.#requests = new PendingRequests(this.#socket);
    this.#onError = onError;
    this.on("welcome", (welcome) => this.#onWelcome(welcome));
    this.on("closing", (closing) => (this.#closing = closing));
    this.#socket.on("connect_error", (error: ConnectError) => void this.#onConnectError(error));
    this.#socket.on("disconnect", (reason: string) => this.#onDisconnect(reason));
  }

  /** Return the session's token for a call over HTTP; undefined for a guest. */
  async token(): Promise<string | undefined> {
    return this.#tokens.token();
  }

  /** Whether a socket is open and the server has greeted. */
  get online(): boolean {
    return this.#now === "online";
  }

  /** Set what is called before any listener; there is one. */
  follow(follower: Follower): void {
    this.#follower = follower;
  }

  on<Name extends EventName>(event: Name, listener: Listener<Events[Name]>): void {
    this.#socket.on(event, listener);
  }

  /** Open the first socket; later calls do nothing. */
  open(): void {
    if (this.#used || this.#now === "closed") return;
    this.#used = true;
    globalThis.addEventListener?.("online", this.#wake);
    void this.#dial();
  }

  // ── requests ──────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Send a request and return its answer; send it again after a lost connection and after retryable refusals.
   * @throws ParlourError when it is refused for good, or not answered in time.
   */
  async request<Reply>(event: string, payload: object, options: RequestOptions<Reply> = {}): Promise<Reply> {
    this.open();
    if (SENT_NOW.has(event)) return this.requestOnce<Reply>(event, payload, options.settle);
    const again = "id" in payload || !SENT_ONCE.has(event);
    const deadline = Date.now() + (options.timeout ?? REQUEST_TIMEOUT);
    for (let tries = 0; ; tries++) {
      if (!this.online) await this.whenOnline(deadline - Date.now());
      try {
        return await this.requestOnce<Reply>(event, payload, options.settle);
      } catch (error) {
        const lost = error instanceof LostError ? error.reason : undefined;
        if (!again || lost === "timeout" || !(error instanceof ParlourError && error.retryable)) throw error;
        if (lost) continue;
        const wait = this.pause(tries, error.retryAfter);
        if (Date.now() + wait > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  /** Send a request once, on the present socket. @throws LostError without a socket, or when the answer is lost. */
  requestOnce<Reply>(event: string, payload: object, settle?: Listener<Reply>): Promise<Reply> {
    if (this.online) return this.#requests.send<Reply>(event, payload, settle);
    return Promise.reject(this.error ?? new LostError("disconnected"));
  }

  /** Wait for a socket, `timeout` milliseconds at most. @throws ParlourError when it is closed, or after the timeout. */
  whenOnline(timeout: number): Promise<Welcome> {
    this.open();
    const welcome = this.me.get();
    if (this.online && welcome) return Promise.resolve(welcome);
    if (this.#now === "closed") return Promise.reject(this.error);
    return new Promise((resolve, reject) => {
      const late = (): ParlourError =>
        this.trouble ?? failure("unavailable", "offline", `There is no connection to ${this.url} yet.`, true);
      const timer = setTimeout(() => settle(late()), Math.max(0, timeout));
      const off = this.changes.add(({ status }) => {
        if (status === "online" || status === "closed") settle(this.error);
      });
      const settle = (error?: ParlourError): void => {
        clearTimeout(timer);
        off();
        if (error) reject(error);
        else resolve(this.me.get()!);
      };
    });
  }

  // ── sockets ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Close it for good. */
  close(): void {
    if (this.#now === "closed") return;
    this.#end("closed", failure("unavailable", "closed", "This client was closed."));
    this.#socket.disconnect();
  }

  async #dial(): Promise<void> {
    this.#closing = undefined;
    this.#become({ status: "connecting" });
    try {
      this.#token = await this.#tokens.token();
    } catch (error) {
      return this.#onTokenError(error);
    }
    if (this.#now !== "connecting") return;
    const asked = { protocol: 1, features: FEATURES };
    this.#socket.auth = this.#token ? { ...asked, token: this.#token } : asked;
    this.#socket.connect();
  }

  #onTokenError(cause: unknown): void {
    if (this.#now !== "connecting") return;
    if (!(cause instanceof ParlourError)) this.#onError(cause);
    else if (!cause.retryable) return this.#end(cause.code, cause);
    else this.trouble = cause;
    this.#retry("token");
  }

  #onWelcome(welcome: Welcome): void {
    if (this.#now === "closed") return;
    this.#tries = 0;
    this.#refused = false;
    this.#closing = undefined;
    this.trouble = undefined;
    this.me.set(welcome);
    this.#become({ status: "online" });
  }

  async #onConnectError(error: ConnectError): Promise<void> {
    if (this.#now === "closed") return;
    const { data } = error;
    if (!data) return this.#onUnreachable(await reasonOf(error, this.url));
    const code = data.code ?? "unauthorized";
    const refusal = new ParlourError({ message: error.message, retryable: false, ...data, code });
    if (refusal.retryable) return this.#onUnreachable(refusal);
    const first = !this.#refused && this.#token !== undefined && code === "unauthorized";
    this.#refused = true;
    if (code === "unauthorized") this.#reportTokenEnded();
    if (first) void this.#tryNewerToken(code, refusal);
    else this.#end(code, refusal);
  }

  /** Try again; end for good where the reason lasts. Another program in a known server's place is waited out. */
  #onUnreachable(error: ParlourError): void {
    if (this.#now !== "connecting") return;
    this.trouble = error;
    if (error.retryable || (this.me.get() && isForeign(error))) this.#retry("unreachable", error.retryAfter);
    else this.#end(error.reason ?? error.code, error);
  }

  #onDisconnect(reason: string): void {
    this.#requests.failAll();
    if (this.#now === "closed") return;
    const closing = this.#closing;
    const forGood = closing?.reconnect === false || reason === "io server disconnect";
    if (!forGood) return this.#retry(closing?.reason ?? reason, closing?.retryAfter);
    const why = closing?.reason ?? "disconnected";
    const error = failure("unauthorized", why, `The server has ended this session: ${why}.`);
    if (closing?.reconnect === false) this.#reportTokenEnded();
    return why === "expired" ? void this.#tryNewerToken(why, error) : this.#end(why, error);
  }

  /** Connect again with a newer token; close for good where there is none. */
  async #tryNewerToken(reason: string, error: ParlourError): Promise<void> {
    const old = this.#token;
    this.#become({ status: "offline", reason });
    let next: string | undefined;
    try {
      next = await this.#tokens.token();
    } catch (cause) {
      if (!(cause instanceof ParlourError)) this.#onError(cause);
    }
    if (this.#now !== "offline") return;
    if (next === undefined || next === old) this.#end(reason, error);
    else this.#retry(reason);
  }

  #retry(reason: string, retryAfter?: number): void {
    const delay = this.pause(this.#tries++, retryAfter);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#dial(), delay);
    this.#become({ status: "offline", reason, retryIn: delay, ...(this.trouble && { error: this.trouble }) });
  }

  /** Connect at once when the browser is back on the network, unless the server asked for a pause. */
  readonly #wake = (): void => {
    if (this.#now !== "offline" || this.#closing?.retryAfter) return;
    clearTimeout(this.#timer);
    void this.#dial();
  };

  #reportTokenEnded(): void {
    if (this.#token !== undefined) this.#tokens.tokenEnded?.(this.#token);
  }

  #end(reason: string, error: ParlourError): void {
    clearTimeout(this.#timer);
    globalThis.removeEventListener?.("online", this.#wake);
    this.error = error;
    this.#become({ status: "closed", reason, error });
  }

  #become(change: StatusChange): void {
    this.#now = change.status;
    if (change.status === "online") this.#follower?.opened();
    if (change.status === "offline") this.#follower?.lost();
    if (change.status === "closed") this.#follower?.failed(this.error!);
    this.status.set(change.status);
    this.changes.notify(change);
  }
}
