/// <reference lib="esnext.disposable" preserve="true" />
import { Conversation } from "../chat/fold.js";
import type { Message } from "../chat/message.js";
import type { Connection } from "../connection/connection.js";
import { Listeners, type ErrorHook, type Listener, type Off } from "../connection/events.js";
import { randomId } from "../connection/ids.js";
import type { Outbox, Post } from "../connection/outbox.js";
import { ParlourError } from "../protocol/errors.js";
import { gateOf, type Gate } from "../protocol/gates.js";
import type { OpenActions } from "../protocol/registry.js";
import type {
  Account,
  Answer,
  Entry,
  JsonObject,
  Member,
  PostReceipt,
  PresenceSnapshot,
  Role,
  RoomEnd,
  RoomInfo,
} from "../protocol/types.js";
import { Cell, derive, type Store } from "../store/store.js";
import type { Listing } from "../store/listing.js";
import { RoomHearing, type RoomEvents } from "./hearing.js";
import { overError, REJOIN_DELAY, type Membership, type RoomStatus } from "./joining.js";
import { membersOf } from "./members.js";
import type { EnterOptions, PostOptions, PostSigner } from "./options.js";

/** What a handle sends with. */
export interface Sending {
  connection: Connection;
  outbox: Outbox;
  signer: PostSigner | undefined;
  onError: ErrorHook;
}

type Args<Of> = Record<never, never> extends Of ? [args?: Of] : [args: Of];

/**
 * A handle on a room, made by `client.joinRoom` and `client.openRoom`. Handles of one room share what is known of it;
 * each has its own listeners and is released on its own.
 */
export class Room<State = unknown, Actions extends object = OpenActions> extends RoomHearing<State> {
  /** Resolves to this handle once the room is joined. @throws ParlourError when it is refused for good. */
  readonly ready: Promise<this>;
  readonly status: Store<RoomStatus>;
  /** The last 2,000 and those of `loadOlder`, ascending, without holes but for what the server does not send (ticks). */
  readonly entries: Store<readonly Entry[]>;
  /** The view the server computed, for kinds that have one. */
  readonly view: Store<State | undefined>;
  /** Who is here; a large crowd has a `count` alone. */
  readonly presence: Store<PresenceSnapshot>;
  /** The chat messages of `entries`, with edits, deletions, reactions and pins folded in. */
  readonly messages: Store<readonly Message[]>;
  /** Who is typing. */
  readonly typing: Store<readonly Account[]>;
  /** Every account with a role here, the highest first: call it to ask now, or subscribe to it as a store. */
  readonly members: Listing<Member[]>;

  readonly #membership: Membership;
  readonly #sending: Sending;
  readonly #status: Cell<RoomStatus>;
  readonly #ends: Listeners<RoomEnd>;
  readonly #offs = new Set<Off>();
  #over: string | null = null;
  #error: ParlourError | undefined;

  /** @internal */
  constructor(membership: Membership, sending: Sending, options: EnterOptions, patient: boolean) {
    super(membership.id, sending.connection);
    const { replica, typing, listeners } = membership;
    this.#membership = membership;
    this.#sending = sending;
    this.#status = new Cell<RoomStatus>(membership.status.get(), sending.onError);
    this.#ends = new Listeners(sending.onError);
    membership.addHandle();
    const conversation = new Conversation();
    this.status = this.#status;
    this.entries = this.#own(replica.entries);
    this.view = this.#own(replica.view as Store<unknown> as Store<State | undefined>);
    this.presence = this.#own(replica.presence);
    this.messages = this.#own(derive(replica.entries, (entries) => conversation.fold(entries)));
    this.typing = this.#own(typing.accounts);
    const members = membersOf(this, membership, sending.onError);
    this.members = Object.assign(() => members(), this.#own(members));
    this.#keep(membership.status.subscribe((status) => status !== "ended" && this.#status.set(status)));
    this.#keep(listeners.end.add((end) => this.#end(end, membership.error, membership.ended)));
    this.ready = this.#enter(options, patient);
    this.ready.catch(() => undefined); // a caller that does not await it reads `ended` and `error`
  }

  /** The room object, as of the last join; empty but for its id before the first. */
  get info(): RoomInfo {
    return this.#membership.replica.info;
  }

  /** The tree of the room's gate; undefined where everybody may come in. */
  get gate(): Gate | undefined {
    return gateOf(this.info);
  }

  get role(): Role {
    return this.#membership.replica.role;
  }

  /** This account's seat in a game; null for those who watch. */
  get seat(): number | null {
    return this.#membership.replica.seat;
  }

  /** The highest seq this client knows of. */
  get head(): number {
    return this.#membership.replica.head;
  }

  /** Up to where this account has read, on any device; 0 where it never did. */
  get lastRead(): number {
    return this.#membership.replica.read;
  }

  /** The view the server computed, now; `view` is its store. */
  get state(): State | undefined {
    return this.view.get();
  }

  /** Why this handle is over (`released`, `left`, `closed`, the server's reason); null while it is not. */
  get ended(): string | null {
    return this.#over;
  }

  /** The refusal that ended this handle, if one did. */
  get error(): ParlourError | undefined {
    return this.#error;
  }

  // ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Post an entry; resolves once it is durable. It is sent again with the same id after a lost connection and after
   * retryable refusals, in order. @throws ParlourError when it is refused for good, or this handle is over.
   */
  async post({ type, body, id = randomId(), timeout }: PostOptions): Promise<PostReceipt> {
    if (!this.#membership.joined) await this.ready;
    this.#checkLive();
    const { info, known } = this.#membership.replica;
    if (type === "chat.message") this.#membership.typing.sent();
    const post: Post = { room: this.id, id, type, body };
    if (info.signed && this.#sending.signer && known?.hash) {
      Object.assign(post, { room: info.id, seen: { seq: known.seq, hash: known.hash } });
      Object.assign(post, this.#sending.signer.sign({ ...post, epoch: known.epoch }));
    }
    return this.#sending.outbox.send(post, timeout);
  }

  /** Take an action of the room's game. @throws as `post`; `reason` says why the rules refuse. */
  act<Name extends keyof Actions & string>(name: Name, ...[args]: Args<Actions[Name]>): Promise<PostReceipt> {
    return this.post({ type: "game.action", body: { action: name, args: args ?? {} } });
  }

  /**
   * Send news to everybody here now; it is never stored and never sent again. The promise may be left alone.
   * @throws ParlourError when it is refused, or cannot be sent now (`unavailable`).
   */
  signal({ type, body = {} }: { type: string; body?: JsonObject | Uint8Array }): Promise<void> {
    const sent = this.#sendSignal(type, body);
    sent.catch(() => undefined);
    return sent;
  }

  /** Show the others that I am typing. Call it at every key: it sends one signal in 2.5 seconds at most. */
  noteTyping(): void {
    if (this.#membership.typing.signalDue()) void this.signal({ type: "typing" });
  }

  // ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Put a page of older entries before `entries`; returns whether there are more. @throws ParlourError */
  async loadOlder(options: { limit?: number } = {}): Promise<boolean> {
    const { replica } = this.#membership;
    const first = replica.entries.get()[0];
    const before = first?.seq ?? replica.head + 1;
    const { entries, more } = await this.history({ limit: 100, ...options, before });
    if (replica.entries.get()[0] !== first) return true; // the window has moved: these would leave a hole
    replica.prepend(entries);
    return more;
  }

  /** Mark everything up to `seq`, by default the head, as read: in the room, or in a thread. @throws ParlourError */
  async markRead({ seq = this.head, ...thread }: { seq?: number; thread?: number } = {}): Promise<void> {
    await this.request("room:read", { seq, ...thread });
    const { replica } = this.#membership;
    if (thread.thread === undefined) replica.read = Math.max(replica.read, seq);
  }

  // ── coming and going ──────────────────────────────────────────────────────────────────────────────────────────

  /** Join again in another way: `player` takes a seat, `spectator` only watches. @throws ParlourError when refused. */
  rejoin(options: Omit<EnterOptions, "limit">): Promise<void> {
    return this.#membership.enter(options, true);
  }

  /** End this handle and keep the seat. The client follows the room until its last handle is released. */
  release(): void {
    this.#finish("released");
  }

  [Symbol.dispose](): void {
    this.release();
  }

  /** Give up the room and the seat, for all handles of this client. @throws ParlourError */
  async leave(options: { reason?: string } = {}): Promise<void> {
    await this.request("room:leave", { ...options, id: randomId() });
    this.#membership.end({ room: this.id, reason: "left" });
  }

  // ── hearing ───────────────────────────────────────────────────────────────────────────────────────────────────

  on<Name extends keyof RoomEvents<this>>(event: Name, listener: Listener<RoomEvents<this>[Name]>): Off {
    if (event === "end") return this.#ends.add(listener as Listener<RoomEnd>); // a handle ends on its own
    const { listeners } = this.#membership;
    if (event === "reset") return this.#keep(listeners.reset.add(() => (listener as Listener<this>)(this)));
    const heard = listeners[event as "entry"];
    return this.#keep(heard.add(listener as Listener<Entry>));
  }

  /** Hear the answer to every join, before the entries after it; `vector` is what of a document is here already. */
  onJoin(listener: Listener<Answer<"room:join">>, vector?: () => Uint8Array): Off {
    if (vector) this.#membership.vector = vector;
    return this.#keep(this.#membership.listeners.join.add(listener));
  }

  async #enter(options: EnterOptions, patient: boolean): Promise<this> {
    for (;;) {
      try {
        await this.#membership.enter(options);
        this.#checkLive();
        return this;
      } catch (cause) {
        const error = cause instanceof ParlourError ? cause : undefined;
        if (this.#over !== null) throw this.#error ?? overError(this.#over);
        if (!patient || !error?.retryable) {
          const reason = error?.code ?? "internal";
          this.#end({ room: this.id, reason }, error, reason);
          throw cause;
        }
        await new Promise((resolve) => setTimeout(resolve, error.retryAfter ?? REJOIN_DELAY));
      }
    }
  }

  #end(end: RoomEnd, error: ParlourError | undefined, why: string | null): void {
    if (this.#over !== null) return;
    this.#error = error;
    this.#finish(why ?? "removed");
    this.#ends.notify(end);
  }

  #finish(reason: string): void {
    if (this.#over !== null) return;
    this.#over = reason;
    for (const off of [...this.#offs]) off();
    this.#status.set("ended");
    this.#membership.removeHandle();
  }

  async #sendSignal(type: string, body: JsonObject | Uint8Array): Promise<void> {
    this.#checkLive();
    await this.request("room:signal", { type, body });
  }

  #checkLive(): void {
    if (this.#over !== null) throw this.#error ?? overError(this.#over);
  }

  /** Remove a listener at the end of this handle. */
  #keep(remove: Off): Off {
    const off = (): void => {
      remove();
      this.#offs.delete(off);
    };
    this.#offs.add(off);
    return off;
  }

  #own<Value>({ get, subscribe }: Store<Value>): Store<Value> {
    return { get, subscribe: (listener) => this.#keep(subscribe(listener)) };
  }
}
