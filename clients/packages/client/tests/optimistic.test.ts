import { afterEach, beforeEach, expect, test } from "vitest";
import type { Room } from "../src/index.js";
import { optimistic, type Optimistic, type ShownMessage } from "../src/optimistic.js";
import { ALICE, entry, hashOf, joinReply, type FakeSocket } from "./fake-socket.js";
import { openClient, settle, type Harness } from "./harness.js";

let harness: Harness;
let socket: FakeSocket;
let shown: Optimistic;
let changes: (readonly ShownMessage[])[];

beforeEach(async () => {
  harness = await openClient();
  ({ socket } = harness);
  const room = (await harness.joinLobby()) as Room;
  shown = optimistic(harness.client, room);
  changes = [];
  shown.messages.subscribe((messages) => changes.push(messages));
});
afterEach(() => harness.close());

const looks = (): [string, string][] =>
  shown.messages
    .get()
    .slice(2)
    .map(({ text, sending, error }) => [text, sending ? "sending" : (error?.code ?? "there")]);

test("a message is shown at once, and once when the room has it", async () => {
  const said = shown.say("gm", { id: "own-1", replyTo: 2 });
  await settle();
  expect(shown.messages.get()[2]).toMatchObject({ seq: 0, author: ALICE, text: "gm", replyTo: 2, sending: true });
  socket.answer("room:post", () => ({ seq: 3, at: 0, hash: hashOf(3), duplicate: true }));
  socket.say("entry", entry(3, { id: "own-1", author: ALICE, body: { text: "gm", replyTo: 2 } }));
  expect(looks()).toEqual([["gm", "there"]]);
  const before = changes.length;
  socket.answer("room:join", () => joinReply(3, { recovered: true }));
  await harness.comeBack(); // it is sent again, and answered
  expect([(await said).seq, looks(), changes.length]).toEqual([3, [["gm", "there"]], before]);
});

test("a refused message stays with its error until it is sent again, or dropped", async () => {
  socket.refuse("room:post", { code: "forbidden", reason: "muted" });
  await expect(shown.say("one", { id: "a" })).rejects.toMatchObject({ code: "forbidden" });
  await expect(shown.say("two", { id: "b" })).rejects.toMatchObject({ code: "forbidden" });
  expect(looks()).toEqual([
    ["one", "forbidden"],
    ["two", "forbidden"],
  ]);
  shown.drop("a");
  socket.answer("room:post", () => ({ seq: 3, at: 0, hash: hashOf(3) }));
  const again = shown.retry("b");
  expect(looks()).toEqual([["two", "sending"]]);
  await again;
  expect(looks()).toEqual([]);
  expect(socket.sentOf("room:post").map(({ id }) => id)).toEqual(["a", "b", "b"]);
});
