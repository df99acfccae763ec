import type { Connection } from "../connection/connection.js";
import { LostError } from "../connection/connection.js";
import { ParlourError } from "../protocol/errors.js";
import { Listeners, type Listener, type Off } from "../connection/events.js";
import type { Outbox, Post } from "../connection/outbox.js";
import { applyPatch } from "./patch.js";
import type {
  Account,
  Entry,
  Hex,
  JoinReply,
  JsonObject,
  Position,
  PostReceipt,
  PresenceEvent,
  PresenceSnapshot,
  ReadEvent,
  Role,
  RoomEnd,
  RoomId,
  RoomInfo,
  Signal,
  StateEvent,
  WatchInfo,
  WatchRequest,
} from "../protocol/types.js";

export interface JoinOptions {
  room: RoomId;
  as?: "player" | "spectator";
  invite?: string;
  /** How many of the latest entries to start with. */
  limit?: number;
}

export interface PostOptions {
  type: string;
  body: JsonObject;
  /** Makes a retry safe across reloads; drawn at random by default. */
  id?: string;
}

/** Signs posts in `signed` rooms: a `SessionKey` of `@parlour/client/session`. `epoch` is that of the room's log. */
export interface PostSigner {
  readonly address: string;
  sign(post: Post & { epoch: string }): { sig: Hex; salt: Hex };
}

const KEPT_ENTRIES = 2_000;
const REJOIN_DELAY = 1_000;

/** A room this client is in: its latest entries, its view, who is here, and what to do in it. Made by `client.joinRoom`. */
export class Room<State = unknown> {
  readonly id: RoomId;
  info!: RoomInfo;
  role: Role = "guest";
  seat: number | null = null;
  /** The highest seq this client knows of. */
  head = 0;
  /** Ascending, without holes but for what the server does not send (ticks); a new array after every change. */
  entries: readonly Entry[] = [];
  /** The view the server computed, for kinds that have one. */
  state: State | undefined;
  presence: PresenceSnapshot = { v: 0, count: 0 };

  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #signer: PostSigner | undefined;
  #options: JoinOptions;
  readonly #heard = {
    entry: new Listeners<Entry>(),
    state: new Listeners<State>(),
    presence: new Listeners<PresenceSnapshot>(),
    signal: new Listeners<Signal>(),
    read: new Listeners<ReadEvent>(),
    reset: new Listeners<Room<State>>(),
    end: new Listeners<RoomEnd>(),
  };
  #known: Position | undefined;
  #stateSeq = 0;
  #joining: Promise<void> | undefined;

  constructor(connection: Connection, outbox: Outbox, options: JoinOptions, signer?: PostSigner) {
    this.id = options.room;
    this.#connection = connection;
    this.#outbox = outbox;
    this.#signer = signer;
    this.#options = options;
  }

  // ── what to do in it ──────────────────────────────────────────────────────────────────────────────────────────

  /** Post an entry; resolves once it is durable. Sent again by itself, with the same id, after a lost connection. */
  post({ type, body, id = randomId() }: PostOptions): Promise<PostReceipt> {
    const post: Post = { room: this.id, id, type, body };
    const known = this.#known;
    if (this.info.signed && this.#signer && known?.hash) {
      Object.assign(post, { room: this.info.id, seen: { seq: known.seq, hash: known.hash } });
      Object.assign(post, this.#signer.sign({ ...post, epoch: known.epoch }));
    }
    return this.#outbox.send(post);
  }

  /** Take an action of the room's game. */
  act(action: string, args: JsonObject = {}): Promise<PostReceipt> {
    return this.post({ type: "game.action", body: { action, args } });
  }

  /** Passing news for those here now; never stored, and dropped while offline. */
  signal(options: { type: string; body?: JsonObject }): void {
    this.#connection.tell("room:signal", { room: this.id, type: options.type, body: options.body ?? {} });
  }

  /** Older entries, ascending; both bounds are exclusive. */
  history(
    options: { before?: number; after?: number; limit?: number } = {},
  ): Promise<{ entries: Entry[]; more: boolean }> {
    return this.#request("room:history", options);
  }

  /** Have a contract's events arrive here as `chain.event` entries. */
  async watch(options: WatchRequest): Promise<WatchInfo> {
    return (await this.#request<{ watch: WatchInfo }>("room:watch", { watch: options })).watch;
  }

  async unwatch(options: { watch: string }): Promise<void> {
    await this.#request("room:unwatch", options);
  }

  async markRead(options: { seq: number } = { seq: this.head }): Promise<void> {
    await this.#request("room:read", options);
  }

  async leave(options: { reason?: string } = {}): Promise<void> {
    await this.#request("room:leave", options);
    this.end({ room: this.id, reason: "left" });
  }

  // ── what to hear of it ────────────────────────────────────────────────────────────────────────────────────────

  onEntry(listener: Listener<Entry>): Off {
    return this.#heard.entry.add(listener);
  }

  onState(listener: Listener<State>): Off {
    return this.#heard.state.add(listener);
  }

  onPresence(listener: Listener<PresenceSnapshot>): Off {
    return this.#heard.presence.add(listener);
  }

  onSignal(listener: Listener<Signal>): Off {
    return this.#heard.signal.add(listener);
  }

  onRead(listener: Listener<ReadEvent>): Off {
    return this.#heard.read.add(listener);
  }

  /** The gap was too large, or the log is another one: `entries` and `state` start afresh. */
  onReset(listener: Listener<Room<State>>): Off {
    return this.#heard.reset.add(listener);
  }

  /** The room was closed or left, or this account lost its right to it. */
  onEnd(listener: Listener<RoomEnd>): Off {
    return this.#heard.end.add(listener);
  }

  // ── for the client ────────────────────────────────────────────────────────────────────────────────────────────

  /** Join, or join again with `since` and perhaps other options; one at a time. @internal */
  async join(options: JoinOptions = this.#options): Promise<void> {
    if (this.#joining && options !== this.#options) await this.#joining;
    this.#options = options;
    this.#joining ??= this.#join().finally(() => (this.#joining = undefined));
    return this.#joining;
  }

  /** Join again in the background: lasting refusals end the room, passing ones are tried again. @internal */
  rejoin(): void {
    this.join().catch((error: unknown) => {
      if (error instanceof LostError && error.reason === "disconnected") return; // the next connection joins again
      if (error instanceof ParlourError && error.retryable) {
        setTimeout(() => this.#connection.status === "online" && this.rejoin(), error.retryAfter ?? REJOIN_DELAY);
      } else this.end({ room: this.id, reason: error instanceof ParlourError ? error.code : "internal" });
    });
  }

  /** @internal */
  takeEntry(entry: Entry): void {
    if (!this.#known || entry.seq <= this.head) return;
    const gap = entry.seq > this.head + 1 && this.state === undefined;
    if (gap) return this.rejoin();
    this.#append([entry]);
  }

  /** @internal */
  takeState(event: StateEvent): void {
    if (!this.#known || event.seq < this.#stateSeq) return;
    if ("state" in event) return this.#adoptState(event.state as State, event.seq);
    if (event.base !== this.#stateSeq) return this.rejoin();
    try {
      this.#adoptState(applyPatch(this.state as State, event.patch), event.seq);
    } catch {
      this.rejoin();
    }
  }

  /** @internal */
  takePresence(event: PresenceEvent): void {
    const { v, members } = this.presence;
    if (event.v !== undefined && event.v <= v) return;
    if (!event.joined || !event.left) return this.#adoptPresence({ v: event.v ?? v, count: event.count });
    if (event.v !== v + 1 || !members) return this.#refreshPresence();
    const gone = new Set<Account>(event.left);
    const here = new Set([...members.filter((account) => !gone.has(account)), ...event.joined]);
    this.#adoptPresence({ v: event.v, members: [...here], count: event.count });
  }

  /** @internal */
  takeSignal(signal: Signal): void {
    this.#heard.signal.tell(signal);
  }

  /** @internal */
  takeRead(event: ReadEvent): void {
    this.#heard.read.tell(event);
  }

  /** @internal */
  end(end: RoomEnd): void {
    this.#known = undefined;
    this.#heard.end.tell(end);
  }

  async #join(): Promise<void> {
    const since = this.#known && { since: this.#known };
    this.#adopt(await this.#request<JoinReply<State>>("room:join", { ...this.#options, ...since }));
  }

  #adopt(reply: JoinReply<State>): void {
    const first = this.#known === undefined;
    this.info = reply.room;
    this.role = reply.role;
    this.seat = reply.seat ?? null;
    if (reply.recovered) this.#append(reply.entries.filter((entry) => entry.seq > this.head));
    else this.entries = reply.entries;
    this.head = reply.recovered ? Math.max(this.head, reply.head) : reply.head;
    if (!this.#known || !reply.recovered || reply.head >= this.#known.seq) {
      this.#known = { epoch: reply.epoch, seq: reply.head, hash: reply.hash };
    }
    if (reply.state !== undefined && reply.state !== null) this.#adoptState(reply.state, reply.head);
    this.#adoptPresence(reply.presence);
    if (!first && !reply.recovered) this.#heard.reset.tell(this);
  }

  #append(entries: readonly Entry[]): void {
    const last = entries.at(-1);
    if (!last || !this.#known) return;
    this.entries = [...this.entries, ...entries].slice(-KEPT_ENTRIES);
    this.head = last.seq;
    this.#known = { epoch: this.#known.epoch, seq: last.seq, hash: last.hash };
    for (const entry of entries) this.#heard.entry.tell(entry);
  }

  #adoptState(state: State, seq: number): void {
    this.state = state;
    this.#stateSeq = seq;
    this.head = Math.max(this.head, seq);
    this.#heard.state.tell(state);
  }

  #adoptPresence(presence: PresenceSnapshot): void {
    this.presence = presence;
    this.#heard.presence.tell(presence);
  }

  #refreshPresence(): void {
    this.#request<PresenceSnapshot>("room:presence", {}).then(
      (presence) => this.#adoptPresence(presence),
      () => undefined, // asked while the connection was lost: the next join brings it
    );
  }

  #request<Reply>(event: string, payload: object): Promise<Reply> {
    return this.#connection.request<Reply>(event, { ...payload, room: this.id });
  }
}

/** 128 random bits; `crypto.randomUUID` exists in secure contexts only. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
