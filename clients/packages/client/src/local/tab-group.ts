import type { ConnectError } from "../connection/reasons.js";
import type { HeldSocket } from "./held-socket.js";
import type { FromHolder, FromTab } from "./tab-messages.js";

/** What a new holder says first: whoever was connected is not any more. */
export const HELD = "held";

/** The tabs that share one socket, as one of them sees them; the one with the Web Lock of their name holds it. */
export class TabGroup {
  readonly name: string;
  readonly #tab: string;
  readonly #channel: BroadcastChannel;
  readonly #waiting = new AbortController();
  #release!: () => void;
  #held: HeldSocket | undefined;
  #over = false;

  /** Args: hold makes the socket once this tab holds it; receive gets what the holder says, here or elsewhere. */
  constructor(
    name: string,
    tab: string,
    hold: (tell: (message: FromHolder) => void) => HeldSocket,
    receive: (message: FromHolder) => void,
  ) {
    this.name = name;
    this.#tab = tab;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }: MessageEvent<FromTab | FromHolder>) => {
      if ("from" in data) this.#held?.receive(data);
      else receive(data);
    };
    const tell = (message: FromHolder): void => {
      if (this.#over) return;
      this.#channel.postMessage(cloneable(message));
      receive(message);
    };
    const released = new Promise<void>((resolve) => (this.#release = resolve));
    const onHeld = (): Promise<void> => {
      if (!this.#over) {
        this.#held = hold(tell);
        tell({ say: HELD });
      }
      return released;
    };
    navigator.locks.request(name, { signal: this.#waiting.signal }, onHeld).catch(() => undefined); // given up
    globalThis.addEventListener?.("pagehide", this.#onHide);
  }

  send(message: FromTab): void {
    if (this.#held) this.#held.receive(message);
    else this.#channel.postMessage(message);
  }

  /** Let the others go on without this tab. */
  leave(): void {
    this.#onHide();
    this.#over = true;
    globalThis.removeEventListener?.("pagehide", this.#onHide);
    this.#held?.close();
    this.#channel.close();
    this.#waiting.abort();
    this.#release();
  }

  readonly #onHide = (): void => this.send({ from: this.#tab, do: "leave" });
}

/** An error of Socket.IO as a message can carry it: without the answer that it came of. */
function cloneable(message: FromHolder): FromHolder {
  if (!("say" in message && message.value instanceof Error)) return message;
  const { message: text, data, code } = message.value as ConnectError;
  return { ...message, value: { message: text, data, code } };
}
