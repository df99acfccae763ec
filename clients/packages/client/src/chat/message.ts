import type {
  Account,
  AppMessage,
  ChatEdit,
  ChatMessage,
  Entry,
  EntryOf,
  Hex,
  Message as ListedMessage,
  ThreadSummary,
} from "../protocol/types.js";

/** A chat message as a page shows it: its latest text, what became of it, who answered how. */
export interface Message {
  seq: number;
  id: string;
  author: Account;
  at: number;
  /** The latest; empty where it was deleted, and where it waits for a moderator and is not shown. */
  text: string;
  /** Whom it mentions. */
  mentions: readonly string[];
  /** Hashes of the files it shows. */
  files: readonly Hex[];
  /** The transaction, address or room that it is about. */
  card: NonNullable<ChatMessage["card"]> | null;
  /** Of a DApp's own entry that began a thread or is pinned: what it says, in place of a text. */
  app: Pick<AppMessage, "type" | "body"> | null;
  /** The message it answers, by its seq. */
  replyTo: number | null;
  /** The message in whose thread it is, by its seq. */
  thread: number | null;
  edited: boolean;
  deleted: boolean;
  pinned: boolean;
  /** It waits for a moderator: only its author and moderators have its text. */
  held: boolean;
  /** A comment that was dealt with. */
  resolved: boolean;
  /** Emoji to the accounts that chose it, in the order they did. What looks alike (❤ and ❤️) is one, as first spelled. */
  reactions: ReadonlyMap<string, readonly Account[]>;
  /** Of a message that began a thread: how many replies stand, the last of them, and who wrote of late. */
  replies: ThreadSummary | null;
}

/** Make the message of an entry, before any later entry changed it. */
export function newMessage({ seq, id, author, at, body, redacted }: EntryOf<"chat.message">): Message {
  const held = redacted === "held";
  return {
    seq,
    id,
    author,
    at,
    text: body?.text ?? "",
    mentions: body?.mentions ?? [],
    files: body?.files ?? [],
    card: body?.card ?? null,
    app: null,
    replyTo: body?.replyTo ?? null,
    thread: body?.thread ?? null,
    edited: false,
    deleted: body === null && !held,
    pinned: false,
    held,
    resolved: false,
    reactions: new Map(),
    replies: null,
  };
}

/** Read what the server folded: one of `room:history {view: "messages" | "pins"}`. */
export function readMessage(listed: ListedMessage | AppMessage): Message {
  const { edited, deleted, pinned, held, resolved, reactions, replies } = listed;
  const message = isMessage(listed) ? newMessage(listed as Entry as EntryOf<"chat.message">) : newAppMessage(listed);
  return {
    ...message,
    ...(edited && !deleted && edit(message, edited)),
    deleted: message.deleted || deleted !== undefined,
    pinned: pinned ?? false,
    held: held ?? message.held,
    resolved: resolved !== undefined,
    reactions: new Map(Object.entries(reactions)),
    replies: replies ?? null,
  };
}

function isMessage(listed: ListedMessage | AppMessage): listed is ListedMessage {
  return listed.type === "chat.message";
}

/** The body of a DApp's own entry is no message's: nothing of it is taken for one. */
function newAppMessage({ type, body, ...head }: AppMessage): Message {
  const message = newMessage({ ...head, type: "chat.message", body: null } as Entry as EntryOf<"chat.message">);
  return { ...message, deleted: body === null, app: body && { type, body } };
}

/** Return what an edit changes: mentions and files are as they were said where it names none. */
export function edit(
  said: Message,
  { text, mentions, files }: Pick<ChatEdit, "text" | "mentions" | "files">,
): Partial<Message> {
  return { text, mentions: mentions ?? said.mentions, files: files ?? said.files, edited: true };
}
