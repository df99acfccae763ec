import { computed, type ReadonlySignal } from "@preact/signals";
import { deadSeqs } from "@parlour/client";
import type { Account, ChainConfirmed, ChainEvent, ChainMoved, Entry, JsonObject, Message } from "@parlour/client";
import type { OpenRoom } from "../rooms/open-room.js";

export type ChainStatus = "included" | "safe" | "finalized" | "reverted";

/** An on-chain event with its present status: later entries confirm, move or revert it. */
export interface ChainCard {
  kind: "chain";
  seq: number;
  at: number;
  event: string;
  args: JsonObject;
  address: string;
  tx: string;
  block: number;
  status: ChainStatus;
  /** Whether it was mined again, in another block. */
  moved: boolean;
}

export interface Note {
  kind: "note";
  seq: number;
  at: number;
  author: Account;
  type: string;
  body: JsonObject;
  /** The bodies of the same player's shots right after, shown in the same line. */
  also?: JsonObject[];
  /** Whether a reorganisation of the chain undid the event this rested on. */
  undone: boolean;
}

export interface Talk {
  kind: "talk";
  seq: number;
  at: number;
  author: Account;
  messages: Message[];
}

export type Item = Talk | Note | ChainCard;

const GROUP_MS = 5 * 60_000;
/** Messages of a group: rows are drawn whole, and somebody who talks alone would make one row of the whole log. */
const GROUP_MESSAGES = 10;
const SILENT = new Set([
  "game.tick",
  "game.seed",
  "chain.confirmed",
  "chain.moved",
  "chain.reverted",
  "room.unwatched",
]);

const timelines = new WeakMap<OpenRoom, ReadonlySignal<readonly Item[]>>();

/** The rows of a room, folded once for all that show them. */
export function timelineOf(room: OpenRoom): ReadonlySignal<readonly Item[]> {
  const known = timelines.get(room);
  if (known) return known;
  let before: readonly Item[] = [];
  const folded = computed(
    () => (before = keepSame(before, foldTimeline(room.entries.value, room.messages.value, room.readBefore.value))),
  );
  timelines.set(room, folded);
  return folded;
}

/**
 * Fold a log into the rows of the page: talk grouped by author, notes of what happened, cards of chain events. Replies
 * in threads are left out. @param read up to where the log was read before: what came since is a group of its own.
 */
export function foldTimeline(entries: readonly Entry[], folded: readonly Message[], read = 0): Item[] {
  const dead = deadSeqs(entries);
  const messages = new Map(folded.map((message) => [message.seq, message]));
  const cards = foldChain(entries, dead);
  const items: Item[] = [];
  for (const entry of entries) {
    const message = messages.get(entry.seq);
    const card = cards.get(entry.seq);
    if (message?.thread === null) addMessage(items, message, read);
    else if (message) continue;
    else if (card) items.push(card);
    else if (isNote(entry)) addNote(items, noteOf(entry, dead));
  }
  return items;
}

/** Take the rows that did not change from those before: the same object is not drawn again. */
export function keepSame(before: readonly Item[], now: readonly Item[]): Item[] {
  const known = new Map(before.map((item) => [item.seq, item]));
  return now.map((item) => {
    const old = known.get(item.seq);
    return old && isSame(old, item) ? old : item;
  });
}

function isSame(one: object, other: object): boolean {
  const values = Object.entries(other);
  return (
    Object.keys(one).length === values.length &&
    values.every(([name, value]) => isSameValue((one as Record<string, unknown>)[name], value))
  );
}

function isSameValue(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  return one.length === other.length && one.every((each, at) => each === other[at]);
}

/** Group messages in a row by their authors. */
export function groupTalk(messages: readonly Message[]): Talk[] {
  const items: Item[] = [];
  for (const message of messages) addMessage(items, message, 0);
  return items as Talk[];
}

/** Find the row where what was not read yet begins; undefined where nothing was read before, or nothing is new. */
export function firstUnread(items: readonly Item[], read: number, me: Account): Item | undefined {
  return read > 0 ? items.find((item) => item.kind === "talk" && item.seq > read && item.author !== me) : undefined;
}

function addMessage(items: Item[], message: Message, read: number): void {
  const last = items.at(-1);
  const parted = last !== undefined && last.seq <= read && message.seq > read;
  const follows = last?.kind === "talk" && !parted && last.author === message.author && message.at - last.at < GROUP_MS;
  if (follows && last.messages.length < GROUP_MESSAGES) last.messages.push(message);
  else items.push({ kind: "talk", seq: message.seq, at: message.at, author: message.author, messages: [message] });
}

/** Add a note, or a shot to the line of the same player's shot before it. */
function addNote(items: Item[], note: Note): void {
  const last = items.at(-1);
  if (last?.kind === "note" && isShot(last) && isShot(note) && samePlayer(last, note))
    last.also = [...(last.also ?? []), note.body];
  else items.push(note);
}

function isShot({ type, body, undone }: Note): boolean {
  return type === "game.action" && body.action === "shoot" && !undone;
}

/** Compare seats as well: all bots have one account. */
function samePlayer(one: Note, other: Note): boolean {
  return one.author === other.author && one.body.seat === other.body.seat;
}

function isNote({ type, body }: Entry): boolean {
  return (body !== null || type === "game.action") && !type.startsWith("chat.") && !SILENT.has(type);
}

function noteOf({ seq, at, author, type, body }: Entry, dead: Set<number>): Note {
  return { kind: "note", seq, at, author, type, body: (body ?? {}) as JsonObject, undone: dead.has(seq) };
}

function foldChain(entries: readonly Entry[], dead: Set<number>): Map<number, ChainCard> {
  const cards = new Map<number, ChainCard>();
  for (const entry of entries) {
    if (entry.body === null) continue;
    if (entry.type === "chain.event") cards.set(entry.seq, cardOf(entry, entry.body, dead));
    if (entry.type === "chain.moved") moveCards(cards, entry.body);
    if (entry.type === "chain.confirmed") confirmCards(cards, entry.body);
  }
  return cards;
}

function cardOf(entry: Pick<Entry, "seq" | "at">, body: ChainEvent, dead: Set<number>): ChainCard {
  return {
    kind: "chain",
    seq: entry.seq,
    at: entry.at,
    event: String(body.event).replace(/\(.*/s, ""),
    args: body.args ?? {},
    address: body.address,
    tx: body.tx,
    block: body.block.number,
    status: dead.has(entry.seq) ? "reverted" : body.status,
    moved: false,
  };
}

function moveCards(cards: Map<number, ChainCard>, body: ChainMoved): void {
  for (const seq of [body.of].flat()) {
    const card = cards.get(seq);
    if (card) cards.set(seq, { ...card, block: body.block.number, moved: true });
  }
}

function confirmCards(cards: Map<number, ChainCard>, { upTo, status }: ChainConfirmed): void {
  for (const [seq, card] of cards) {
    const rises = card.status === "included" || (card.status === "safe" && status === "finalized");
    if (card.block <= upTo.number && rises) cards.set(seq, { ...card, status });
  }
}
