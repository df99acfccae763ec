/** One open room as signals: what the page draws. */
import { computed, signal } from "@preact/signals";
import type { Account, Client, Entry, PresenceSnapshot, Room, RoomEnd } from "@parlour/client";
import { ParlourError } from "@parlour/client";
import { me } from "../account/session.js";
import type { GameView } from "../games/game.js";
import { GAMES } from "../games/catalog.js";
import { foldTimeline } from "../chat/timeline.js";

const TYPING_EVERY = 2_500;
const TYPING_LASTS = 4_000;
const NOBODY: GameView["players"] = [];

/** A message on its way. */
export interface Unsent {
  id: string;
  text: string;
  problem?: string;
}

export class OpenRoom {
  readonly entries = signal<readonly Entry[]>([]);
  readonly presence = signal<PresenceSnapshot>({ v: 0, count: 0 });
  readonly view = signal<GameView | null>(null);
  readonly typing = signal<Account[]>([]);
  readonly unsent = signal<Unsent[]>([]);
  readonly ended = signal<RoomEnd | null>(null);
  readonly hasMore = signal(false);
  /** Mine, on whatever device I took it. */
  readonly seat = computed<number | null>(() => {
    const seat = this.players.value.findIndex((player, at) => player === me.value && !this.gone(at));
    return me.value && seat >= 0 ? seat : null;
  });
  readonly players = computed(() => this.view.value?.players ?? NOBODY);
  readonly timeline = computed(() => foldTimeline(this.entries.value));

  #older: Entry[] = [];
  #typedAt = 0;
  readonly #typists = new Map<Account, ReturnType<typeof setTimeout>>();

  constructor(
    private readonly client: Client,
    readonly room: Room<GameView>,
  ) {
    this.#refresh();
    this.presence.value = room.presence.get();
    this.view.value = room.state ?? null;
    room.onEntry((entry) => this.#onEntry(entry));
    room.onReset(() => {
      this.#older = [];
      this.#refresh();
    });
    room.onState((state) => (this.view.value = state));
    room.onPresence((presence) => (this.presence.value = presence));
    room.onSignal(({ type, from }) => type === "typing" && from && this.#onTyping(from.account));
    room.onEnd((end) => (this.ended.value = end));
  }

  get id(): string {
    return this.room.id;
  }

  get title(): string {
    return this.room.info.title || this.room.id;
  }

  get isTable(): boolean {
    return GAMES.has(this.room.info.kind);
  }

  /** Whether who sat there left for good. */
  gone(seat: number): boolean {
    return this.view.value?.gone?.includes(seat) ?? false;
  }

  async say(text: string, id: string = newId()): Promise<void> {
    this.#typedAt = 0;
    this.unsent.value = [...this.unsent.value.filter((one) => one.id !== id), { id, text }];
    try {
      await this.room.post({ type: "chat.message", body: { text }, id });
    } catch (error) {
      const problem = error instanceof ParlourError ? error.message : "It could not be sent.";
      this.unsent.value = this.unsent.value.map((one) => (one.id === id ? { ...one, problem } : one));
    }
  }

  edit(of: number, text: string): Promise<unknown> {
    return this.room.post({ type: "chat.edit", body: { of, text } });
  }

  remove(of: number): Promise<unknown> {
    return this.room.post({ type: "chat.delete", body: { of } });
  }

  react(of: number, emoji: string, on: boolean): Promise<unknown> {
    return this.room.post({ type: "chat.reaction", body: { of, emoji, on } });
  }

  /** Join again, this time to play. */
  async sit(): Promise<void> {
    await this.room.rejoin({ as: "player" });
  }

  /** Give the seat back, and look on. */
  async stand(): Promise<void> {
    await this.client.request("room:leave", { room: this.id });
    await this.room.rejoin({ as: "spectator" });
  }

  noteTyping(): void {
    if (Date.now() - this.#typedAt < TYPING_EVERY) return;
    this.#typedAt = Date.now();
    this.room.signal({ type: "typing" });
  }

  async loadOlder(): Promise<void> {
    const before = this.entries.value[0]?.seq;
    if (before === undefined) return;
    const { entries } = await this.room.history({ before, limit: 100 });
    this.#older = [...entries, ...this.#older];
    this.#refresh();
  }

  #onEntry(entry: Entry): void {
    if (entry.author === me.peek()) this.unsent.value = this.unsent.value.filter(({ id }) => id !== entry.id);
    this.#stopTyping(entry.author);
    this.#refresh();
  }

  #refresh(): void {
    const first = this.room.entries.get()[0]?.seq ?? Infinity;
    this.entries.value = [...this.#older.filter(({ seq }) => seq < first), ...this.room.entries.get()];
    this.hasMore.value = (this.entries.value[0]?.seq ?? 1) > 1;
  }

  #onTyping(account: Account): void {
    clearTimeout(this.#typists.get(account));
    this.#typists.set(
      account,
      setTimeout(() => this.#stopTyping(account), TYPING_LASTS),
    );
    this.typing.value = [...this.#typists.keys()];
  }

  #stopTyping(account: Account): void {
    clearTimeout(this.#typists.get(account));
    if (this.#typists.delete(account)) this.typing.value = [...this.#typists.keys()];
  }
}

/** `crypto.randomUUID` exists in secure contexts only. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join("-");
}
