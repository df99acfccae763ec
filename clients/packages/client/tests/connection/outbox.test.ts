import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Client } from "../../src/index.js";
import { hashOf, type FakeSocket } from "../fake-socket.js";
import { openClient, settle, type Harness } from "../harness.js";

let open: Harness;
let socket: FakeSocket;
let client: Client;

beforeEach(async () => {
  open = await openClient();
  ({ socket, client } = open);
});

afterEach(() => open.close());

describe("a post", () => {
  const receipt = (payload: { id: string }): object => ({ seq: 3, at: 3, hash: hashOf(3), id: payload.id });

  test("resolves once the server has stored it", async () => {
    const room = await open.joinLobby();
    socket.answer("room:post", receipt);
    await expect(room.act("place", { cell: 4 })).resolves.toMatchObject({ seq: 3 });
    expect(socket.sentOf("room:post")[0]).toMatchObject({
      type: "game.action",
      body: { action: "place", args: { cell: 4 } },
    });
  });

  test("is sent again with the same id after a lost connection, after the room was joined again", async () => {
    const room = await open.joinLobby();
    const posts = ["one", "two"].map((text) => room.post({ type: "chat.message", body: { text } }));
    socket.answer("room:post", receipt);
    await open.comeBack();
    await Promise.all(posts);
    const ids = socket.sentOf("room:post").map(({ id }) => id);
    expect(ids.slice(2)).toEqual(ids.slice(0, 2));
    expect(new Set(ids).size).toBe(2);
    expect(socket.sent.slice(-3).map(({ event }) => event)).toEqual(["room:join", "room:post", "room:post"]);
    expect(client.unsent).toBe(0);
  });

  test("made while offline is sent later, in order", async () => {
    const room = await open.joinLobby();
    socket.answer("room:post", receipt);
    socket.drop();
    const posts = ["one", "two", "three"].map((text) => room.post({ type: "chat.message", body: { text } }));
    expect(client.unsent).toBe(3);
    await vi.advanceTimersByTimeAsync(1_000);
    socket.accept();
    await Promise.all(posts);
    expect(socket.sentOf("room:post").map(({ body }) => (body as { text: string }).text)).toEqual([
      "one",
      "two",
      "three",
    ]);
  });

  test("is sent again when no answer comes", async () => {
    const room = await open.joinLobby();
    const post = room.post({ type: "chat.message", body: { text: "hm" }, id: "mine" });
    await vi.advanceTimersByTimeAsync(9_000);
    socket.answer("room:post", receipt);
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(post).resolves.toMatchObject({ seq: 3 });
    expect(socket.sentOf("room:post").map(({ id }) => id)).toEqual(["mine", "mine"]);
  });

  test("is refused once and not sent again", async () => {
    const room = await open.joinLobby();
    socket.refuse("room:post", { code: "illegal", reason: "cell_taken" });
    await expect(room.act("place", { cell: 0 })).rejects.toMatchObject({ code: "illegal", reason: "cell_taken" });
    await open.comeBack();
    expect(socket.sentOf("room:post")).toHaveLength(1);
  });

  test("fails when the connection is closed for good", async () => {
    const room = await open.joinLobby();
    const post = expect(room.post({ type: "chat.message", body: { text: "?" } })).rejects.toMatchObject({
      code: "unauthorized",
    });
    socket.say("closing", { reason: "revoked", reconnect: false });
    socket.drop("io server disconnect");
    await post;
    await expect(room.post({ type: "chat.message", body: {} })).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("that is refused for now is sent again by itself after the pause, before later ones of its room", async () => {
    const room = await open.joinLobby();
    socket.refuse("room:post", { code: "rate_limited", retryable: true, retryAfter: 4_000 });
    const posts = [room.post({ type: "app.x", body: {}, id: "first" })];
    await settle();
    posts.push(room.post({ type: "app.x", body: {}, id: "second" }));
    socket.answer("room:post", receipt);
    await vi.advanceTimersByTimeAsync(3_999);
    expect(socket.sentOf("room:post").map(({ id }) => id)).toEqual(["first"]);
    await vi.advanceTimersByTimeAsync(3_000);
    await Promise.all(posts);
    expect(socket.sentOf("room:post").map(({ id }) => id)).toEqual(["first", "first", "second"]);
  });

  test("that is refused for now again and again is given up after 30 seconds", async () => {
    const room = await open.joinLobby();
    socket.refuse("room:post", { code: "rate_limited", retryable: true, retryAfter: 4_000 });
    const post = expect(room.say("gm")).rejects.toMatchObject({ code: "rate_limited" });
    await vi.advanceTimersByTimeAsync(30_000);
    await post;
    expect(client.unsent).toBe(0);
  });

  test("has a timeout of its own where it names one, offline too", async () => {
    const room = await open.joinLobby();
    socket.drop();
    const late = expect(room.post({ type: "app.x", body: {}, timeout: 60_000 })).rejects.toMatchObject({
      code: "unavailable",
      reason: "timeout",
    });
    const patient = room.post({ type: "app.y", body: {} });
    await vi.advanceTimersByTimeAsync(60_000);
    await late;
    socket.answer("room:post", receipt);
    socket.accept();
    await expect(patient).resolves.toMatchObject({ seq: 3 });
  });

  test("a signal is refused while offline", async () => {
    const room = await open.joinLobby();
    socket.drop();
    await expect(room.signal({ type: "typing" })).rejects.toMatchObject({ code: "unavailable" });
    expect(socket.sentOf("room:signal")).toEqual([]);
  });
});
