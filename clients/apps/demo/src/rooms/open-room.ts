/** One open room as signals: what the page draws. */
import { batch, computed, effect, signal, type ReadonlySignal } from "@preact/signals";
import { ParlourError } from "@parlour/client";
import type {
  Account,
  Client,
  Entry,
  Message,
  PresenceSnapshot,
  Role,
  Room,
  RoomConfigured,
  RoomEnd,
  RoomInfo,
  RoomRules,
  Store,
} from "@parlour/client";
import { titleOfRoom } from "../account/names.js";
import { me } from "../account/session.js";
import { uncover } from "../pane/pane.js";
import { readKept, writeKept, type Unsent } from "../chat/kept.js";
import type { GameView } from "../games/game.js";
import { hasTable } from "../games/kinds.js";

const NOBODY: GameView["players"] = [];
/** Entries of one page, on the way to a message long ago. */
const PAGE = 1_000;
/** Milliseconds between two requests that say how far I have read. */
const READ_EVERY = 1_000;

export class OpenRoom {
  readonly entries: ReadonlySignal<readonly Entry[]>;
  readonly messages: ReadonlySignal<readonly Message[]>;
  readonly presence: ReadonlySignal<PresenceSnapshot>;
  readonly typing: ReadonlySignal<readonly Account[]>;
  readonly view: ReadonlySignal<GameView | undefined>;
  /** What the server's operators announced last and I did not close; "" for nothing. */
  readonly announced = signal("");
  readonly ended = signal<RoomEnd | null>(null);
  /** Whether its conversation is shown; pages that show more beside them turn it off. */
  readonly talks = signal(true);
  /** The room object, with what its settings became since the join. */
  readonly info: ReadonlySignal<RoomInfo>;
  readonly role: ReadonlySignal<Role>;
  readonly moderates = computed(() => this.role.value === "owner" || this.role.value === "moderator");
  readonly takesFiles = computed(() => this.info.value.rules?.files ?? true);
  readonly owns = computed(() => this.role.value === "owner");
  /** Up to where I had read when the room was last opened. */
  readonly readBefore = signal(0);
  /** Up to where I have read. */
  readonly readUpTo = signal(0);
  /** The message to show, once it is there; a new object for each wish. */
  readonly target = signal<{ seq: number } | null>(null);
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
  /** Whether the log has more than is shown. */
  readonly hasMore = computed(() => !this.#atStart.value && (this.entries.value[0]?.seq ?? 1) > 1);

  readonly #atStart = signal(false);
  readonly #stop: () => void;
  /** The last entry that was on the page while I looked. */
  #seen = 0;
  #reading: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly client: Client,
    readonly room: Room<GameView>,
  ) {
    this.entries = follow(room.entries);
    this.messages = follow(room.messages);
    const info = (this.info = signal(room.info));
    const role = (this.role = signal(room.role));
    this.readBefore.value = this.readUpTo.value = room.lastRead;
    room.onEntry(({ type, body }) => {
      if (type === "room.configured" && body) info.value = configured(info.peek(), body);
      if (type === "member.role" && body?.account === me.peek()) role.value = body.role;
    });
    this.presence = follow(room.presence);
    this.typing = follow(room.typing);
    this.view = follow(room.view);
    room.onEntry(({ id, author }) => author === me.peek() && this.#arrived(id));
    room.onAnnouncement(({ text }) => (this.announced.value = text));
    room.onReset(() => (this.#atStart.value = false));
    room.onEnd((end) => (this.ended.value = end));
    this.#stop = this.#keepTyped();
  }

  get id(): string {
    return this.room.id;
  }

  get title(): string {
    return titleOfRoom(this.info.value);
  }

  get isDocument(): boolean {
    return this.room.info.kind === "document";
  }

  get isTable(): boolean {
    return this.isDocument || this.view.value !== undefined || hasTable(this.room.info);
  }

  /** Whether who sat there left for good. */
  gone(seat: number): boolean {
    return this.view.value?.gone?.includes(seat) ?? false;
  }

  /** Send a message; it is among `unsent` until the room has it. */
  say(text: string, also?: Unsent["also"]): Promise<void> {
    return this.send({ id: newId(), text, ...(also && { also }) });
  }

  /** Give one's own message another text; it is among `unsent` until the room has it. */
  edit(of: number, text: string, also?: Unsent["also"]): Promise<void> {
    return this.send({ id: newId(), text, of, ...(also && { also }) });
  }

  /** Send what is new, or what was refused before. */
  async send({ problem: _, ...one }: Unsent): Promise<void> {
    const { id, text, of, also } = one;
    this.unsent.value = [...this.unsent.value.filter((other) => other.id !== id), one];
    try {
      const options = { ...also, id };
      const sent = of === undefined ? this.room.say(text, options) : this.room.edit(of, text, options);
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
  async loadOlder(limit?: number): Promise<void> {
    if (!(await this.room.loadOlder(limit === undefined ? {} : { limit }))) this.#atStart.value = true;
  }

  /** Show a message, however long ago it was written. */
  async jump(seq: number): Promise<void> {
    while (this.hasMore.peek() && (this.entries.peek()[0]?.seq ?? 0) > seq) await this.loadOlder(PAGE);
    uncover();
    this.target.value = { seq };
  }

  /** Say that I have read all there is now, soon: to whoever counts, and to my other devices. */
  markRead(): void {
    this.#seen = this.room.head;
    if (!me.peek() || this.#seen <= this.room.lastRead) return;
    this.#reading ??= setTimeout(() => {
      this.#reading = undefined;
      this.room.markRead({ seq: this.#seen }).then(
        () => (this.readUpTo.value = this.room.lastRead),
        () => undefined, // the next entry tries again
      );
    }, READ_EVERY);
  }

  /** Begin anew with what is unread: the room is shown again. */
  shown(): void {
    this.readBefore.value = Math.max(this.room.lastRead, this.#seen);
  }

  /** Listen no more; a seat is kept. */
  close(): void {
    clearTimeout(this.#reading);
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

/** A room object after its settings changed. */
function configured(info: RoomInfo, { title, visibility, rules }: RoomConfigured): RoomInfo {
  return {
    ...info,
    ...(title !== undefined && { title }),
    ...(visibility !== undefined && { visibility }),
    ...(info.rules && { rules: { ...info.rules, ...(rules as Partial<RoomRules>) } }),
  };
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
