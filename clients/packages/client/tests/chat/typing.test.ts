import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Room } from "../../src/index.js";
import { ALICE, BOB, entry, type FakeSocket } from "../fake-socket.js";
import { openClient, type Harness } from "../harness.js";

let open: Harness;
let socket: FakeSocket;
let room: Room;

beforeEach(async () => {
  open = await openClient();
  ({ socket } = open);
  room = (await open.joinLobby()) as Room;
  socket.answer("room:signal", () => ({}));
});

afterEach(() => open.close());

const hear = (account: string): void =>
  socket.say("signal", { room: "lobby", from: { account, connection: "c" }, type: "typing", body: {} });

test("somebody counts as typing for four seconds after the last signal", async () => {
  const seen: (readonly string[])[] = [];
  room.typing.subscribe((accounts) => seen.push(accounts));
  hear(BOB);
  await vi.advanceTimersByTimeAsync(3_000);
  hear(BOB);
  await vi.advanceTimersByTimeAsync(3_999);
  expect(room.typing.get()).toEqual([BOB]);
  await vi.advanceTimersByTimeAsync(1);
  expect(seen).toEqual([[BOB], []]);
});

test("a message ends its author's typing", () => {
  hear(BOB);
  socket.say("entry", entry(3, { author: BOB }));
  expect(room.typing.get()).toEqual([]);
});

test("my own typing on another device is not shown", () => {
  hear(ALICE);
  expect(room.typing.get()).toEqual([]);
});

test("my typing is signalled every 2.5 seconds, and anew after a message", async () => {
  room.noteTyping();
  room.noteTyping();
  await vi.advanceTimersByTimeAsync(2_500);
  room.noteTyping();
  void room.say("gm").catch(() => undefined);
  room.noteTyping();
  expect(socket.sentOf("room:signal")).toHaveLength(3);
});
