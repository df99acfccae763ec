import type { SocketLike } from "../src/connection/socket.js";
import type { Entry, ErrorBody, Hex, JoinReply } from "../src/protocol/types.js";

type Handler = (payload: never) => object | undefined;

export interface Sent {
  event: string;
  payload: Record<string, unknown>;
}

/** A socket and the server behind it: answers requests by handlers, and lets a test speak as the server. */
export class FakeSocket implements SocketLike {
  auth: object = {};
  readonly sent: Sent[] = [];
  connects = 0;
  connected = false;
  /** Requests without a handler stay unanswered, as on a connection about to be lost. */
  readonly handlers = new Map<string, Handler>();
  readonly #listeners = new Map<string, ((...values: never[]) => void)[]>();

  on(event: string, listener: (...values: never[]) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  emit(event: string, payload: Record<string, unknown>, ack?: (reply: object) => void): void {
    this.sent.push({ event, payload: structuredClone(payload) });
    const reply = this.handlers.get(event)?.(payload as never);
    if (reply) queueMicrotask(() => this.connected && ack?.(reply));
  }

  connect(): void {
    this.connects += 1;
  }

  disconnect(): void {
    this.drop("io client disconnect");
  }

  // ── the server's side ─────────────────────────────────────────────────────────────────────────────────────────

  say(event: string, value: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(value as never);
  }

  /** Greet the client; `fields` of the greeting beside the usual ones. */
  accept(fields: object = {}): void {
    this.connected = true;
    this.say("welcome", {
      protocol: 1,
      account: ALICE,
      address: ALICE,
      chainId: 1,
      server: { name: "t", version: "0" },
      time: 0,
      limits: {},
      ...fields,
    });
  }

  drop(reason = "transport close"): void {
    this.connected = false;
    this.say("disconnect", reason);
  }

  answer(event: string, handler: (payload: never) => object): void {
    this.handlers.set(event, (payload) => ({ ok: true, ...handler(payload) }));
  }

  refuse(event: string, error: Partial<ErrorBody>): void {
    this.handlers.set(event, () => ({
      ok: false,
      error: { code: "invalid", message: "no", retryable: false, ...error },
    }));
  }

  sentOf(event: string): Record<string, unknown>[] {
    return this.sent.filter((one) => one.event === event).map((one) => one.payload);
  }
}

export const ALICE = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
export const BOB = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

export function hashOf(seq: number): Hex {
  return `0x${seq.toString(16).padStart(64, "0")}`;
}

/** A chat message, or with `type` and `body` another entry. */
export function entry(seq: number, fields: object = {}): Entry {
  const rest = { id: `id-${seq}`, type: "chat.message", author: BOB, at: seq, body: { text: `line ${seq}` } };
  return { room: "lobby", seq, hash: hashOf(seq), ...rest, ...fields } as Entry;
}

export function joinReply(head: number, fields: Partial<JoinReply> = {}): object {
  const room = {
    id: "lobby",
    kind: "chat",
    title: "Lobby",
    visibility: "public",
    owner: ALICE,
    createdAt: 0,
    members: 1,
    signed: false,
    options: {},
  };
  const presence = { v: 1, members: [ALICE], count: 1 };
  return {
    room,
    epoch: "e1",
    head,
    hash: hashOf(head),
    role: "member",
    read: 0,
    recovered: false,
    entries: [],
    presence,
    ...fields,
  };
}
