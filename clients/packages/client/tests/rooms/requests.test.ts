import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Room } from "../../src/index.js";
import { ALICE, BOB, entry, joinReply, type FakeSocket } from "../fake-socket.js";
import { openClient, type Harness } from "../harness.js";

let open: Harness;
let socket: FakeSocket;
let room: Room;

beforeEach(async () => {
  open = await openClient();
  ({ socket } = open);
  room = (await open.joinLobby()) as Room;
});

afterEach(() => open.close());

describe("a request of a room", () => {
  test("asks for members page by page", async () => {
    socket.answer("room:members", ({ cursor }: { cursor?: string }) =>
      cursor
        ? { members: [{ account: BOB, role: "member" }], cursor: null }
        : { members: [{ account: ALICE, role: "owner" }], cursor: "c1" },
    );
    expect((await room.members()).map(({ account }) => account)).toEqual([ALICE, BOB]);
    expect(socket.sentOf("room:members")).toEqual([{ room: "lobby" }, { room: "lobby", cursor: "c1" }]);
  });

  test("answers what it is about, without the ack around it", async () => {
    socket.answer("room:search", () => ({ entries: [entry(1)] }));
    socket.answer("room:invite", () => ({ invite: "secret" }));
    const watch = { id: "w1", chain: 1, address: ALICE, event: "E()", from: { number: 1, hash: "0x0" } };
    socket.answer("room:watch", () => ({ watch }));
    expect((await room.search("line", { before: 2 })).map(({ seq }) => seq)).toEqual([1]);
    expect(socket.sentOf("room:search")).toEqual([{ room: "lobby", query: "line", before: 2 }]);
    expect(await room.invite({ uses: 3 })).toBe("secret");
    expect(await room.watch({ chain: 1, address: ALICE, event: "E()" })).toEqual(watch);
    socket.answer("room:watch", () => ({ watch, filled: 4 }));
    expect(await room.fillGap({ seq: 9 })).toBe(4);
    expect(socket.sentOf("room:watch")[1]).toMatchObject({ room: "lobby", fill: 9 });
  });

  test("asks a market for its depth, and a chain for what is on it", async () => {
    const depth = { bids: [["1.9", "5"]], asks: [["2.1", "4"]], block: { number: 7, hash: "0x0" } };
    socket.answer("market:depth", () => depth);
    socket.answer("chain:lookup", () => ({ block: { number: 7 } }));
    expect(await room.depth({ within: 50, levels: 1 })).toMatchObject(depth);
    expect(socket.sentOf("market:depth")).toEqual([{ room: "lobby", within: 50, levels: 1 }]);
    expect((await open.client.lookup({ chain: 1, block: "latest" })).block).toEqual({ number: 7 });
    expect(socket.sentOf("chain:lookup")).toEqual([{ chain: 1, block: "latest" }]);
  });

  test("carries an id where it changes something, so that sending it again is safe", async () => {
    const changes = ["room:configure", "room:moderate", "room:close", "room:unwatch"];
    for (const event of changes) socket.answer(event, () => ({}));
    await room.configure({ title: "New" });
    await room.moderate({ account: BOB, action: "mute", until: 5 });
    await room.close({ reason: "over" });
    await room.unwatch({ watch: "w1" });
    const id = expect.stringMatching(/^[0-9a-f]{32}$/);
    expect(changes.flatMap((event) => socket.sentOf(event))).toEqual([
      { room: "lobby", title: "New", id },
      { room: "lobby", account: BOB, action: "mute", until: 5, id },
      { room: "lobby", reason: "over", id },
      { room: "lobby", watch: "w1", id },
    ]);
  });

  test("marks everything up to the head as read unless told otherwise", async () => {
    socket.answer("room:read", () => ({}));
    await room.markRead();
    await room.markRead({ seq: 1 });
    expect(socket.sentOf("room:read").map(({ seq }) => seq)).toEqual([2, 1]);
    expect(room.lastRead).toBe(2);
    await room.markRead({ thread: 1 });
    expect(socket.sentOf("room:read").at(-1)).toEqual({ room: "lobby", seq: 2, thread: 1 });
  });

  test("reads pages of messages, of a thread and of pins", async () => {
    const listed = { ...entry(1), reactions: { "👍": [BOB] }, pinned: true };
    socket.answer("room:history", () => ({ entries: [listed], more: true }));
    const message = { seq: 1, text: "line 1", pinned: true, reactions: new Map([["👍", [BOB]]]) };
    expect(await room.readMessages({ limit: 5, threads: false })).toMatchObject({ messages: [message], more: true });
    expect(await room.thread(1, { after: 4 })).toMatchObject({ messages: [message] });
    expect(await room.pins()).toMatchObject([message]);
    expect(socket.sentOf("room:history")).toEqual([
      { room: "lobby", view: "messages", limit: 5, threads: false },
      { room: "lobby", view: "messages", thread: 1, after: 4 },
      { room: "lobby", view: "pins" },
    ]);
  });

  test("writes chat with all that belongs to it", async () => {
    socket.answer("room:post", () => ({ seq: 3, at: 3, hash: "0x3" }));
    await room.reply(1, "yes", { thread: 1, mentions: [BOB], files: ["0xf"], id: "a" });
    await room.edit(3, "no", { mentions: [], id: "b" });
    await room.resolve(1);
    expect(socket.sentOf("room:post").map(({ type, body }) => [type, body])).toEqual([
      ["chat.message", { text: "yes", replyTo: 1, thread: 1, mentions: [BOB], files: ["0xf"] }],
      ["chat.edit", { of: 3, text: "no", mentions: [] }],
      ["chat.resolve", { of: 1, on: true }],
    ]);
  });
});

describe("older entries", () => {
  beforeEach(async () => {
    const entries = Array.from({ length: 50 }, (_, at) => entry(101 + at));
    socket.answer("room:join", () => joinReply(150, { epoch: "e2", entries }));
    await open.comeBack();
    socket.answer("room:history", ({ before, limit }: { before: number; limit: number }) => {
      const first = Math.max(1, before - limit);
      const page = Array.from({ length: before - first }, (_, at) => entry(first + at));
      return { entries: page, more: first > 1 };
    });
  });

  test("are put before those that are here, until there are no more", async () => {
    expect([await room.loadOlder({ limit: 60 }), room.entries.get()[0]?.seq]).toEqual([true, 41]);
    expect([await room.loadOlder(), room.entries.get()[0]?.seq]).toEqual([false, 1]);
    expect(room.entries.get().map(({ seq }) => seq)).toEqual(Array.from({ length: 150 }, (_, at) => at + 1));
    expect(room.messages.get()).toHaveLength(150);
  });

  test("leave no hole when more than 2,000 entries are here", async () => {
    await room.loadOlder({ limit: 10 });
    for (let seq = 151; seq <= 2_300; seq++) socket.say("entry", entry(seq));
    const seqs = room.entries.get().map(({ seq }) => seq);
    expect([seqs[0], seqs.length]).toEqual([291, 2_010]);
    expect(seqs.every((seq, at) => seq === 291 + at)).toBe(true);
  });
});
