import { ParlourError, unavailable } from "../protocol/errors.js";
import type { Closing, EventName, Events, Welcome } from "../protocol/types.js";
import { Cell } from "../store/store.js";
import { Asking, LostError } from "./asking.js";
import { Listeners, type ErrorHook, type Listener } from "./events.js";
import { pause } from "./retry.js";
import type { SocketLike } from "./socket.js";
import type { TokenSource } from "./tokens.js";

export type Status = "connecting" | "online" | "offline" | "closed";

export interface StatusChange {
  status: Status;
  /** Why: `signed_out`, `revoked`, `expired`, `draining`, `slow`, `replaced`, `unauthorized`, or the transport's word. */
  reason?: string;
  /** Milliseconds until the next try, while offline. */
  retryIn?: number;
}

/** Is told of the connection before anybody else. */
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

/** What Socket.IO says when no socket could be had: with `data` where the server has refused. */
type ConnectError = Error & { data?: { code?: string } };

const REQUEST_TIMEOUT = 30_000;
/** Worth nothing later: sent on the socket there is, or refused. */
const SENT_NOW = new Set(["room:signal"]);
/** Not sent twice without an `id`: a lost answer leaves open whether there is a room now. */
const SENT_ONCE = new Set(["room:create"]);

/**
 * One connection that outlives its sockets: it opens the first one when it is used, and the next after a pause.
 * A refusal the server calls lasting (`connect_error` with data, `closing {reconnect: false}`) ends it, unless the
 * session ended and there is a newer token.
 */
export class Connection {
  readonly status: Cell<Status>;
  /** The last greeting. */
  readonly me: Cell<Welcome | null>;
  readonly changes: Listeners<StatusChange>;
  /** Why it is closed for good, once it is. */
  error: ParlourError | undefined;

  readonly #socket: SocketLike;
  readonly #tokens: TokenSource;
  readonly #asking: Asking;
  readonly #onError: ErrorHook;
  #follower: Follower | undefined;
  #now: Status = "connecting";
  #used = false;
  #closing: Closing | undefined;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #token: string | undefined;
  #refused = false;

  constructor(socket: SocketLike, tokens: TokenSource, onError: ErrorHook) {
    this.status = new Cell<Status>("connecting", onError);
    this.me = new Cell<Welcome | null>(null, onError);
    this.changes = new Listeners(onError);
    this.#socket = socket;
    this.#tokens = tokens;
    this.#asking = new Asking(socket);
    this.#onError = onError;
    this.on("welcome", (welcome) => this.#onWelcome(welcome));
    this.on("closing", (closing) => (this.#closing = closing));
    socket.on("connect_error", (error: ConnectError) => this.#onConnectError(error));
    socket.on("disconnect", (reason: string) => this.#onDisconnect(reason));
  }

  get online(): boolean {
    return this.#now === "online";
  }

  follow(follower: Follower): void {
    this.#follower = follower;
  }

  on<Name extends EventName>(event: Name, listener: Listener<Events[Name]>): void {
    this.#socket.on(event, listener);
  }

  /** Open the first socket, unless that was done. */
  open(): void {
    if (this.#used || this.#now === "closed") return;
    this.#used = true;
    globalThis.addEventListener?.("online", this.#wake);
    void this.#dial();
  }

  // ── requests ──────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Send a request and await its answer, over reconnects and refusals that pass. Sent at once while online.
   * @throws ParlourError when it is refused for good, or not answered in time.
   */
  async request<Reply>(event: string, payload: object, options: RequestOptions<Reply> = {}): Promise<Reply> {
    this.open();
    if (SENT_NOW.has(event)) return this.ask<Reply>(event, payload, options.settle);
    const again = "id" in payload || !SENT_ONCE.has(event);
    const deadline = Date.now() + (options.timeout ?? REQUEST_TIMEOUT);
    for (let tries = 0; ; tries++) {
      if (!this.online) await this.whenOnline(deadline - Date.now());
      try {
        return await this.ask<Reply>(event, payload, options.settle);
      } catch (error) {
        if (!again || !(error instanceof ParlourError && error.retryable) || isTimeout(error)) throw error;
        if (error instanceof LostError) continue;
        const wait = pause(tries, error.retryAfter);
        if (Date.now() + wait > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  /** Send a request once, on the socket there is. @throws LostError without one, or when the answer will never come. */
  ask<Reply>(event: string, payload: object, settle?: Listener<Reply>): Promise<Reply> {
    if (this.online) return this.#asking.ask<Reply>(event, payload, settle);
    return Promise.reject(this.error ?? new LostError("disconnected"));
  }

  whenOnline(timeout: number): Promise<Welcome> {
    this.open();
    const welcome = this.me.get();
    if (this.online && welcome) return Promise.resolve(welcome);
    if (this.#now === "closed") return Promise.reject(this.error);
    return new Promise((resolve, reject) => {
      const late = unavailable("offline", "There is no connection to the server.");
      const timer = setTimeout(() => settle(late), Math.max(0, timeout));
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

  close(): void {
    if (this.#now === "closed") return;
    const message = "This client was closed.";
    this.#end("closed", new ParlourError({ code: "unavailable", reason: "closed", message, retryable: false }));
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
    this.#socket.auth = this.#token ? { token: this.#token, protocol: 1 } : { protocol: 1 };
    this.#socket.connect();
  }

  #onTokenError(cause: unknown): void {
    if (this.#now !== "connecting") return;
    if (!(cause instanceof ParlourError)) this.#onError(cause);
    if (cause instanceof ParlourError && !cause.retryable) this.#end(cause.code, cause);
    else this.#retry("token");
  }

  #onWelcome(welcome: Welcome): void {
    if (this.#now === "closed") return;
    this.#tries = 0;
    this.#refused = false;
    this.#closing = undefined;
    this.me.set(welcome);
    this.#become({ status: "online" });
  }

  #onConnectError(error: ConnectError): void {
    if (this.#now === "closed") return;
    if (!error.data) return this.#retry("unreachable");
    const code = error.data.code ?? "unauthorized";
    const refusal = new ParlourError({ message: error.message, retryable: false, ...error.data, code });
    const first = !this.#refused && this.#token !== undefined && code === "unauthorized";
    this.#refused = true;
    if (code === "unauthorized") this.#tellTokenEnded();
    if (first) void this.#tryNewerToken(code, refusal);
    else this.#end(code, refusal);
  }

  #onDisconnect(reason: string): void {
    this.#asking.lose();
    if (this.#now === "closed") return;
    const closing = this.#closing;
    const forGood = closing?.reconnect === false || reason === "io server disconnect";
    if (!forGood) return this.#retry(closing?.reason ?? reason, closing?.retryAfter);
    const why = closing?.reason ?? "disconnected";
    const message = "The server has closed this connection for good.";
    const error = new ParlourError({ code: "unauthorized", reason: why, message, retryable: false });
    this.#tellTokenEnded();
    if (why === "expired") void this.#tryNewerToken(why, error);
    else this.#end(why, error);
  }

  /** The server takes the token no more: go on with a newer one, or end. */
  async #tryNewerToken(reason: string, error: ParlourError): Promise<void> {
    const old = this.#token;
    this.#become({ status: "offline", reason });
    const next = await Promise.resolve(this.#tokens.token()).catch(() => undefined);
    if (this.#now !== "offline") return;
    if (next === undefined || next === old) this.#end(reason, error);
    else this.#retry(reason);
  }

  #retry(reason: string, retryAfter?: number): void {
    const delay = pause(this.#tries++, retryAfter);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#dial(), delay);
    this.#become({ status: "offline", reason, retryIn: delay });
  }

  /** The network is back: dial at once, unless the server asked for a pause. */
  readonly #wake = (): void => {
    if (this.#now !== "offline" || this.#closing?.retryAfter) return;
    clearTimeout(this.#timer);
    void this.#dial();
  };

  #tellTokenEnded(): void {
    if (this.#token !== undefined) this.#tokens.tokenEnded?.(this.#token);
  }

  #end(reason: string, error: ParlourError): void {
    clearTimeout(this.#timer);
    globalThis.removeEventListener?.("online", this.#wake);
    this.error = error;
    this.#become({ status: "closed", reason });
  }

  #become(change: StatusChange): void {
    this.#now = change.status;
    if (change.status === "online") this.#follower?.opened();
    if (change.status === "offline") this.#follower?.lost();
    if (change.status === "closed") this.#follower?.failed(this.error!);
    this.status.set(change.status);
    this.changes.tell(change);
  }
}

function isTimeout(error: ParlourError): boolean {
  return error instanceof LostError && error.reason === "timeout";
}
