// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test } from "vitest";
import { ALICE, entry, type FakeSocket } from "../../../../packages/client/tests/fake-socket.js";
import { session } from "../../src/account/session.js";
import type { OpenRoom } from "../../src/rooms/open-room.js";
import { comeIn, goOut, openLobby, settle } from "../inside.js";

let socket: FakeSocket;
let room: OpenRoom;

beforeEach(async () => {
  socket = comeIn();
  room = await openLobby(socket, 3);
});
afterEach(goOut);

test("a draft is there again when its room is opened again", async () => {
  room.draft.value = "half a tho";
  room.close();
  room = await openLobby(socket, 3);
  expect(room.draft.value).toBe("half a tho");
});

test("a message on its way is sent again with its id after a reload", async () => {
  void room.say("on the train");
  await settle();
  const [first] = socket.sentOf("room:post");
  room.close();
  room = await openLobby(socket, 3);
  await settle();
  expect(room.unsent.value.map(({ text }) => text)).toEqual(["on the train"]);
  expect(socket.sentOf("room:post").at(-1)).toMatchObject({ id: first!.id, body: { text: "on the train" } });
});

test("a draft and a message on its way outlive the session's end", async () => {
  room.draft.value = "half a tho";
  void room.say("on the train");
  await settle();
  const [first] = socket.sentOf("room:post");
  socket.say("closing", { reason: "expired", reconnect: false });
  socket.drop("io server disconnect");
  room.close();
  session.value = null;
  socket = comeIn();
  room = await openLobby(socket, 3);
  await settle();
  expect([room.draft.value, room.unsent.value.map(({ text }) => text)]).toEqual(["half a tho", ["on the train"]]);
  expect(socket.sentOf("room:post").at(-1)).toMatchObject({ id: first!.id });
});

test("a message is pending until its entry is here", async () => {
  socket.answer("room:post", () => ({ seq: 4, at: 4, hash: "0x4" }));
  const said = room.say("hello");
  expect(room.unsent.value).toHaveLength(1);
  await said;
  expect(room.unsent.value).toHaveLength(1);
  const { id } = room.unsent.value[0]!;
  socket.say("entry", entry(4, { id, author: ALICE, body: { text: "hello" } }));
  expect(room.unsent.value).toEqual([]);
});

test("an edit that waits for the connection shows as pending", async () => {
  void room.edit(2, "another text");
  await settle();
  expect(room.unsent.value).toMatchObject([{ of: 2, text: "another text" }]);
});

test("a refused message stays until it is tried again or given up", async () => {
  socket.refuse("room:post", { code: "forbidden", message: "You are muted." });
  await room.say("but");
  expect(room.unsent.value).toMatchObject([{ text: "but", problem: "You are muted." }]);
  room.giveUp(room.unsent.value[0]!.id);
  expect(room.unsent.value).toEqual([]);
});

test("older pages and a long stream after them leave no hole", async () => {
  room.close();
  const late = Array.from({ length: 100 }, (_, i) => entry(201 + i));
  room = await openLobbyAt(300, late);
  socket.answer("room:history", () => ({ entries: Array.from({ length: 100 }, (_, i) => entry(101 + i)), more: true }));
  await room.loadOlder();
  for (let seq = 301; seq <= 2_500; seq++) socket.say("entry", entry(seq));
  const seqs = room.entries.value.map(({ seq }) => seq);
  expect(seqs.at(-1)).toBe(2_500);
  expect(seqs.every((seq, i) => i === 0 || seq === seqs[i - 1]! + 1)).toBe(true);
  expect(room.hasMore.value).toBe(true);
});

test("a closed room hears nothing more", () => {
  room.close();
  socket.say("entry", entry(4));
  expect(room.entries.value).toHaveLength(3);
});

async function openLobbyAt(head: number, entries: ReturnType<typeof entry>[]): Promise<OpenRoom> {
  const opened = openLobby(socket, 0);
  const { joinReply } = await import("../../../../packages/client/tests/fake-socket.js");
  socket.answer("room:join", () => joinReply(head, { entries }));
  return opened;
}
