import { describe, expect, test } from "vitest";
import { Conversation } from "../../src/chat/fold.js";
import { foldMessages, type Entry } from "../../src/index.js";
import { ALICE, BOB, entry } from "../fake-socket.js";

const edit = (seq: number, of: number): Entry => entry(seq, { type: "chat.edit", body: { of, text: `edited ${seq}` } });

/** Entries as a lively room has them, the same for the same seed. */
function lively(count: number, seed: number): Entry[] {
  let state = seed;
  const draw = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
  return Array.from({ length: count }, (_, at) => {
    const [seq, of, author] = [at + 1, 1 + draw(at + 1), draw(2) ? ALICE : BOB];
    const bodies: [string, object][] = [
      ["chat.edit", { of, text: `edited at ${seq}` }],
      ["chat.delete", { of }],
      ["chat.reaction", { of, emoji: "👍", on: draw(3) > 0 }],
      ["chat.pin", { of, on: draw(2) > 0 }],
      ["game.action", { action: "place" }],
      ["chain.reverted", { of: [of], void: [{ seq: 1 + draw(at + 1) }] }],
    ];
    const [type, body] = bodies[draw(40)] ?? ["chat.message", { text: `line ${seq}` }];
    return entry(seq, { type, author, body });
  });
}

describe("a conversation folded on", () => {
  test.each([1, 7, 42])("is what a fold of all kept entries is (%i)", (seed) => {
    const log = lively(400, seed);
    const conversation = new Conversation();
    for (let end = 1; end <= log.length; end++) {
      const kept = log.slice(Math.max(0, end - 120), end);
      expect(conversation.fold(kept)).toEqual(foldMessages(kept));
    }
    expect(conversation.fold(log)).toEqual(foldMessages(log)); // older pages were loaded
  });

  test("keeps the objects of messages that did not change, and the list when none did", () => {
    const conversation = new Conversation();
    const log = [entry(1), entry(2)];
    const before = conversation.fold(log);
    const edited = [...log, edit(3, 2)];
    const after = conversation.fold(edited);
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    const move = entry(4, { type: "game.action", body: { action: "place" } });
    expect(conversation.fold([...edited, move])).toBe(after);
  });

  test("starts afresh with another log", () => {
    const conversation = new Conversation();
    conversation.fold([entry(1), entry(2)]);
    const other = [entry(7), entry(8)].map((one) => ({ ...one, hash: "0x1" as const }));
    expect(conversation.fold(other).map(({ seq }) => seq)).toEqual([7, 8]);
  });
});
