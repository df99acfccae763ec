import { afterEach, beforeEach, expect, test } from "vitest";
import type { Room } from "../../src/index.js";
import { ALICE, BOB, entry, type FakeSocket } from "../fake-socket.js";
import { openClient, settle, type Harness } from "../harness.js";

let open: Harness;
let socket: FakeSocket;
let room: Room;

beforeEach(async () => {
  open = await openClient();
  ({ socket } = open);
  room = (await open.joinLobby()) as Room;
});
afterEach(() => open.close());

const body = { text: "let me in" };
const waits = (seq: number): void => {
  socket.say("entry", entry(seq, { body: null, redacted: "held" }));
  socket.say("entry", entry(seq + 1, { type: "chat.held", author: "", body: { of: seq, author: BOB, why: "all" } }));
};

test("a message that was released is fetched with its edits, and folded", async () => {
  waits(3);
  expect(room.messages.get().at(-1)).toMatchObject({ seq: 3, text: "", held: true, deleted: false });
  const edit = { type: "chat.edit", body: { of: 3, text: "let me in, please" } };
  socket.say("entry", entry(5, { ...edit, body: null, redacted: "held" }));
  socket.answer("room:history", () => ({ entries: [entry(3, { body }), entry(5, edit)], more: false }));
  socket.say("entry", entry(6, { type: "chat.released", author: "", body: { of: 3, by: ALICE } }));
  await settle();
  expect(socket.sentOf("room:history")).toEqual([{ room: "lobby", view: "edits", of: 3 }]);
  expect(room.messages.get().at(-1)).toMatchObject({ text: "let me in, please", held: false, edited: true });
});

test("a release of a message that is here with its text asks for nothing", async () => {
  socket.say("entry", entry(3, { author: ALICE, body }));
  socket.say("entry", entry(4, { type: "chat.held", author: "", body: { of: 3, author: ALICE, why: "all" } }));
  expect(room.messages.get().at(-1)).toMatchObject({ text: "let me in", held: true });
  socket.say("entry", entry(5, { type: "chat.released", author: "", body: { of: 3, by: BOB } }));
  await settle();
  expect(socket.sentOf("room:history")).toEqual([]);
  expect(room.messages.get().at(-1)).toMatchObject({ text: "let me in", held: false });
});
