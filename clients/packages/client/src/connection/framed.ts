import type { AckEvent, FrameEvent, Welcome } from "../protocol/types.js";
import { reportUncaught, type Listener } from "./events.js";
import type { SocketLike } from "./socket.js";

/** What the handshake asks for: the events of a batch in one packet, and short states (protocol section 4). */
export const FEATURES = ["frames", "steps"];

/**
 * Unpacks `frame` events into the events they hold, and numbers requests so that their acks come inside.
 * With a server that does not serve frames it is the socket it was given.
 */
export class FramedSocket implements SocketLike {
  readonly #socket: SocketLike;
  readonly #listeners = new Map<string, ((value: never) => void)[]>();
  readonly #acks = new Map<number, Listener<never>>();
  #number = 0;
  #framed = false;

  constructor(socket: SocketLike) {
    this.#socket = socket;
    this.on("welcome", ({ features }: Welcome) => (this.#framed = features?.includes("frames") ?? false));
    this.on("ack", (ack: AckEvent) => this.#answer(ack));
    socket.on("frame", ({ packets }: FrameEvent) => this.#unpack(packets));
    socket.on("disconnect", () => this.#forget());
  }

  get auth(): SocketLike["auth"] {
    return this.#socket.auth;
  }

  set auth(auth: SocketLike["auth"]) {
    this.#socket.auth = auth;
  }

  on(event: string, listener: (value: never) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
    this.#socket.on(event, listener);
  }

  emit(event: string, payload: object, ack: Listener<never>): void {
    if (!this.#framed) {
      this.#socket.emit(event, payload, ack);
      return;
    }
    this.#acks.set(++this.#number, ack);
    this.#socket.emit(event, payload, this.#number);
  }

  connect(): void {
    this.#socket.connect();
  }

  disconnect(): void {
    this.#socket.disconnect();
  }

  /** Handle the events of a frame in their order; what a listener throws stops none of the others. */
  #unpack(packets: FrameEvent["packets"]): void {
    for (const [name, value] of packets) {
      for (const listener of this.#listeners.get(name as string) ?? []) {
        try {
          listener(value as never);
        } catch (error) {
          reportUncaught(error);
        }
      }
    }
  }

  #answer({ n, answer }: AckEvent): void {
    const ack = this.#acks.get(n);
    this.#acks.delete(n);
    ack?.(answer as never);
  }

  #forget(): void {
    this.#framed = false;
    this.#acks.clear();
  }
}
