/** The logs of tests/vectors/messages.jsonl: what the server, Python and this client make of them is the same. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Conversation } from "../../src/chat/fold.js";
import { readMessage, type Message } from "../../src/chat/message.js";
import { foldMessages, type Entry } from "../../src/index.js";
import type { AppMessage, Message as ListedMessage } from "../../src/protocol/types.js";

interface Vector {
  about: string;
  entries: Entry[];
  page: ListedMessage[];
  /** The page of each thread that a DApp's own entry began, by that entry's seq. */
  threads?: Record<string, (ListedMessage | AppMessage)[]>;
  pins?: (ListedMessage | AppMessage)[];
}

const file = new URL("../../../../../tests/vectors/messages.jsonl", import.meta.url);
const vectors = readFileSync(file, "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Vector);

/** What every reader can know of a message: of a deleted one only its place, author and answers are left. */
function told(message: Message): Message {
  if (!message.deleted) return message;
  return { ...message, mentions: [], files: [], replyTo: null, thread: null, edited: false };
}

describe.each(vectors)("$about", ({ entries, page }) => {
  const listed = page.map(readMessage).map(told);

  test("A fold of the log is the server's page", () => {
    expect(foldMessages(entries).map(told)).toEqual(listed);
  });

  test("So is a fold that goes on with each entry", () => {
    const conversation = new Conversation();
    for (let end = 1; end < entries.length; end++) conversation.fold(entries.slice(0, end));
    expect(conversation.fold(entries).map(told)).toEqual(listed);
  });
});

const own = vectors.filter(({ threads }) => threads);

test("there are threads that a DApp's own entry began", () => {
  expect(own.flatMap(({ threads }) => Object.keys(threads!))).toContain("2");
});

describe.each(own)("$about", ({ entries, threads, pins }) => {
  const isOwn = ({ type }: Entry): boolean => type.startsWith("app.");
  const asMessages = entries.map((entry) => (isOwn(entry) ? { ...entry, type: "chat.message", body: {} } : entry));
  const answered = new Map(foldMessages(asMessages as Entry[]).map((message) => [message.seq, told(message)]));

  test.each([...Object.entries(threads!), ["pins", pins!] as const])("page %s", (_, page) => {
    for (const message of page.map(readMessage)) {
      expect(told({ ...message, app: null })).toEqual(answered.get(message.seq));
      const said = entries.find(({ seq }) => seq === message.seq)!;
      expect(message.app).toEqual(isOwn(said) ? { type: said.type, body: said.body } : null);
    }
  });
});
