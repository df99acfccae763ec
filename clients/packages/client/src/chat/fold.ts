import type { Account, Entry } from "../protocol/types.js";

/** A chat message as a page shows it: its latest text, what became of it, who answered how. */
export interface Message {
  seq: number;
  id: string;
  author: Account;
  at: number;
  text: string;
  replyTo: number | null;
  edited: boolean;
  deleted: boolean;
  pinned: boolean;
  /** Emoji to the accounts that chose it, in the order they did. */
  reactions: ReadonlyMap<string, readonly Account[]>;
}

/** The seqs a reorg took back: reverted events and what depended on them (`chain.reverted {of, void}`). */
export function deadSeqs(entries: readonly Entry[]): Set<number> {
  const dead = new Set<number>();
  for (const { type, body } of entries) {
    if (type !== "chain.reverted" || !body) continue;
    for (const seq of body.of as number[]) dead.add(seq);
    for (const { seq } of (body.void ?? []) as { seq: number }[]) dead.add(seq);
  }
  return dead;
}

/** Fold a room's entries into its messages, ascending: edits, deletions, reactions and pins are later entries. */
export function foldMessages(entries: readonly Entry[]): Message[] {
  const dead = deadSeqs(entries);
  const messages = new Map<number, Message>();
  for (const entry of entries) {
    if (dead.has(entry.seq)) continue;
    if (entry.type === "chat.message") messages.set(entry.seq, newMessage(entry));
    const target = messages.get(Number(entry.body?.of));
    if (target && entry.body) messages.set(target.seq, amend(target, entry.type, entry.author, entry.body));
  }
  return [...messages.values()];
}

function newMessage({ seq, id, author, at, body }: Entry): Message {
  const text = String(body?.text ?? "");
  const replyTo = typeof body?.replyTo === "number" ? body.replyTo : null;
  return {
    seq,
    id,
    author,
    at,
    text,
    replyTo,
    edited: false,
    deleted: body === null,
    pinned: false,
    reactions: new Map(),
  };
}

function amend(message: Message, type: string, author: Account, body: Record<string, unknown>): Message {
  switch (type) {
    case "chat.edit":
      return { ...message, text: String(body.text), edited: true };
    case "chat.delete":
      return { ...message, text: "", deleted: true };
    case "chat.pin":
      return { ...message, pinned: body.on === true };
    case "chat.reaction":
      return { ...message, reactions: react(message.reactions, author, String(body.emoji), body.on === true) };
    default:
      return message;
  }
}

function react(reactions: Message["reactions"], author: Account, emoji: string, on: boolean): Message["reactions"] {
  const next = new Map(reactions);
  const others = (next.get(emoji) ?? []).filter((account) => account !== author);
  const accounts = on ? [...others, author] : others;
  if (accounts.length) next.set(emoji, accounts);
  else next.delete(emoji);
  return next;
}
