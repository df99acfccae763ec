import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { connect, ParlourError, type Client, type Room } from "../src/index.js";
import { pause } from "../src/connection/retry.js";
import { ALICE, BOB, entry, FakeSocket, hashOf, joinReply } from "./fake-socket.js";

let socket: FakeSocket;
let client: Client;
let errors: unknown[];

beforeEach(async () => {
  vi.useFakeTimers();
  socket = new FakeSocket();
  client = connect({ createSocket: () => socket, onError: (error) => errors.push(error) });
  errors = [];
  client.ready().catch(() => undefined);
  await settle();
});

afterEach(() => {
  client.close();
  vi.useRealTimers();
});

async function joinLobby(head = 2, fields = {}): Promise<Room<{ turn: number }>> {
  socket.answer("room:join", () => joinReply(head, { entries: [entry(1), entry(2)].slice(0, head), ...fields }));
  if (client.status.get() !== "online") socket.accept();
  return client.joinRoom<{ turn: number }>({ room: "lobby" });
}

async function comeBack(): Promise<void> {
  socket.drop();
  await vi.advanceTimersByTimeAsync(1_000);
  socket.accept();
  await settle();
}

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

describe("a connection", () => {
  test("is ready once the server has said welcome", async () => {
    const ready = client.ready();
    expect(client.status.get()).toBe("connecting");
    socket.accept();
    expect((await ready).account).toBe(ALICE);
    expect(client.status.get()).toBe("online");
  });

  test("comes back after a lost transport", async () => {
    socket.accept();
    socket.drop();
    expect(client.status.get()).toBe("offline");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(socket.connects).toBe(2);
  });

  test("waits as long as the server asked for", async () => {
    socket.accept();
    socket.say("closing", { reason: "draining", reconnect: true, retryAfter: 8_000 });
    socket.drop();
    await vi.advanceTimersByTimeAsync(7_999);
    expect(socket.connects).toBe(1);
    await vi.advanceTimersByTimeAsync(4_002);
    expect(socket.connects).toBe(2);
  });

  test.each(["io server disconnect", "transport close"])("stays away once the server has said so (%s)", async (end) => {
    socket.accept();
    const statuses: (string | undefined)[] = [];
    client.onStatus(({ reason }) => statuses.push(reason));
    socket.say("closing", { reason: "signed_out", reconnect: false });
    socket.drop(end);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([client.status.get(), socket.connects, statuses]).toEqual(["closed", 1, ["signed_out"]]);
  });

  test("does not retry a refused token", async () => {
    const ready = expect(client.ready()).rejects.toMatchObject({ code: "unauthorized", retryable: false });
    socket.say("connect_error", Object.assign(new Error("who?"), { data: { code: "unauthorized", message: "who?" } }));
    await ready;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(socket.connects).toBe(1);
  });

  test("retries a server that cannot be reached, ever more slowly", async () => {
    for (let attempt = 0; attempt < 4; attempt++) {
      socket.say("connect_error", new Error("xhr poll error"));
      await vi.advanceTimersByTimeAsync(15_000);
    }
    expect(socket.connects).toBe(5);
  });

  test("spreads reconnects by chance, within bounds", () => {
    for (let i = 0; i < 200; i++) {
      expect(pause(0)).toBeLessThanOrEqual(500);
      expect(pause(30)).toBeLessThanOrEqual(15_000);
      expect(pause(0, 2_000)).toBeGreaterThanOrEqual(2_000);
      expect(pause(9, 2_000)).toBeLessThanOrEqual(3_000);
    }
    expect(new Set(Array.from({ length: 20 }, () => pause(3))).size).toBeGreaterThan(10);
  });

  test("turns a refusal into a typed error", async () => {
    socket.accept();
    socket.refuse("room:create", { code: "rate_limited", retryable: true, retryAfter: 40_000, message: "slow down" });
    const refused = client.createRoom({ kind: "chat" });
    await expect(refused).rejects.toBeInstanceOf(ParlourError);
    await expect(refused).rejects.toMatchObject({
      code: "rate_limited",
      retryable: true,
      retryAfter: 40_000,
      message: "slow down",
    });
  });

  test("ends a request that is never answered", async () => {
    socket.accept();
    const lost = expect(client.listRooms()).rejects.toMatchObject({
      code: "unavailable",
      reason: "timeout",
      retryable: true,
    });
    await vi.advanceTimersByTimeAsync(10_000);
    await lost;
  });

  test("lets one listener fail without the others, and tells the error hook", async () => {
    const seen: string[] = [];
    const mine = new Error("mine");
    const off = client.onStatus(() => {
      throw mine;
    });
    client.onStatus(({ status }) => seen.push(status));
    socket.accept();
    off();
    expect([errors, seen]).toEqual([[mine], ["online"]]);
  });
});

describe("a room", () => {
  test("starts with its latest entries", async () => {
    const room = await joinLobby();
    expect(room.entries.get().map(({ seq }) => seq)).toEqual([1, 2]);
    expect([room.head, room.role, room.presence.get().members]).toEqual([2, "member", [ALICE]]);
  });

  test("tells new entries once and drops what it already has", async () => {
    const room = await joinLobby();
    const heard: number[] = [];
    const off = room.onEntry(({ seq }) => heard.push(seq));
    for (const seq of [2, 3, 3, 4]) socket.say("entry", entry(seq));
    off();
    socket.say("entry", entry(5));
    expect(heard).toEqual([3, 4]);
    expect(room.entries.get().map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  });

  test("asks for what it missed with epoch, seq and hash", async () => {
    const room = await joinLobby();
    socket.say("entry", entry(3));
    socket.answer("room:join", () => joinReply(5, { recovered: true, entries: [entry(4), entry(5)] }));
    const heard: number[] = [];
    room.onEntry(({ seq }) => heard.push(seq));
    await comeBack();
    expect(socket.sentOf("room:join").at(-1)).toEqual({
      room: "lobby",
      since: { epoch: "e1", seq: 3, hash: hashOf(3) },
    });
    expect(heard).toEqual([4, 5]);
    expect(room.entries.get().map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  });

  test("starts afresh when it could not be recovered", async () => {
    const room = await joinLobby();
    const resets: number[] = [];
    room.onReset(({ head }) => resets.push(head));
    socket.answer("room:join", () => joinReply(1, { epoch: "e2", entries: [entry(1)] }));
    await comeBack();
    expect([resets, room.entries.get().length, room.head]).toEqual([[1], 1, 1]);
    socket.say("entry", entry(2));
    expect(room.head).toBe(2);
  });

  test("joins again when an entry is missing", async () => {
    const room = await joinLobby();
    socket.answer("room:join", () => joinReply(4, { recovered: true, entries: [entry(3), entry(4)] }));
    socket.say("entry", entry(4));
    await settle();
    expect(room.entries.get().map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  test("patches its state and shares what did not change", async () => {
    const state = { turn: 0, cells: [null, null] };
    const room = await joinLobby(2, { state });
    socket.say("state", { room: "lobby", seq: 3, base: 2, patch: [{ op: "replace", path: "/turn", value: 1 }] });
    expect(room.state).toEqual({ turn: 1, cells: [null, null] });
    expect(Reflect.get(room.state!, "cells")).toBe(state.cells);
    expect(state.turn).toBe(0);
  });

  test("joins again when a patch is for another base", async () => {
    const room = await joinLobby(2, { state: { turn: 0 } });
    socket.answer("room:join", () => joinReply(5, { recovered: true, state: { turn: 7 } }));
    socket.say("state", { room: "lobby", seq: 5, base: 4, patch: [{ op: "replace", path: "/turn", value: 1 }] });
    await settle();
    expect(room.state).toEqual({ turn: 7 });
  });

  test("joins again when a patch does not fit", async () => {
    const room = await joinLobby(2, { state: { turn: 0 } });
    socket.answer("room:join", () => joinReply(3, { recovered: true, state: { turn: 1 } }));
    socket.say("state", { room: "lobby", seq: 3, base: 2, patch: [{ op: "remove", path: "/gone" }] });
    await settle();
    expect(room.state).toEqual({ turn: 1 });
  });

  test("takes a whole state whatever its base", async () => {
    const room = await joinLobby(2, { state: { turn: 0 } });
    socket.say("state", { room: "lobby", seq: 9, state: { turn: 4 } });
    expect([room.state, room.head]).toEqual([{ turn: 4 }, 9]);
  });

  test("recovers from the last entry whose hash it knows when ticks moved it on", async () => {
    await joinLobby(2, { state: { turn: 0 } });
    socket.say("state", { room: "lobby", seq: 9, state: { turn: 4 } });
    await comeBack();
    expect(socket.sentOf("room:join").at(-1)?.since).toEqual({ epoch: "e1", seq: 2, hash: hashOf(2) });
  });

  test("follows who is here, and asks after a gap", async () => {
    const room = await joinLobby();
    socket.say("presence", { room: "lobby", v: 2, joined: [BOB], left: [], count: 2 });
    expect(room.presence.get()).toEqual({ v: 2, members: [ALICE, BOB], count: 2 });
    socket.answer("room:presence", () => ({ v: 5, members: [BOB], count: 1 }));
    socket.say("presence", { room: "lobby", v: 5, joined: [], left: [ALICE], count: 1 });
    await settle();
    expect(room.presence.get()).toEqual({ v: 5, members: [BOB], count: 1 });
  });

  test("knows only a count above the presence size", async () => {
    const room = await joinLobby(2, { presence: { v: 3, count: 900 } });
    socket.say("presence", { room: "lobby", count: 901 });
    expect(room.presence.get()).toEqual({ v: 3, count: 901 });
  });

  test("ends when this account loses its right, and stays ended", async () => {
    const room = await joinLobby();
    const ends: (string | null)[] = [];
    room.onEnd(({ reason }) => ends.push(reason));
    socket.say("room:removed", { room: "lobby", reason: "ban" });
    await comeBack();
    expect([ends, socket.sentOf("room:join").length]).toEqual([["ban"], 1]);
  });

  test("ends when the way back is refused", async () => {
    const room = await joinLobby();
    const ends: (string | null)[] = [];
    room.onEnd(({ reason }) => ends.push(reason));
    socket.refuse("room:join", { code: "forbidden", reason: "banned" });
    await comeBack();
    expect(ends).toEqual(["forbidden"]);
  });

  test("tries again when the way back is only blocked for now", async () => {
    const room = await joinLobby();
    socket.refuse("room:join", { code: "unavailable", retryable: true, retryAfter: 300 });
    await comeBack();
    socket.answer("room:join", () => joinReply(3, { recovered: true, entries: [entry(3)] }));
    await vi.advanceTimersByTimeAsync(300);
    expect(room.head).toBe(3);
  });

  test("finds its way in although the connection is lost while joining", async () => {
    socket.accept();
    const joining = client.joinRoom({ room: "lobby" });
    await settle();
    socket.answer("room:join", () => joinReply(0));
    await comeBack();
    expect((await joining).head).toBe(0);
  });

  test("is given up when the server never answers the join, and asked for again when it was in", async () => {
    socket.accept();
    const unanswered = expect(client.joinRoom({ room: "lobby" })).rejects.toMatchObject({ reason: "timeout" });
    await vi.advanceTimersByTimeAsync(10_000);
    await unanswered;
    const room = await joinLobby();
    socket.handlers.delete("room:join");
    await comeBack();
    socket.answer("room:join", () => joinReply(3, { recovered: true, entries: [entry(3)] }));
    await vi.advanceTimersByTimeAsync(11_000);
    expect(room.head).toBe(3);
  });

  test("can be joined again as a player, on every handle of it", async () => {
    const room = await joinLobby();
    socket.answer("room:join", () => joinReply(3, { recovered: true, entries: [entry(3)], seat: 0 }));
    const player = await client.joinRoom({ room: "lobby", as: "player" });
    expect([room.seat, room.head, player.seat, player.head]).toEqual([0, 3, 0, 3]);
    await comeBack();
    expect(socket.sentOf("room:join").at(-1)).toMatchObject({ as: "player" });
  });

  test("refuses what the server refuses, and can be asked for again", async () => {
    socket.accept();
    socket.refuse("room:join", { code: "not_found" });
    await expect(client.joinRoom({ room: "lobby" })).rejects.toMatchObject({ code: "not_found" });
    expect((await joinLobby()).head).toBe(2);
  });
});

describe("a post", () => {
  const receipt = (payload: { id: string }): object => ({ seq: 3, at: 3, hash: hashOf(3), id: payload.id });

  test("resolves once the server has stored it", async () => {
    const room = await joinLobby();
    socket.answer("room:post", receipt);
    await expect(room.act("place", { cell: 4 })).resolves.toMatchObject({ seq: 3 });
    expect(socket.sentOf("room:post")[0]).toMatchObject({
      type: "game.action",
      body: { action: "place", args: { cell: 4 } },
    });
  });

  test("is sent again with the same id after a lost connection, after the room was joined again", async () => {
    const room = await joinLobby();
    const posts = ["one", "two"].map((text) => room.post({ type: "chat.message", body: { text } }));
    socket.answer("room:post", receipt);
    await comeBack();
    await Promise.all(posts);
    const ids = socket.sentOf("room:post").map(({ id }) => id);
    expect(ids.slice(2)).toEqual(ids.slice(0, 2));
    expect(new Set(ids).size).toBe(2);
    expect(socket.sent.slice(-3).map(({ event }) => event)).toEqual(["room:join", "room:post", "room:post"]);
    expect(client.unsent).toBe(0);
  });

  test("made while offline is sent later, in order", async () => {
    const room = await joinLobby();
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
    const room = await joinLobby();
    const post = room.post({ type: "chat.message", body: { text: "hm" }, id: "mine" });
    await vi.advanceTimersByTimeAsync(9_000);
    socket.answer("room:post", receipt);
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(post).resolves.toMatchObject({ seq: 3 });
    expect(socket.sentOf("room:post").map(({ id }) => id)).toEqual(["mine", "mine"]);
  });

  test("is refused once and not sent again", async () => {
    const room = await joinLobby();
    socket.refuse("room:post", { code: "illegal", reason: "cell_taken" });
    await expect(room.act("place", { cell: 0 })).rejects.toMatchObject({ code: "illegal", reason: "cell_taken" });
    await comeBack();
    expect(socket.sentOf("room:post")).toHaveLength(1);
  });

  test("fails when the connection is closed for good", async () => {
    const room = await joinLobby();
    const post = expect(room.post({ type: "chat.message", body: { text: "?" } })).rejects.toMatchObject({
      code: "unauthorized",
    });
    socket.say("closing", { reason: "revoked", reconnect: false });
    socket.drop("io server disconnect");
    await post;
    await expect(room.post({ type: "chat.message", body: {} })).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("a signal is refused while offline", async () => {
    const room = await joinLobby();
    socket.drop();
    await expect(room.signal({ type: "typing" })).rejects.toMatchObject({ code: "unavailable" });
    expect(socket.sentOf("room:signal")).toEqual([]);
  });
});
