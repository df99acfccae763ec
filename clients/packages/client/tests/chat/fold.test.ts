import { expect, test } from "vitest";
import { readMessage } from "../../src/chat/message.js";
import { foldMessages } from "../../src/index.js";
import type { AppMessage } from "../../src/protocol/types.js";
import { ALICE, BOB, entry } from "../fake-socket.js";

test("an edit shows the latest text", () => {
  const [message] = foldMessages([entry(1), entry(2, { type: "chat.edit", body: { of: 1, text: "better" } })]);
  expect(message).toMatchObject({ text: "better", edited: true });
});

test("a deletion leaves a place without text", () => {
  const [message] = foldMessages([entry(1), entry(2, { type: "chat.delete", body: { of: 1 } })]);
  expect(message).toMatchObject({ text: "", deleted: true });
});

test("an erased message is a deleted one", () => {
  expect(foldMessages([entry(1, { body: null, redacted: "erased" })])[0]).toMatchObject({ text: "", deleted: true });
});

test("reactions count each account once and can be taken back", () => {
  const react = (seq: number, author: string, on: boolean) =>
    entry(seq, { type: "chat.reaction", author, body: { of: 1, emoji: "👍", on } });
  const entries = [entry(1), react(2, ALICE, true), react(3, ALICE, true), react(4, BOB, true)];
  expect(foldMessages(entries)[0]?.reactions.get("👍")).toEqual([ALICE, BOB]);
  expect(foldMessages([...entries, react(5, ALICE, false), react(6, BOB, false)])[0]?.reactions.size).toBe(0);
});

test("emoji that look alike are one reaction, as first spelled, and taken off by either", () => {
  const react = (seq: number, author: string, emoji: string, on = true) =>
    entry(seq, { type: "chat.reaction", author, body: { of: 1, emoji, on } });
  const both = [entry(1), react(2, ALICE, "\u2764"), react(3, BOB, "\u2764\ufe0f"), react(4, ALICE, "\u2764\ufe0f")];
  expect([...foldMessages(both)[0]!.reactions]).toEqual([["\u2764", [ALICE, BOB]]]);
  const off = [...both, react(5, ALICE, "\u2764\ufe0e", false)];
  expect([...foldMessages(off)[0]!.reactions]).toEqual([["\u2764", [BOB]]]);
  const anew = [...off, react(6, BOB, "\u2764", false), react(7, BOB, "\u2764\ufe0f")];
  expect([...foldMessages(anew)[0]!.reactions]).toEqual([["\u2764\ufe0f", [BOB]]]);
});

test("what a reorg took back is not shown", () => {
  const reverted = entry(4, {
    type: "chain.reverted",
    author: "",
    body: { of: [3], void: [{ seq: 2, reason: "gate" }], block: {} },
  });
  expect(foldMessages([entry(1), entry(2), entry(3), reverted]).map(({ seq }) => seq)).toEqual([1]);
});

test("a correction of something unknown is no message", () => {
  expect(foldMessages([entry(9, { type: "chat.edit", body: { of: 3, text: "?" } })])).toEqual([]);
});

test("a message keeps what it is about until it is deleted", () => {
  const said = entry(1, { body: { text: "look", card: { room: "chess-1" } } });
  const edit = entry(2, { type: "chat.edit", body: { of: 1, text: "look there" } });
  expect(foldMessages([said, edit])[0]).toMatchObject({ text: "look there", card: { room: "chess-1" } });
  expect(foldMessages([said, entry(2, { type: "chat.delete", body: { of: 1 } })])[0]!.card).toBeNull();
});

test("a DApp's own entry is no text, whatever its body is called", () => {
  const body = { text: 7, mentions: "nobody", thread: "none", card: [] };
  const listed = { ...entry(2, { type: "app.note", body }), reactions: { "👍": [ALICE] }, pinned: true };
  const shown = { text: "", mentions: [], thread: null, card: null, deleted: false, pinned: true };
  expect(readMessage(listed as unknown as AppMessage)).toMatchObject({ ...shown, app: { type: "app.note", body } });
  expect(readMessage({ ...listed, body: null } as unknown as AppMessage)).toMatchObject({ app: null, deleted: true });
});
