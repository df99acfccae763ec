/** What a room does while it joins again and fetches what it missed, beyond the conversations 02 and 05. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Client } from "../../src/index.js";
import { entry, hashOf, joinReply, type FakeSocket } from "../fake-socket.js";
import { openClient, settle, type Harness } from "../harness.js";

let open: Harness;
let socket: FakeSocket;
let client: Client;
let acks: { event: string; ack: (reply: object) => void }[];

beforeEach(async () => {
  open = await openClient();
  ({ socket, client } = open);
  acks = [];
});

afterEach(() => open.close());

/** From now on the test answers each request itself. */
function answerByHand(): void {
  socket.emit = (event, _payload, ack) => void acks.push({ event, ack: ack! });
}

function reply(event: string, ack: object): void {
  const at = acks.findIndex((one) => one.event === event);
  acks.splice(at, 1)[0]!.ack({ ok: true, ...ack });
}

async function reconnect(): Promise<void> {
  socket.drop();
  await vi.advanceTimersByTimeAsync(1_000);
  socket.accept();
}

const entries = (first: number, last: number): object[] =>
  Array.from({ length: last - first + 1 }, (_, at) => entry(first + at));

describe("a room that joins again", () => {
  test("leaves what comes before the answer to the answer", async () => {
    const room = await open.joinLobby(2, { state: { turn: 0 } });
    const heard: number[] = [];
    room.onEntry(({ seq }) => heard.push(seq));
    answerByHand();
    socket.say("state", { room: "lobby", seq: 9, base: 8, patch: [] });
    socket.say("entry", entry(4));
    reply("room:join", joinReply(4, { recovered: true, entries: [entry(3), entry(4)], state: { turn: 4 } }));
    expect([heard, room.state]).toEqual([[3, 4], { turn: 4 }]);
  });

  test("does so in the way that was granted last", async () => {
    const room = await open.joinLobby();
    socket.refuse("room:join", { code: "illegal", reason: "full" });
    await expect(room.rejoin({ as: "player" })).rejects.toMatchObject({ reason: "full" });
    socket.answer("room:join", () => joinReply(2, { recovered: true }));
    await open.comeBack();
    expect(socket.sentOf("room:join").at(-1)).not.toHaveProperty("as");
  });

  test("takes no page of a gap that another join has closed meanwhile", async () => {
    const room = await open.joinLobby();
    const heard: number[] = [];
    room.onEntry(({ seq }) => heard.push(seq));
    answerByHand();
    await reconnect();
    reply("room:join", joinReply(4));
    const again = room.rejoin({ as: "player" });
    await settle();
    reply("room:join", joinReply(4, { recovered: true, entries: [entry(3), entry(4)] }));
    reply("room:history", { entries: entries(2, 4), more: false });
    await again;
    expect([heard, room.entries.get().map(({ seq }) => seq)]).toEqual([
      [3, 4],
      [1, 2, 3, 4],
    ]);
  });

  test("joins once more when a page of the gap is refused for now", async () => {
    const room = await open.joinLobby();
    socket.answer("room:join", () => joinReply(4));
    socket.refuse("room:history", { code: "rate_limited", retryable: true, retryAfter: 500 });
    await open.comeBack();
    socket.answer("room:history", () => ({ entries: entries(2, 4), more: false }));
    await vi.advanceTimersByTimeAsync(500);
    expect([room.head, room.status.get()]).toEqual([4, "online"]);
  });

  test("misses no entry between two that the server's view explains", async () => {
    const room = await open.joinLobby(2, { state: { turn: 0 } });
    socket.say("entry", entry(5));
    await settle();
    expect(room.entries.get().map(({ seq }) => seq)).toEqual([1, 2, 5]);
    expect(socket.sentOf("room:join")).toHaveLength(1);
  });
});

test("older entries that would leave a hole are not taken", async () => {
  socket.answer("room:join", () => joinReply(2_000, { entries: entries(1, 2_000).slice(100) as never }));
  socket.accept();
  const room = await client.joinRoom({ room: "lobby" });
  answerByHand();
  const loading = room.loadOlder({ limit: 50 });
  await settle();
  for (let seq = 2_001; seq <= 2_150; seq++) socket.say("entry", entry(seq, { hash: hashOf(seq) }));
  reply("room:history", { entries: entries(51, 100), more: true });
  expect([await loading, room.entries.get()[0]?.seq, room.entries.get().length]).toEqual([true, 151, 2_000]);
});

test("a phone that slept for an hour comes back with every entry once, and sends what had no answer", async () => {
  const room = await open.joinLobby();
  const heard: number[] = [];
  room.onEntry(({ seq }) => heard.push(seq));
  const posted = room.say("as the screen went dark"); // whose answer never comes
  await settle();
  vi.setSystemTime(Date.now() + 3_600_000); // no timer runs in a sleep
  socket.answer("room:join", () => joinReply(3_000));
  socket.answer("room:history", ({ after, before, limit }: { after: number; before: number; limit: number }) => {
    const last = Math.min(after + limit, before - 1);
    return { entries: entries(after + 1, last), more: last < before - 1 };
  });
  socket.answer("room:post", () => ({ seq: 3, at: 0, hash: hashOf(3), duplicate: true }));
  socket.drop("ping timeout");
  await vi.advanceTimersByTimeAsync(1_000);
  socket.accept();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(heard).toEqual(Array.from({ length: 2_998 }, (_, at) => at + 3));
  expect([room.head, room.status.get(), (await posted).duplicate]).toEqual([3_000, "online", true]);
  const [first, again] = socket.sentOf("room:post");
  expect([again, socket.sentOf("room:post").length]).toEqual([first, 2]);
});
