import { LostError } from "../connection/asking.js";
import type { Connection } from "../connection/connection.js";
import { Listeners, type ErrorHook } from "../connection/events.js";
import { ParlourError } from "../protocol/errors.js";
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

/** `connecting`: not joined yet; `offline`: joined again as soon as it can be; `ended`: nothing more is heard. */
export type RoomStatus = "connecting" | "online" | "offline" | "ended";

type JoinAnswer = Answer<"room:join">;

/** Entries asked for at once: the most a server answers. */
const PAGE = 1_000;
/** Milliseconds between two tries to join where the server names no pause. */
export const REJOIN_DELAY = 1_000;

/** A joined room, shared by its handles: it joins, joins again after each reconnect, and fetches what was missed. */
export class Membership {
  readonly id: RoomId;
  readonly replica: Replica;
  readonly status: Cell<RoomStatus>;
  readonly typing: Typing;
  readonly heard: {
    entry: Listeners<Entry>;
    signal: Listeners<Signal>;
    read: Listeners<ReadEvent>;
    reset: Listeners<void>;
    end: Listeners<RoomEnd>;
  };
  /** Why nothing more is heard: `left`, `closed`, the server's reason; null while it is. */
  ended: string | null = null;
  error: ParlourError | undefined;
  handles = 0;

  readonly #connection: Connection;
  readonly #gone: () => void;
  #options: EnterOptions = {};
  #entering: Promise<unknown> = Promise.resolve();
  #joining = false;
  #held: Entry[] | undefined;
  /** Counts joins, so that a gap whose join was followed by another is left to that one. */
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `gone` is called once, when it has ended or its last handle is released. */
  constructor(id: RoomId, connection: Connection, onError: ErrorHook, gone: () => void) {
    this.id = id;
    this.replica = new Replica(id, onError);
    this.status = new Cell<RoomStatus>("connecting", onError);
    this.typing = new Typing(onError);
    this.heard = {
      entry: new Listeners(onError),
      signal: new Listeners(onError),
      read: new Listeners(onError),
      reset: new Listeners(onError),
      end: new Listeners(onError),
    };
    this.#connection = connection;
    this.#gone = gone;
  }

  get joined(): boolean {
    return this.replica.known !== undefined;
  }

  removeHandle(): void {
    this.handles -= 1;
    if (this.handles === 0 && this.ended === null) this.#stop("released");
  }

  // ── joining ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Join unless that is done; with another `as` or `invite` than before, or `anew`, join again. */
  enter(options: EnterOptions, anew = false): Promise<void> {
    const turn = this.#entering.then(() => this.#enter(options, anew));
    this.#entering = turn.catch(() => undefined);
    return turn;
  }

  async #enter({ limit, ...options }: EnterOptions, anew: boolean): Promise<void> {
    if (this.ended !== null) throw this.error ?? overError(this.ended);
    const before = this.#options;
    const same = before.as === (options.as ?? before.as) && before.invite === (options.invite ?? before.invite);
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

  /** There is a new socket: join again, from the last entry that is known. */
  reconnected(): void {
    if (this.joined) this.#rejoin();
  }

  /** The socket is gone. */
  disconnected(): void {
    if (this.joined && this.ended === null) this.status.set("offline");
  }

  #rejoin(): void {
    clearTimeout(this.#timer);
    this.#joining = true;
    this.disconnected();
    this.#join((payload, settle) => this.#connection.ask("room:join", payload, settle)).catch((error: unknown) =>
      this.#joinLater(error),
    );
  }

  /** A lasting refusal ends the room; one that passes is asked again. */
  #joinLater(error: unknown): void {
    this.#joining = true;
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
    await send({ room: this.id, ...this.#options, ...(known && { since: known }) }, (reply) => {
      gap = this.#adopt(reply);
    });
    await gap;
  }

  /** Adopt a join's answer; the promise, if there is one, ends when the missing entries are here. */
  #adopt(reply: JoinAnswer): Promise<void> | undefined {
    if (this.ended !== null) return undefined;
    const turn = ++this.#turn;
    const joined = this.replica.join(reply);
    this.#joining = false;
    this.#held = joined.kind === "gap" ? [] : undefined;
    if (joined.kind === "afresh") this.heard.reset.tell();
    if (joined.kind === "complete") this.#tell(joined.entries);
    this.status.set("online");
    if (joined.kind !== "gap") return undefined;
    return this.#closeGap(reply, turn).catch((error: unknown) => {
      if (turn === this.#turn) this.#joinLater(error);
    });
  }

  /** Fetch the missing entries, page by page; start afresh where the log does not hold what was seen. */
  async #closeGap(reply: JoinAnswer, turn: number): Promise<void> {
    const { seq, hash } = this.replica.known!;
    for (let after = Math.max(seq - 1, 0), first = seq > 0; ; first = false) {
      const bounds = { room: this.id, after, before: reply.head + 1, limit: PAGE };
      const page = await this.#connection.ask<{ entries: Entry[]; more: boolean }>("room:history", bounds);
      if (turn !== this.#turn || this.ended !== null) return;
      const entries = first ? page.entries.slice(1) : page.entries;
      if (first && !(page.entries[0]?.seq === seq && (!hash || page.entries[0].hash === hash))) {
        this.replica.startAfresh(reply);
        this.heard.reset.tell();
        break;
      }
      this.replica.append(entries);
      this.#tell(entries);
      after = page.entries.at(-1)?.seq ?? after;
      if (!page.more || page.entries.length === 0) {
        this.replica.reach(reply);
        break;
      }
    }
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const entry of held) this.takeEntry(entry);
  }

  // ── events, in the order of the wire ──────────────────────────────────────────────────────────────────────────

  takeEntry(entry: Entry): void {
    if (this.#joining) return; // the join's answer will hold it
    if (this.#held) return void this.#held.push(entry);
    const taken = this.replica.takeEntry(entry);
    if (taken === "applied") this.#tell([entry]);
    if (taken === "behind") this.#rejoin();
  }

  takeState(event: StateEvent): void {
    if (this.replica.takeState(event) === "behind" && !this.#joining) this.#rejoin();
  }

  takePresence(event: PresenceEvent): void {
    if (this.replica.takePresence(event) !== "behind") return;
    this.#connection.ask<PresenceSnapshot>("room:presence", { room: this.id }).then(
      (presence) => this.replica.presence.set(presence),
      () => undefined, // asked while the connection was lost: the next join brings it
    );
  }

  takeSignal(signal: Signal): void {
    const account = signal.from?.account;
    const mine = account === this.#connection.me.get()?.account;
    if (signal.type === "typing" && account && !mine) this.typing.started(account);
    this.heard.signal.tell(signal);
  }

  #tell(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.typing.stopped(entry.author);
      this.heard.entry.tell(entry);
    }
  }

  end(end: RoomEnd, error?: unknown): void {
    if (this.ended !== null) return;
    this.error = error instanceof ParlourError ? error : undefined;
    this.#stop(end.reason ?? "removed");
    this.heard.end.tell(end);
  }

  #stop(reason: string): void {
    this.ended = reason;
    clearTimeout(this.#timer);
    this.typing.clear();
    this.#gone();
    this.status.set("ended");
  }
}

/** What a handle that hears nothing more answers to whoever writes by it. */
export function overError(reason: string): ParlourError {
  const message = `This handle of the room is over (${reason}): join the room again.`;
  return new ParlourError({ code: "closed", reason, message, retryable: false });
}
