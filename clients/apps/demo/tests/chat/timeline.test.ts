import { expect, test } from "vitest";
import { foldMessages, type Entry } from "@parlour/client";
import { firstUnread, foldTimeline, keepSame, type ChainCard, type Item } from "../../src/chat/timeline.js";

const ALICE = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const BOB = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

function log(...entries: [type: string, body: object, author?: string, at?: number][]): Entry[] {
  return entries.map(([type, body, author = "", at = 0], i) => {
    const head = { room: "r", seq: i + 1, id: `${i}`, author, at, hash: "0x" };
    return { ...head, type, body } as Entry;
  });
}

const rows = (entries: Entry[], read = 0): Item[] => foldTimeline(entries, foldMessages(entries), read);

const event = {
  watch: "w",
  chain: 31337,
  address: "0xc",
  event: "Staked(address indexed player, uint256 amount)",
  args: { player: ALICE, amount: "5" },
  block: { number: 7, hash: "0x", time: 0 },
  tx: "0xt",
  logIndex: 0,
  status: "included",
};

test("talk is grouped by author while it goes on", () => {
  const items = rows(
    log(
      ["chat.message", { text: "a" }, ALICE],
      ["chat.message", { text: "b" }, ALICE],
      ["chat.message", { text: "c" }, BOB],
      ["chat.message", { text: "d" }, BOB, 10 * 60_000],
    ),
  );
  expect(items.map((item) => item.kind === "talk" && item.messages.map(({ text }) => text))).toEqual([
    ["a", "b"],
    ["c"],
    ["d"],
  ]);
});

test("rows that did not change are the same objects when more comes", () => {
  const entries = log(
    ["chat.message", { text: "a" }, ALICE],
    ["game.action", { action: "shoot", args: { cell: 1 } }, ALICE],
    ["chain.event", event],
    ["chat.message", { text: "b" }, BOB],
    ["chat.message", { text: "c" }, BOB],
  );
  const messages = foldMessages(entries);
  const before = foldTimeline(entries.slice(0, 4), messages.slice(0, 2));
  const now = keepSame(before, foldTimeline(entries, messages));
  expect(now.map((item, at) => item === before[at])).toEqual([true, true, true, false]);
  expect(now[3]).toMatchObject({ kind: "talk", messages: [{ text: "b" }, { text: "c" }] });
});

test("shots of one player in a row are one note", () => {
  const shot = (cell: number, seat?: number): object => ({ action: "shoot", args: { cell }, seat });
  const items = rows(
    log(
      ["game.action", shot(1), ALICE],
      ["game.action", shot(2), ALICE],
      ["game.action", shot(3, 1)],
      ["game.action", shot(4, 1)],
      ["game.action", shot(5), ALICE],
      ["game.action", { action: "place", args: { cell: 1 } }, ALICE],
      ["game.action", { action: "place", args: { cell: 2 } }, ALICE],
    ),
  );
  expect(items.map((item) => item.kind === "note" && item.also?.length)).toEqual([
    1,
    1,
    undefined,
    undefined,
    undefined,
  ]);
});

test("a chain event follows what becomes of its block", () => {
  const card = (...later: [string, object][]): ChainCard => rows(log(["chain.event", event], ...later))[0] as ChainCard;
  expect(card()).toMatchObject({ event: "Staked", status: "included", block: 7, moved: false });
  expect(card(["chain.confirmed", { chain: 31337, upTo: { number: 6, hash: "0x" }, status: "finalized" }]).status).toBe(
    "included",
  );
  expect(card(["chain.confirmed", { chain: 31337, upTo: { number: 7, hash: "0x" }, status: "finalized" }]).status).toBe(
    "finalized",
  );
  expect(card(["chain.moved", { of: 1, block: { number: 8, hash: "0x", time: 0 } }])).toMatchObject({
    block: 8,
    moved: true,
  });
  expect(card(["chain.reverted", { of: [1], void: [], block: {} }]).status).toBe("reverted");
});

test("what rested on a reverted event is shown as undone", () => {
  const items = rows(
    log(
      ["chain.event", event],
      ["game.action", { action: "place", args: { cell: 1 } }, ALICE],
      ["chain.reverted", { of: [1], void: [{ seq: 2, reason: "no_stake" }], block: {} }],
    ),
  );
  expect(items).toMatchObject([{ status: "reverted" }, { type: "game.action", undone: true }]);
});

test("replies in threads are left out, and what is unread is a group of its own", () => {
  const entries = log(
    ["chat.message", { text: "a" }, ALICE],
    ["chat.message", { text: "in its thread", thread: 1 }, BOB],
    ["chat.message", { text: "b" }, ALICE],
    ["chat.message", { text: "c" }, BOB],
  );
  const items = rows(entries, 2);
  expect(items.map((item) => item.kind === "talk" && item.messages.map(({ text }) => text))).toEqual([
    ["a"],
    ["b"],
    ["c"],
  ]);
  expect([firstUnread(items, 2, BOB)?.seq, firstUnread(items, 2, ALICE)?.seq]).toEqual([3, 4]);
  expect([firstUnread(items, 0, BOB), firstUnread(items, 4, BOB)]).toEqual([undefined, undefined]);
});
