import { afterEach, expect, test } from "vitest";
import * as Y from "yjs";
import { shared } from "../../src/document.js";
import { joinReply } from "../fake-socket.js";
import { openClient, settle, type Harness } from "../harness.js";

let harness: Harness;
afterEach(() => harness.close());

test("shared maps of a room are one document, kept in step until the room is released", async () => {
  harness = await openClient();
  const doc = new Y.Doc();
  doc.getMap("board").set("title", "plan");
  const bare = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer as ArrayBuffer;
  harness.socket.answer("room:join", () => ({
    ...joinReply(2, { entries: [] }),
    state: { update: bare(Y.encodeStateAsUpdate(doc)), vector: bare(Y.encodeStateVector(doc)) },
    write: true,
  }));
  harness.socket.answer("room:post", () => ({ seq: 3, at: 0, hash: "0x" }));
  harness.socket.accept();
  const room = harness.client.openRoom({ room: "lobby" });
  const board = shared<{ title: string; size: number }>(room, "board");
  await room.ready;
  await settle();
  expect(board.get()).toEqual({ title: "plan" });
  shared<{ size: number }>(room, "board").set("size", 3);
  expect(board.get()).toEqual({ title: "plan", size: 3 });
  room.release();
  await settle();
  board.set("title", "nobody hears this");
  expect(harness.socket.sentOf("room:join")).toHaveLength(1);
});
