import { LostError } from "../connection/requests.js";
import type { Connection } from "../connection/connection.js";
import { Listeners, type ErrorHook } from "../connection/events.js";
import { failure, ParlourError } from "../protocol/errors.js";
import type {
  Entry,
  Answer,
  PresenceEvent,
  PresenceSnapshot,
  ReadEvent,
  RoomEnd,
  RoomId,
  Signal,
  StateEvent,
} from "../protocol/types.js";
import { Typing } from "../chat/typing.js";
import { Cell } from "../store/store.js";
import type { EnterOptions } from "./options.js";
import { Replica } from "./replica.js";

/** `connecting`: not joined yet; `offline`: lost, and joined again by itself; `ended`: not followed any more. */
export type RoomStatus = "connecting" | "online" | "offline" | "ended";

type JoinAnswer = Answer<"room:join">;

/** Entries of one page of history: the most a server answers. */
const PAGE = 1_000;
/** Milliseconds between two tries to join where the server names no pause. */
export const REJOIN_DELAY = 1_000;

/** Follows one room for all its handles: joins, joins again after each reconnect, fetches what was missed. */
export class Membership {
  readonly id: RoomId;
  readonly replica: Replica;
  readonly status: Cell<RoomStatus>;
  readonly typing: Typing;
  readonly listeners: {
    join: Listeners<JoinAnswer>;
    entry: Listeners<Entry>;
    signal: Listeners<Signal>;
    read: Listeners<ReadEvent>;
    reset: Listeners<void>;
    end: Listeners<RoomEnd>;
  };
  /** Why the room is not followed any more (`left`, `closed`, the server's reason); null while it is. */
  ended: string | null = null;
  error: ParlourError | undefined;
  /** What of a document this client has, sent with every join. */
  vector: (() => Uint8Array) | undefined;

  readonly #connection: Connection;
  readonly #onGone: () => void;
  #handles = 0;
  /** How the last join that succeeded was asked for. */
  #options: EnterOptions = {};
  /** Ends when all `enter` calls so far have ended. */
  #entering: Promise<unknown> = Promise.resolve();
  /** Whether a join is under way or due; its answer holds the entries that come before it. */
  #joining = false;
  /** Entries that came while a gap before them is being fetched. */
  #held: Entry[] | undefined;
  /** Counts joins: a page that was asked for after an earlier join is dropped. */
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Args: onGone is called once, when the room has ended or its last handle is released. */
  constructor(id: RoomId, connection: Connection, onError: ErrorHook, onGone: () => void) {
    this.id = id;
    this.replica = new Replica(id, onError);
    this.status = new Cell<RoomStatus>("connecting", onError);
    this.typing = new Typing(onError);
    this.listeners = {
      join: new Listeners(onError),
      entry: new Listeners(onError),
      signal: new Listeners(onError),
      read: new Listeners(onError),
      reset: new Listeners(onError),
      end: new Listeners(onError),
    };
    this.#connection = connection;
    this.#onGone = onGone;
  }

  get joined(): boolean {
    return this.replica.known !== undefined;
  }

  addHandle(): void {
    this.#handles += 1;
  }

  /** Count one handle less; stop following the room after the last one. */
  removeHandle(): void {
    this.#handles -= 1;
    if (this.#handles === 0 && this.ended === null) this.#stop("released");
  }

  // ── joining ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Join, unless the room is joined in that way already and not `anew`. @throws ParlourError when it is refused. */
  enter(options: EnterOptions, anew = false): Promise<void> {
    const turn = this.#entering.then(() => this.#enter(options, anew));
    this.#entering = turn.catch(() => undefined);
    return turn;
  }

  async #enter({ limit, ...options }: EnterOptions, anew: boolean): Promise<void> {
    if (this.ended !== null) throw this.error ?? overError(this.ended);
    const before = this.#options;
    const same = (["as", "invite", "proof", "vault"] as const).every((key) => {
      const [was, is] = [before[key], options[key]];
      return is === undefined || is === was;
    });
    if (this.joined && same && !anew) return;
    this.#options = { ...before, ...options, ...(!this.joined && limit !== undefined && { limit }) };
    try {
      await this.#join((payload, settle) => this.#connection.request("room:join", payload, { settle }));
    } catch (error) {
      this.#options = before;
      throw error;
    }
    if (this.ended !== null) throw this.error ?? overError(this.ended);
  }

  /** Join again on a new socket, from the last known entry on. */
  reconnected(): void {
    if (this.joined) this.#rejoin();
  }

  /** Show that the socket was lost. */
  disconnected(): void {
    if (this.joined && this.ended === null) this.status.set("offline");
  }

  #rejoin(): void {
    clearTimeout(this.#timer);
    this.#joining = true;
    this.#join((payload, settle) => this.#connection.requestOnce("room:join", payload, settle)).catch(
      (error: unknown) => this.#joinLater(error),
    );
  }

  /** Join again after a retryable error; end the room after a lasting one. */
  #joinLater(error: unknown): void {
    this.#joining = true;
    this.disconnected();
    if (this.ended !== null || (error instanceof LostError && error.reason === "disconnected")) return;
    if (error instanceof ParlourError && error.retryable) {
      clearTimeout(this.#timer);
      const again = (): unknown => this.ended === null && this.#connection.online && this.#rejoin();
      this.#timer = setTimeout(again, error.retryAfter ?? REJOIN_DELAY);
    } else this.end({ room: this.id, reason: error instanceof ParlourError ? error.code : "internal" }, error);
  }

  async #join(send: (payload: object, settle: (reply: JoinAnswer) => void) => Promise<unknown>): Promise<void> {
    const { known } = this.replica;
    let gap: Promise<void> | undefined;
    const vector = this.vector && { vector: this.vector() };
    await send({ room: this.id, ...this.#options, ...(known && { since: known }), ...vector }, (reply) => {
      gap = this.#adopt(reply);
    });
    await gap;
  }

  /** Apply a join's answer; returns a promise that ends when missing entries were fetched, if there are any. */
  #adopt(reply: JoinAnswer): Promise<void> | undefined {
    if (this.ended !== null) return undefined;
    const turn = ++this.#turn;
    const joined = this.replica.join(reply);
    this.#joining = false;
    this.#held = joined.kind === "gap" ? [] : undefined;
    this.listeners.join.notify(reply);
    if (joined.kind === "afresh") this.listeners.reset.notify();
    if (joined.kind === "complete") this.#notifyEntries(joined.entries);
    this.status.set("online");
    if (joined.kind !== "gap") return undefined;
    return this.#closeGap(reply, turn).catch((error: unknown) => {
      if (turn === this.#turn) this.#joinLater(error);
    });
  }

  /** Fetch the missing entries page by page; start afresh where the log does not hold the last known entry. */
  async #closeGap(reply: JoinAnswer, turn: number): Promise<void> {
    const { seq, hash } = this.replica.known!;
    for (let after = Math.max(seq - 1, 0), first = seq > 0; ; first = false) {
      const bounds = { room: this.id, after, before: reply.head + 1, limit: PAGE };
      const page = await this.#connection.requestOnce<{ entries: Entry[]; more: boolean }>("room:history", bounds);
      if (turn !== this.#turn || this.ended !== null) return;
      const entries = first ? page.entries.slice(1) : page.entries;
      if (first && !(page.entries[0]?.seq === seq && (!hash || page.entries[0].hash === hash))) {
        this.replica.startAfresh(reply);
        this.listeners.reset.notify();
        break;
      }
      this.replica.append(entries);
      this.#notifyEntries(entries);
      after = page.entries.at(-1)?.seq ?? after;
      if (!page.more || page.entries.length === 0) {
        this.replica.reach(reply);
        break;
      }
    }
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const entry of held) this.receiveEntry(entry);
  }

  // ── events, in the order of the wire ──────────────────────────────────────────────────────────────────────────

  receiveEntry(entry: Entry): void {
    if (this.#joining) return; // the join's answer will hold it
    if (this.#held) return void this.#held.push(entry);
    const outcome = this.replica.applyEntry(entry);
    if (outcome === "applied") this.#notifyEntries([entry]);
    if (outcome === "behind") this.#rejoin();
  }

  receiveState(event: StateEvent): void {
    if (this.replica.applyState(event) === "behind" && !this.#joining) this.#rejoin();
  }

  receivePresence(event: PresenceEvent): void {
    if (this.replica.applyPresence(event) !== "behind") return;
    this.#connection.requestOnce<PresenceSnapshot>("room:presence", { room: this.id }).then(
      (presence) => this.replica.presence.set(presence),
      () => undefined, // the next join brings it
    );
  }

  receiveSignal(signal: Signal): void {
    const account = signal.from?.account;
    if (signal.type === "typing" && account && !this.#isMine(account)) this.typing.started(account);
    this.listeners.signal.notify(signal);
  }

  receiveRead(event: ReadEvent): void {
    if (this.#isMine(event.account)) this.replica.read = Math.max(this.replica.read, event.seq);
    this.listeners.read.notify(event);
  }

  #isMine(account: string): boolean {
    return account === this.#connection.me.get()?.account;
  }

  #notifyEntries(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.typing.stopped(entry.author);
      this.listeners.entry.notify(entry);
      if (entry.type === "chat.released" && entry.body) this.#reveal(entry.body.of);
    }
  }

  /** Fetch a message that no longer waits for a moderator, with its edits, where it came without its text. */
  #reveal(of: number): void {
    if (!this.replica.lacksBody(of)) return;
    const asked = { room: this.id, view: "edits", of };
    this.#connection.request<{ entries: Entry[] }>("room:history", asked).then(
      ({ entries }) => this.replica.reveal(entries),
      () => undefined, // it stays as it is: without its text
    );
  }

  /** Follow the room no more, and notify its handles; `ended` becomes `why`. */
  end(end: RoomEnd, error?: unknown, why = end.reason ?? "removed"): void {
    if (this.ended !== null) return;
    this.error = error instanceof ParlourError ? error : undefined;
    this.#stop(why);
    this.listeners.end.notify(end);
  }

  #stop(reason: string): void {
    this.ended = reason;
    clearTimeout(this.#timer);
    this.typing.clear();
    this.#onGone();
    this.status.set("ended");
  }
}

/** Make the error for a post on a handle that is over. */
export function overError(reason: string): ParlourError {
  const message = `This handle of the room is over (${reason}): join the room again.`;
  return failure("closed", reason, message);
}
