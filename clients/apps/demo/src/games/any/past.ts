/** A room's past: its log, and the state a spectator saw at any entry of it. */
import { batch, signal } from "@preact/signals";
import { ParlourError, type Entry, type StateReply } from "@parlour/client";
import { getJson } from "../../shell/api.js";

/** Entries asked for at once. */
const PAGE = 200;
/** States kept: as many as a game has moves. */
const KEPT = 300;
/** Milliseconds a slider must stand still before its state is asked for. */
const STILL_MS = 80;
/** Milliseconds from one state to the next while it plays. */
const PACE_MS = 700;

/** The room at one entry. */
export interface Moment {
  seq: number;
  state: unknown;
  /** The state one entry before; undefined at the first one that is kept. */
  before: unknown;
  entry: Entry | undefined;
}

export class Past {
  /** The entry that is looked at; null is now. */
  readonly at = signal<number | null>(null);
  /** What is shown of it; null until the server has answered. */
  readonly moment = signal<Moment | null>(null);
  /** The earliest entry whose state is kept. */
  readonly first = signal(1);
  readonly playing = signal(false);
  readonly problem = signal("");

  readonly #states = new Map<number, unknown>();
  readonly #pages = new Map<number, readonly Entry[]>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the wishes: an answer to one that was given up is not shown. */
  #wish = 0;

  /** @param head tells the newest entry there is. */
  constructor(
    private readonly room: string,
    private readonly head: () => number,
  ) {}

  /** Look at an entry; the last one is now. */
  go(seq: number): void {
    const wanted = Math.max(this.first.value, seq);
    if (wanted >= this.head()) return this.live();
    const wish = ++this.#wish;
    this.at.value = wanted;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#show(wanted, wish), STILL_MS);
  }

  /** Go to the next or the last entry that is no talk. */
  async step(by: 1 | -1): Promise<void> {
    const from = this.at.value ?? this.head() + (by > 0 ? 1 : 0);
    const wish = ++this.#wish;
    try {
      for (let seq = from + by; seq >= this.first.value && seq < this.head(); seq += by) {
        const entry = await this.#entry(seq);
        if (wish !== this.#wish) return;
        if (entry && !entry.type.startsWith("chat.")) return this.go(seq);
      }
    } catch (error) {
      return this.#fail(error);
    }
    if (by > 0) this.live();
    else this.go(this.first.value);
  }

  /** Go on by itself from here, or from the beginning, to the end. */
  play(): void {
    this.playing.value = true;
    if (this.at.value === null) this.go(this.first.value);
    else void this.step(1);
  }

  pause(): void {
    this.playing.value = false;
  }

  /** Back to now. */
  live(): void {
    this.#wish++;
    clearTimeout(this.#timer);
    batch(() => {
      this.at.value = this.moment.value = null;
      this.playing.value = false;
      this.problem.value = "";
    });
  }

  async #show(seq: number, wish: number): Promise<void> {
    try {
      const [state, entry] = await Promise.all([this.#state(seq), this.#entry(seq)]);
      const before = seq > this.first.value ? await this.#state(seq - 1) : undefined;
      if (wish !== this.#wish) return;
      batch(() => {
        this.moment.value = { seq, state, before, entry };
        this.problem.value = "";
      });
      if (this.playing.value) this.#timer = setTimeout(() => this.playing.value && void this.step(1), PACE_MS);
    } catch (error) {
      if (wish === this.#wish) this.#fail(error, () => void this.#show(seq, wish));
    }
  }

  /** Say what went wrong; try what may succeed later again. */
  #fail(error: unknown, again?: () => void): void {
    const known = error instanceof ParlourError ? error : undefined;
    const first = known?.reason === "not_kept" ? Number(known.details?.first) : NaN;
    if (first > this.first.value) {
      this.first.value = first;
      return this.go(Math.max(first, this.at.value ?? first));
    }
    this.problem.value = known?.message ?? "This could not be read.";
    if (known?.retryable && again) this.#timer = setTimeout(again, known.retryAfter ?? 1_000);
    else this.playing.value = false;
  }

  async #state(seq: number): Promise<unknown> {
    if (this.#states.has(seq)) return this.#states.get(seq);
    const reply = await getJson<StateReply>(`/api/rooms/${encodeURIComponent(this.room)}/state?at=${seq}`);
    this.first.value = reply.first;
    this.#states.set(seq, reply.state);
    if (this.#states.size > KEPT) this.#states.delete(this.#states.keys().next().value!);
    return reply.state;
  }

  /** An entry of the log, read with those around it; undefined for one that is not kept. */
  async #entry(seq: number): Promise<Entry | undefined> {
    const page = Math.floor((seq - 1) / PAGE);
    const found = this.#pages.get(page)?.find((entry) => entry.seq === seq);
    if (found) return found;
    const query = `after=${page * PAGE}&limit=${PAGE}`;
    const path = `/api/rooms/${encodeURIComponent(this.room)}/entries?${query}`;
    const { entries } = await getJson<{ entries: Entry[] }>(path);
    this.#pages.set(page, entries);
    return entries.find((entry) => entry.seq === seq);
  }
}
