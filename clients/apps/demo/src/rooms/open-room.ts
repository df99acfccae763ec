/** One open room as signals: what the page draws. */
import { batch, computed, effect, signal, type ReadonlySignal } from "@preact/signals";
import { ParlourError } from "@parlour/client";
import type { Account, Client, Entry, PostOptions, PresenceSnapshot, Room, RoomEnd, Store } from "@parlour/client";
import { me } from "../account/session.js";
import { readKept, writeKept, type Unsent } from "../chat/kept.js";
import { foldTimeline } from "../chat/timeline.js";
import type { GameView } from "../games/game.js";
import { hasTable } from "../games/kinds.js";

const NOBODY: GameView["players"] = [];

export class OpenRoom {
  readonly entries: ReadonlySignal<readonly Entry[]>;
  readonly presence: ReadonlySignal<PresenceSnapshot>;
  readonly typing: ReadonlySignal<readonly Account[]>;
  readonly view: ReadonlySignal<GameView | undefined>;
  readonly ended = signal<RoomEnd | null>(null);
  /** What stands in the composer. */
  readonly draft = signal("");
  /** What is on its way to the room. */
  readonly unsent = signal<readonly Unsent[]>([]);
  /** My seat, on whatever device I took it. */
  readonly seat = computed<number | null>(() => {
    const seat = this.players.value.findIndex((player, at) => player === me.value && !this.gone(at));
    return me.value && seat >= 0 ? seat : null;
  });
  readonly players = computed(() => this.view.value?.players ?? NOBODY);
  readonly timeline = computed(() => foldTimeline(this.entries.value));
  /** Whether the log has more than is shown. */
  readonly hasMore = computed(() => !this.#atStart.value && (this.entries.value[0]?.seq ?? 1) > 1);

  readonly #atStart = signal(false);
  readonly #stop: () => void;

  constructor(
    private readonly client: Client,
    readonly room: Room<GameView>,
  ) {
    this.entries = follow(room.entries);
    this.presence = follow(room.presence);
    this.typing = follow(room.typing);
    this.view = follow(room.view);
    room.onEntry(({ id, author }) => author === me.peek() && this.#arrived(id));
    room.onReset(() => (this.#atStart.value = false));
    room.onEnd((end) => (this.ended.value = end));
    this.#stop = this.#keepTyped();
  }

  get id(): string {
    return this.room.id;
  }

  get title(): string {
    return this.room.info.title || this.room.id;
  }

  get isTable(): boolean {
    return hasTable(this.room.info);
  }

  /** Whether who sat there left for good. */
  gone(seat: number): boolean {
    return this.view.value?.gone?.includes(seat) ?? false;
  }

  /** Send a message; it is among `unsent` until the room has it. */
  say(text: string): Promise<void> {
    return this.send({ id: newId(), text });
  }

  /** Give one's own message another text; it is among `unsent` until the room has it. */
  edit(of: number, text: string): Promise<void> {
    return this.send({ id: newId(), text, of });
  }

  /** Send what is new, or what was refused before. */
  async send({ id, text, of }: Unsent): Promise<void> {
    const one: Unsent = { id, text, ...(of !== undefined && { of }) };
    this.unsent.value = [...this.unsent.value.filter((other) => other.id !== id), one];
    try {
      const sent = of === undefined ? this.room.say(text, { id }) : this.room.post(edited(of, text, id));
      if ((await sent).seq <= this.room.head) this.#arrived(id); // else its entry is still on the way
    } catch (error) {
      if (this.room.ended !== null) return; // kept for the next time this room is opened
      const problem = error instanceof ParlourError ? error.message : "It could not be sent.";
      this.unsent.value = this.unsent.value.map((other) => (other.id === id ? { ...one, problem } : other));
    }
  }

  /** Drop what was refused. */
  giveUp(id: string): void {
    this.#arrived(id);
  }

  remove(of: number): Promise<unknown> {
    return this.room.remove(of);
  }

  react(of: number, emoji: string, on: boolean): Promise<unknown> {
    return this.room.react(of, emoji, on);
  }

  /** Take a seat: join again, this time to play. */
  sit(): Promise<void> {
    return this.room.rejoin({ as: "player" });
  }

  /** Give the seat back, and look on. */
  async stand(): Promise<void> {
    await this.client.request("room:leave", { room: this.id });
    await this.room.rejoin({ as: "spectator" });
  }

  noteTyping(): void {
    this.room.noteTyping();
  }

  /** Show a page of older entries. */
  async loadOlder(): Promise<void> {
    if (!(await this.room.loadOlder())) this.#atStart.value = true;
  }

  /** Listen no more; a seat is kept. */
  close(): void {
    this.#stop();
    this.room.release();
  }

  /** Take up what an earlier page left, and keep what is typed from now on. */
  #keepTyped(): () => void {
    const account = me.peek();
    if (!account) return () => undefined;
    const { draft, unsent } = readKept(account, this.id);
    batch(() => {
      this.draft.value = draft;
      this.unsent.value = unsent;
    });
    for (const one of unsent) if (one.problem === undefined) void this.send(one); // the server knows those it has by id
    return effect(() => writeKept(account, this.id, { draft: this.draft.value, unsent: [...this.unsent.value] }));
  }

  #arrived(id: string): void {
    if (this.unsent.value.some((one) => one.id === id)) {
      this.unsent.value = this.unsent.value.filter((one) => one.id !== id);
    }
  }
}

function edited(of: number, text: string, id: string): PostOptions {
  return { type: "chat.edit", body: { of, text }, id };
}

/** A store of the SDK as a signal; the room's handle takes the listener off when it is released. */
function follow<Value>(store: Store<Value>): ReadonlySignal<Value> {
  const followed = signal(store.get());
  store.subscribe((value) => (followed.value = value));
  return followed;
}

/** 128 random bits; `crypto.randomUUID` exists in secure contexts only. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join("-");
}
