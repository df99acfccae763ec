import { FramedSocket } from "../connection/framed.js";
import type { SocketLike } from "../connection/socket.js";
import type { Ack, EventName, Welcome } from "../protocol/types.js";
import type { FromHolder, FromTab } from "./tab-messages.js";

/** Every event that a tab may get; those of frames are unpacked here. */
const EVENTS: Record<Exclude<EventName, "welcome" | "lobby" | "frame" | "ack">, true> = {
  entry: true,
  state: true,
  presence: true,
  signal: true,
  read: true,
  notice: true,
  "match:status": true,
  "match:found": true,
  "room:closed": true,
  "room:removed": true,
  closing: true,
};

type Ask = Extract<FromTab, { do: "ask" }>;

/**
 * Holds the one socket of several tabs: sends their requests, tells each its answers and all of them the events.
 * A connection has one live list; a tab that asks for another one gets it as it is now, and `live: false`.
 */
export class HeldSocket {
  readonly #socket: SocketLike;
  readonly #auth: SocketLike["auth"];
  readonly #tell: (message: FromHolder) => void;
  #status: "idle" | "connecting" | "open" = "idle";
  #welcome: Welcome | undefined;
  /** The tab whose list is the live one. */
  #live: string | undefined;

  constructor(socket: SocketLike, auth: SocketLike["auth"], tell: (message: FromHolder) => void) {
    this.#socket = new FramedSocket(socket);
    this.#auth = auth;
    this.#tell = tell;
    for (const event of Object.keys(EVENTS)) this.#socket.on(event, (value: never) => tell({ say: event, value }));
    this.#socket.on("lobby", (value: never) => this.#live && tell({ to: this.#live, say: "lobby", value }));
    this.#socket.on("welcome", (welcome: Welcome) => this.#onWelcome(welcome));
    this.#socket.on("connect_error", (value: never) => this.#onEnd("connect_error", value));
    this.#socket.on("disconnect", (value: never) => this.#onEnd("disconnect", value));
  }

  receive(message: FromTab): void {
    const { from } = message;
    if (message.do === "ask") return this.#ask(message);
    if (message.do === "leave") return this.#freeLive(from);
    if (this.#status === "open") this.#tell({ to: from, say: "welcome", value: this.#welcome });
    if (this.#status !== "idle") return;
    this.#status = "connecting";
    this.#socket.auth = this.#auth;
    this.#socket.connect();
  }

  close(): void {
    this.#socket.disconnect();
  }

  #ask({ from, n, event, payload }: Ask): void {
    const polled = event === "room:list" && !this.#mayBeLive(from, payload["live"]);
    const { live: _, ...once } = payload;
    this.#socket.emit(event, polled ? once : payload, (ack: Ack) => {
      if (event === "room:list" && !ack.ok) this.#freeLive(from);
      if (event === "room:leave" && ack.ok) this.#tellOfLeaving(payload);
      this.#tell({ to: from, n, answer: polled ? { ...ack, live: false } : ack });
    });
  }

  /** Whether a request about the live list goes to the server as it is; note whose it is then. */
  #mayBeLive(from: string, live: unknown): boolean {
    if (typeof live !== "boolean") return true;
    if (this.#live !== undefined && this.#live !== from) return false;
    this.#live = live ? from : undefined;
    return true;
  }

  #freeLive(tab: string): void {
    if (this.#live === tab) this.#live = undefined;
  }

  /** Who leaves a room leaves it in every tab: there is one connection. */
  #tellOfLeaving({ room }: Ask["payload"]): void {
    this.#tell({ say: "room:removed", value: { room, reason: "left" } });
  }

  #onWelcome(welcome: Welcome): void {
    this.#status = "open";
    const features = welcome.features?.filter((feature) => feature !== "frames");
    this.#welcome = { ...welcome, ...(features && { features }) };
    this.#tell({ say: "welcome", value: this.#welcome });
  }

  #onEnd(event: string, value: unknown): void {
    this.#status = "idle";
    this.#live = undefined;
    this.#tell({ say: event, value });
  }
}
