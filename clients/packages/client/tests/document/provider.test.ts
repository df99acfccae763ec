import { afterEach, describe, expect, test, vi } from "vitest";
import { Awareness, encodeAwarenessUpdate } from "y-protocols/awareness";
import * as Y from "yjs";
import { DocumentProvider, RESTORED, type DocumentOptions } from "../../src/document.js";
import type { Room } from "../../src/index.js";
import { ALICE, entry, joinReply } from "../fake-socket.js";
import { openClient, settle, type Harness } from "../harness.js";

let harness: Harness;
afterEach(() => harness.close());

/** What the server has: it takes every update, unless it is told otherwise. */
class Server {
  readonly doc = new Y.Doc();
  write = true;

  joined = ({ vector }: { vector?: Uint8Array }): object => ({
    ...joinReply(2, { entries: [] }),
    room: { ...(joinReply(2, {}) as { room: object }).room, id: "lobby", kind: "document" },
    state: { update: bare(Y.encodeStateAsUpdate(this.doc, vector)), vector: bare(Y.encodeStateVector(this.doc)) },
    write: this.write,
  });

  posted = ({ body }: { body: Uint8Array }): object => {
    Y.applyUpdate(this.doc, body);
    return { seq: 3, at: 0, hash: "0x" };
  };

  get text(): string {
    return this.doc.getText("t").toString();
  }
}

/** As browsers get attachments. */
const bare = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer as ArrayBuffer;

async function open(
  server: Server,
  options: DocumentOptions = {},
): Promise<{ room: Room; provider: DocumentProvider; text: Y.Text }> {
  harness = await openClient();
  const { socket, client } = harness;
  socket.answer("room:join", server.joined);
  socket.answer("room:post", server.posted);
  socket.answer("room:signal", () => ({}));
  socket.accept();
  const room = client.openRoom({ room: "lobby" });
  const provider = new DocumentProvider(room, options);
  await room.ready;
  return { room, provider, text: provider.doc.getText("t") };
}

describe("a provider", () => {
  test("shows what the server has, and gathers edits into one post", async () => {
    const server = new Server();
    server.doc.getText("t").insert(0, "gm");
    const { provider, text } = await open(server);
    expect([provider.synced, provider.write, text.toString()]).toEqual([true, true, "gm"]);
    for (const letter of " all") text.insert(text.length, letter);
    expect([provider.saved, harness.socket.sentOf("room:post")]).toEqual([false, []]);
    await vi.advanceTimersByTimeAsync(40);
    expect(harness.socket.sentOf("room:post")).toHaveLength(1);
    expect([provider.saved, server.text]).toEqual([true, "gm all"]);
  });

  test("applies what others wrote, as bytes and as b64", async () => {
    const server = new Server();
    const { text } = await open(server);
    const other = new Y.Doc();
    other.getText("t").insert(0, "a");
    harness.socket.say("entry", {
      ...entry(3),
      room: "lobby",
      type: "doc.update",
      body: bare(Y.encodeStateAsUpdate(other)),
    });
    other.getText("t").insert(1, "b");
    const b64 = btoa(String.fromCharCode(...Y.encodeStateAsUpdate(other)));
    harness.socket.say("entry", { ...entry(4), room: "lobby", type: "doc.update", body: { b64 } });
    expect(text.toString()).toBe("ab");
    expect(harness.socket.sentOf("room:post")).toEqual([]);
  });

  test("joins again with its vector after a cut, and posts what it wrote meanwhile", async () => {
    const server = new Server();
    const { provider, text } = await open(server);
    text.insert(0, "before");
    await provider.flush();
    const seen: boolean[] = [];
    provider.on("synced", (synced) => seen.push(synced));
    harness.socket.drop();
    text.insert(6, " and after");
    server.doc.getText("t").insert(0, "theirs ");
    await vi.advanceTimersByTimeAsync(2_000);
    harness.socket.accept();
    await settle();
    await provider.flush();
    const { vector } = harness.socket.sentOf("room:join").at(-1)!;
    expect(Y.decodeStateVector(vector as Uint8Array).size).toBe(1);
    expect([seen, server.text, text.toString()]).toEqual([[false, true], "theirs before and after", server.text]);
  });

  test("applies a large document in steps, and what was written meanwhile after it", async () => {
    const server = new Server();
    for (let page = 0; page < 8; page += 1) {
      const writer = new Y.Doc();
      Y.applyUpdate(writer, Y.encodeStateAsUpdate(server.doc));
      writer.getText("t").insert(page * 200_000, `${page}`.repeat(200_000));
      Y.applyUpdate(server.doc, Y.encodeStateAsUpdate(writer));
    }
    const { provider, text } = await open(server, { inSteps: true });
    const whole = server.text;
    expect(text.length).toBeLessThan(whole.length);
    const other = new Y.Doc();
    Y.applyUpdate(other, Y.encodeStateAsUpdate(server.doc));
    const vector = Y.encodeStateVector(other);
    other.getText("t").insert(other.getText("t").length, " theirs");
    const body = bare(Y.encodeStateAsUpdate(other, vector));
    harness.socket.say("entry", { ...entry(3), room: "lobby", type: "doc.update", body });
    provider.doc.getMap("m").set("mine", 1);
    expect([provider.synced, provider.saved]).toEqual([false, false]);
    await vi.waitFor(() => expect(provider.synced).toBe(true), 20_000);
    await provider.flush();
    expect(text.toString() === `${whole} theirs`).toBe(true);
    expect([provider.saved, server.doc.getMap("m").toJSON()]).toEqual([true, { mine: 1 }]);
  });

  test("fills the hole that a refused post leaves, once", async () => {
    const server = new Server();
    const { provider, text } = await open(server);
    harness.socket.refuse("room:post", { code: "too_large", reason: "document" });
    const refused: unknown[] = [];
    provider.on("refused", (error) => refused.push(error.reason));
    text.insert(0, "one");
    await provider.flush();
    expect([refused, provider.saved]).toEqual([["document"], false]);
    const b64 = btoa(String.fromCharCode(...Y.encodeStateVector(server.doc)));
    harness.socket.refuse("room:post", { code: "illegal", reason: "gap", details: { vector: { b64 } } });
    const gaps = vi.fn(() => harness.socket.answer("room:post", server.posted));
    provider.on("gap", gaps);
    text.insert(3, " two");
    await provider.flush();
    await settle();
    expect([gaps.mock.calls.length, server.text, provider.saved]).toEqual([1, "one two", true]);
  });

  test("is read-only where the join or a refusal says so", async () => {
    const server = new Server();
    server.write = false;
    const { provider, text } = await open(server);
    expect([provider.write, provider.saved]).toEqual([false, true]);
    server.write = true;
    await harness.comeBack();
    expect(provider.write).toBe(true);
    harness.socket.refuse("room:post", { code: "forbidden", reason: "muted" });
    text.insert(0, "x");
    await provider.flush();
    expect(provider.write).toBe(false);
  });

  test("sends its cursor gathered, shows those of others, and forgets them when it is cut off", async () => {
    const server = new Server();
    const { provider } = await open(server);
    provider.awareness.setLocalStateField("user", { name: "ann" });
    provider.awareness.setLocalStateField("cursor", 3);
    await vi.advanceTimersByTimeAsync(40);
    expect(harness.socket.sentOf("room:signal").at(-1)).toMatchObject({ type: "doc.awareness" });
    const other = new Awareness(new Y.Doc());
    other.setLocalState({ user: { name: "bea" } });
    const body = bare(encodeAwarenessUpdate(other, [other.clientID]));
    harness.socket.say("signal", { room: "lobby", from: null, type: "doc.awareness", body });
    expect(provider.awareness.getStates().get(other.clientID)).toEqual({ user: { name: "bea" } });
    harness.socket.drop();
    expect([...provider.awareness.getStates().keys()]).toEqual([provider.doc.clientID]);
    await harness.comeBack();
    harness.socket.say("signal", { room: "lobby", from: null, type: "doc.awareness", body });
    expect(provider.awareness.getStates().get(other.clientID)).toEqual({ user: { name: "bea" } });
    other.destroy();
  });

  test("keeps, lists, reads and restores versions", async () => {
    const { provider } = await open(new Server());
    const old = new Y.Doc();
    old.getText("t").insert(0, "old");
    harness.socket.answer("doc:version", () => ({ seq: 5 }));
    harness.socket.answer("doc:versions", () => ({ versions: [{ seq: 5, title: "v", by: "", at: 1 }], cursor: null }));
    harness.socket.answer("doc:read", () => ({ seq: 5, update: bare(Y.encodeStateAsUpdate(old)) }));
    harness.socket.answer("doc:restore", () => ({ seq: 6 }));
    expect(await provider.keepVersion("v")).toBe(5);
    expect((await provider.versions()).versions.map(({ seq }) => seq)).toEqual([5]);
    expect((await provider.read(5)).getText("t").toString()).toBe("old");
    expect(await provider.restore(5)).toBe(6);
    expect(harness.socket.sentOf("doc:version")[0]).toMatchObject({ room: "lobby", title: "v" });
    expect(harness.socket.sentOf("doc:restore")[0]).toMatchObject({ room: "lobby", version: 5 });
  });

  test("lets an undo manager take back a restore of this page, and nobody else's", async () => {
    const { provider, text } = await open(new Server());
    const undo = new Y.UndoManager(text, { trackedOrigins: new Set([RESTORED]), captureTimeout: 0 });
    const hear = (seq: number, author: string, change: (then: Y.Doc) => void): void => {
      const then = new Y.Doc();
      Y.applyUpdate(then, Y.encodeStateAsUpdate(provider.doc));
      change(then);
      const body = bare(Y.encodeStateAsUpdate(then, Y.encodeStateVector(provider.doc)));
      harness.socket.say("entry", { ...entry(seq), room: "lobby", type: "doc.update", author, body });
    };
    hear(3, "", (then) => then.getText("t").insert(0, "restored by bea"));
    harness.socket.answer("doc:restore", () => {
      hear(4, "", (then) => then.getText("t").delete(0, 9));
      return { seq: 4 };
    });
    await provider.restore(2);
    hear(5, ALICE, (then) => then.getText("t").insert(6, ", and more"));
    expect([text.toString(), provider.saved]).toEqual(["by bea, and more", true]);
    undo.undo();
    expect([text.toString(), undo.canUndo()]).toEqual(["restored by bea, and more", false]);
  });

  test("joins once more with its vector where the room was joined before", async () => {
    const server = new Server();
    const { room, provider } = await open(server);
    provider.destroy();
    server.doc.getText("t").insert(0, "late");
    const again = new DocumentProvider(room);
    await settle();
    expect([again.synced, again.doc.getText("t").toString()]).toEqual([true, "late"]);
    expect(harness.socket.sentOf("room:join")).toHaveLength(2);
  });
});
