import { ParlourError, unavailable } from "../protocol/errors.js";
import { Listeners, type Listener } from "./events.js";
import type { Ack, Closing, JsonObject, Welcome } from "../protocol/types.js";

/** What this SDK needs of a Socket.IO client socket; tests pass one of their own. */
export interface SocketLike {
  on(event: string, listener: (...values: never[]) => void): unknown;
  emit(event: string, ...values: unknown[]): unknown;
  connect(): unknown;
  disconnect(): unknown;
}

export type Status = "connecting" | "online" | "offline" | "closed";

export interface StatusChange {
  status: Status;
  /** Why: `signed_out`, `revoked`, `expired`, `draining`, `slow`, `replaced`, `unauthorized`, or the transport's word. */
  reason?: string;
  /** Milliseconds until the next try, while offline. */
  retryIn?: number;
}

/** The request may or may not have been carried out: the answer is lost, not the wish. */
export class LostError extends ParlourError {
  constructor(reason: "timeout" | "disconnected") {
    const message = reason === "timeout" ? "The server did not answer in time." : "The connection was lost.";
    super({ code: "unavailable", reason, message, retryable: true });
  }
}

const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;
const ACK_TIMEOUT = 10_000;

/**
 * One socket that comes back: jittered reconnects that honour `closing {retryAfter}`, and requests that always end.
 * A refusal the server calls lasting (`connect_error` with data, `closing {reconnect: false}`) is never retried.
 */
export class Connection {
  status: Status = "connecting";
  welcome: Welcome | undefined;
  error: ParlourError | undefined;
  readonly changes = new Listeners<StatusChange>();

  readonly #socket: SocketLike;
  readonly #unanswered = new Set<(error: ParlourError) => void>();
  #closing: Closing | undefined;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(socket: SocketLike) {
    this.#socket = socket;
    this.on<Welcome>("welcome", (welcome) => this.#onWelcome(welcome));
    this.on<Closing>("closing", (closing) => (this.#closing = closing));
    this.on<Error & { data?: { code?: string } }>("connect_error", (error) => this.#onConnectError(error));
    this.on<string>("disconnect", (reason) => this.#onDisconnect(reason));
    globalThis.addEventListener?.("online", this.#wake);
    socket.connect();
  }

  on<Value>(event: string, listener: (value: Value) => void): void {
    this.#socket.on(event, listener as (...values: never[]) => void);
  }

  /** Emit and await the ack. While offline it waits for the connection first; emitted at once otherwise. */
  async request<Reply>(event: string, payload: object): Promise<Reply> {
    if (this.status !== "online") await this.whenOnline(ACK_TIMEOUT);
    return this.ask<Reply>(event, payload);
  }

  /**
   * Emit now and await the ack. @throws LostError when the answer will never come.
   * `settle` is called with the answer before any event that follows it on the wire.
   */
  ask<Reply>(event: string, payload: object, settle?: Listener<Reply>): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const fail = (error: ParlourError): void => {
        clearTimeout(timer);
        this.#unanswered.delete(fail);
        reject(error);
      };
      const timer = setTimeout(() => fail(new LostError("timeout")), ACK_TIMEOUT);
      this.#unanswered.add(fail);
      this.#socket.emit(event, payload, (ack: Ack) => {
        if (!ack.ok) return fail(new ParlourError(ack.error));
        clearTimeout(timer);
        this.#unanswered.delete(fail);
        const { ok: _, ...reply } = ack;
        settle?.(reply as Reply);
        resolve(reply as Reply);
      });
    });
  }

  /** Emit without an ack; what cannot be sent now is not worth sending later. */
  tell(event: string, payload: JsonObject): void {
    if (this.status === "online") this.#socket.emit(event, payload);
  }

  whenOnline(timeout: number): Promise<Welcome> {
    if (this.status === "online" && this.welcome) return Promise.resolve(this.welcome);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(unavailable("offline", "There is no connection to the server.")), timeout);
      const off = this.changes.add(({ status }) => {
        if (status === "online" || status === "closed") settle(this.error);
      });
      const settle = (error?: ParlourError): void => {
        clearTimeout(timer);
        off();
        if (error || !this.welcome) reject(error ?? unavailable("closed", "The connection is closed."));
        else resolve(this.welcome);
      };
      if (this.status === "closed") settle(this.error);
    });
  }

  close(): void {
    this.#end("closed", unavailable("closed", "The connection is closed."));
    this.#socket.disconnect();
  }

  #onWelcome(welcome: Welcome): void {
    this.#attempt = 0;
    this.#closing = undefined;
    this.welcome = welcome;
    this.#become({ status: "online" });
  }

  #onConnectError(error: Error & { data?: { code?: string } }): void {
    if (!error.data) return this.#retry("unreachable");
    const code = error.data.code ?? "unauthorized";
    this.#end(code, new ParlourError({ message: error.message, retryable: false, ...error.data, code }));
  }

  #onDisconnect(reason: string): void {
    const closing = this.#closing;
    for (const fail of [...this.#unanswered]) fail(new LostError("disconnected"));
    if (this.status === "closed") return;
    if (closing?.reconnect === false || reason === "io server disconnect") {
      const why = closing?.reason ?? "disconnected";
      const message = "The server has closed this connection for good.";
      this.#end(why, new ParlourError({ code: "unauthorized", reason: why, message, retryable: false }));
    } else this.#retry(closing?.reason ?? reason);
  }

  #retry(reason: string): void {
    const delay = reconnectDelay(this.#attempt++, this.#closing?.retryAfter);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#reconnect(), delay);
    this.#become({ status: "offline", reason, retryIn: delay });
  }

  #reconnect(): void {
    this.#closing = undefined;
    this.#become({ status: "connecting" });
    this.#socket.connect();
  }

  /** The network is back: no reason to sit out the delay, unless the server asked for it. */
  readonly #wake = (): void => {
    if (this.status !== "offline" || this.#closing?.retryAfter) return;
    clearTimeout(this.#timer);
    this.#reconnect();
  };

  #end(reason: string, error: ParlourError): void {
    clearTimeout(this.#timer);
    globalThis.removeEventListener?.("online", this.#wake);
    this.error = error;
    this.#become({ status: "closed", reason });
  }

  #become(change: StatusChange): void {
    this.status = change.status;
    this.changes.tell(change);
  }
}

/** Milliseconds to wait: what the server asked for and up to half more, or a doubling delay with half of it left to chance. */
export function reconnectDelay(attempt: number, retryAfter?: number): number {
  if (retryAfter !== undefined) return retryAfter * (1 + Math.random() / 2);
  return Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** attempt) * (0.5 + Math.random() / 2);
}
