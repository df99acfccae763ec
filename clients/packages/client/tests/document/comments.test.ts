import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { Comments, type Comment } from "../../src/document.js";
import type { Room } from "../../src/index.js";
import { ALICE, BOB, entry, joinReply } from "../fake-socket.js";
import { openClient, settle, type Harness } from "../harness.js";

let harness: Harness;
let room: Room;
let doc: Y.Doc;
beforeEach(async () => {
  harness = await openClient();
  harness.socket.answer("room:join", () => joinReply(10, { entries: [] }));
  harness.socket.answer("room:post", () => ({ seq: 11, at: 0, hash: "0x" }));
  harness.socket.accept();
  room = await harness.client.openRoom({ room: "lobby" }).ready;
  doc = new Y.Doc();
  doc.getText("t").insert(0, "The plan is vague.");
});
afterEach(() => harness.close());

/** The anchor of "plan", as `add` writes it. */
async function anchorOfPlan(comments: Comments): Promise<Comment["anchor"]> {
  await comments.add("t", { from: 4, to: 8 }, "Which?");
  const [posted] = harness.socket.sentOf("room:post") as [{ body: { anchor: Comment["anchor"] } }];
  return posted.body.anchor;
}

const said = (seq: number, body: object, more: object = {}): object => ({
  ...entry(seq),
  room: "lobby",
  type: "chat.message",
  author: ALICE,
  body,
  ...more,
});
const hear = (seq: number, type: string, body: object): void =>
  harness.socket.say("entry", { ...entry(seq), room: "lobby", type, author: BOB, body });

describe("comments", () => {
  test("stay where their text is, whatever happens around it", async () => {
    const comments = new Comments(room, doc);
    const anchor = await anchorOfPlan(comments);
    hear(11, "chat.message", { text: "Which?", anchor });
    const [comment] = comments.get();
    expect(comments.placeOf(comment!)).toEqual({ from: 4, to: 8 });
    doc.getText("t").insert(0, "Yes: ");
    doc.getText("t").insert(13, "s");
    expect(comments.placeOf(comment!)).toEqual({ from: 9, to: 13 });
    doc.getText("t").delete(0, 15);
    expect(comments.placeOf(comment!)).toBeNull();
  });

  test("are folded from what was there and what comes", async () => {
    const comments = new Comments(room, doc);
    const anchor = await anchorOfPlan(comments);
    harness.socket.answer("room:history", ({ before }: { before?: number }) => ({
      ok: true,
      entries: before
        ? [said(2, { text: "first", anchor }, { reactions: {}, resolved: { seq: 5, at: 0, by: BOB } })]
        : [
            said(3, { text: "an answer", thread: 2 }, { reactions: {} }),
            said(4, { text: "old", anchor }, { reactions: {}, edited: { seq: 6, at: 0, text: "new" } }),
            said(7, { text: "no comment" }, { reactions: {} }),
          ],
      more: !before,
    }));
    const heard: (readonly Comment[])[] = [];
    comments.subscribe((threads) => heard.push(threads));
    const loading = comments.load();
    hear(11, "chat.resolve", { of: 4, on: true });
    await loading;
    expect(comments.get().map(({ seq, text, resolved }) => [seq, text, resolved])).toEqual([
      [2, "first", true],
      [4, "new", true],
    ]);
    hear(12, "chat.edit", { of: 3, text: "a better answer" });
    hear(13, "chat.delete", { of: 4 });
    hear(14, "chat.message", { text: "another", thread: 2 });
    hear(15, "chat.message", { text: "no comment either" });
    expect(comments.get()[0]!.replies.map(({ text }) => text)).toEqual(["a better answer", "another"]);
    expect(comments.get()[1]).toMatchObject({ text: "", deleted: true });
    expect(heard).toHaveLength(4);
  });

  test("are heard after they could not be read", async () => {
    const comments = new Comments(room, doc);
    const anchor = await anchorOfPlan(comments);
    harness.socket.refuse("room:history", { code: "forbidden" });
    const loading = comments.load();
    hear(11, "chat.message", { text: "meanwhile", anchor });
    await expect(loading).rejects.toMatchObject({ code: "forbidden" });
    hear(12, "chat.message", { text: "later", anchor });
    expect(comments.get().map(({ text }) => text)).toEqual(["meanwhile", "later"]);
  });

  test("say what they ask", async () => {
    const comments = new Comments(room, doc);
    await comments.answer(4, "Monday's.");
    await comments.resolve(4);
    await settle();
    const posts = harness.socket.sentOf("room:post") as { type: string; body: object }[];
    expect(posts.map(({ type, body }) => [type, body])).toEqual([
      ["chat.message", { text: "Monday's.", thread: 4 }],
      ["chat.resolve", { of: 4, on: true }],
    ]);
  });

  test("whose anchor leads nowhere have no place", () => {
    const comments = new Comments(room, doc);
    const anchors = [
      { root: "t", from: "0x", to: "0xff" },
      { root: "none", from: "0x0001", to: "0x0002" },
      { root: "t", from: "0x01007400", to: "0x01007400" },
    ];
    anchors.forEach((anchor, at) => hear(11 + at, "chat.message", { text: "?", anchor }));
    expect(comments.get().map((comment) => comments.placeOf(comment))).toEqual([null, null, null]);
  });
});
