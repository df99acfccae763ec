import { randomId } from "../connection/ids.js";
import type { SocketLike, SocketSettings } from "../connection/socket.js";
import { HeldSocket } from "./held-socket.js";
import { HELD, TabGroup } from "./tab-group.js";
import type { FromHolder } from "./tab-messages.js";

export interface ShareSocketOptions {
  /** Names what is shared; default `parlour`. Two servers in one origin need one each. */
  name?: string;
}

/**
 * Let the tabs of this origin share one socket: `connect({ …, createSocket: shareSocket() })`. Tabs with the same token
 * share one, which one of them holds; when that is closed another tab opens the next, and each gets what it missed, as
 * after a lost connection. Where there are no Web Locks, as in pages that are not secure, each tab has its own.
 */
export function shareSocket({ name = "parlour" }: ShareSocketOptions = {}) {
  return (_: SocketSettings, own: () => SocketLike): SocketLike =>
    globalThis.navigator?.locks ? new SharedSocket(name, own) : own();
}

type Listener = (value: never) => void;

/** A tab's end of a shared socket. */
class SharedSocket implements SocketLike {
  auth: SocketLike["auth"] = {};
  readonly #name: string;
  readonly #own: () => SocketLike;
  readonly #tab = randomId();
  readonly #listeners = new Map<string, Listener[]>();
  readonly #answers = new Map<number, Listener>();
  #asked = 0;
  #status: "idle" | "connecting" | "open" = "idle";
  #group: TabGroup | undefined;

  constructor(name: string, own: () => SocketLike) {
    this.#name = name;
    this.#own = own;
  }

  on(event: string, listener: Listener): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  emit(event: string, payload: Record<string, unknown>, answer: Listener): void {
    const n = ++this.#asked;
    this.#answers.set(n, answer);
    this.#group?.send({ from: this.#tab, do: "ask", n, event, payload });
  }

  connect(): void {
    this.#status = "connecting";
    void this.#connect();
  }

  disconnect(): void {
    this.#status = "idle";
    this.#leave();
  }

  async #connect(): Promise<void> {
    const { auth } = this;
    const name = `${this.#name} ${await digest(JSON.stringify(auth))}`;
    if (this.#status !== "connecting" || auth !== this.auth) return;
    if (this.#group?.name !== name) {
      this.#leave();
      const hold = (tell: (message: FromHolder) => void): HeldSocket => new HeldSocket(this.#own(), auth, tell);
      this.#group = new TabGroup(name, this.#tab, hold, (message) => this.#receive(message));
    }
    this.#group.send({ from: this.#tab, do: "connect" });
  }

  #leave(): void {
    this.#group?.leave();
    this.#group = undefined;
  }

  #receive(message: FromHolder): void {
    if (message.to !== undefined && message.to !== this.#tab) return;
    if ("say" in message) return this.#onSaid(message.say, message.value);
    const answer = this.#answers.get(message.n);
    this.#answers.delete(message.n);
    answer?.(message.answer as never);
  }

  #onSaid(event: string, value: unknown): void {
    const status = this.#status;
    if (event === HELD) {
      if (status === "connecting") this.#group?.send({ from: this.#tab, do: "connect" });
      else if (status === "open") this.#onSaid("disconnect", "transport close");
      return;
    }
    const [begins, ends] = [event === "welcome" || event === "connect_error", event === "disconnect"];
    if (begins ? status !== "connecting" : status !== "open" && !(ends && status === "connecting")) return;
    if (event === "welcome") this.#status = "open";
    if (event === "connect_error" || ends) {
      this.#status = "idle";
      this.#answers.clear();
    }
    for (const listener of this.#listeners.get(event) ?? []) listener(value as never);
  }
}

/** What tabs that would say the same in the handshake have in common, which tells nobody a token. */
async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}
