import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Client } from "../../src/index.js";
import { ALICE, BOB, entry, hashOf, joinReply, type FakeSocket } from "../fake-socket.js";
import { openClient, settle, type Harness } from "../harness.js";

let open: Harness;
let socket: FakeSocket;
let client: Client;

beforeEach(async () => {
  open = await openClient();
  ({ socket, client } = open);
});

afterEach(() => open.close());

describe("a room", () => {
  test("starts with its latest entries", async () => {
    const room = await open.joinLobby();
    expect(room.entries.get().map(({ seq }) => seq)).toEqual([1, 2]);
    expect([room.head, room.role, room.presence.get().members]).toEqual([2, "member", [ALICE]]);
  });

  test("tells new entries once and drops what it already has", async () => {
    const room = await open.joinLobby();
    const heard: number[] = [];
    const off = room.onEntry(({ seq }) => heard.push(seq));
    for (const seq of [2, 3, 3, 4]) socket.say("entry", entry(seq));
    off();
    socket.say("entry", entry(5));
    expect(heard).toEqual([3, 4]);
    expect(room.entries.get().map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  });

  test("tells announcements of the server's operators, and no other entry, as such", async () => {
    const room = await open.joinLobby();
    const heard: string[] = [];
    room.onAnnouncement(({ text }) => heard.push(text));
    socket.say("entry", entry(3));
    socket.say("entry", { ...entry(4), type: "room.announced", body: { by: BOB, text: "Down at five" } });
    expect(heard).toEqual(["Down at five"]);
  });

  test("asks for what it missed with epoch, seq and hash", async () => {
    const room = await open.joinLobby();
    socket.say("entry", entry(3));
    socket.answer("room:join", () => joinReply(5, { recovered: true, entries: [entry(4), entry(5)] }));
    const heard: number[] = [];
    room.onEntry(({ seq }) => heard.push(seq));
    await open.comeBack();
    expect(socket.sentOf("room:join").at(-1)).toEqual({
      room: "lobby",
      since: { epoch: "e1", seq: 3, hash: hashOf(3) },
    });
    expect(heard).toEqual([4, 5]);
    expect(room.entries.get().map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  });

  test("starts afresh when it could not be recovered", async () => {
    const room = await open.joinLobby();
    const resets: number[] = [];
    room.onReset(({ head }) => resets.push(head));
    socket.answer("room:join", () => joinReply(1, { epoch: "e2", entries: [entry(1)] }));
    await open.comeBack();
    expect([resets, room.entries.get().length, room.head]).toEqual([[1], 1, 1]);
    socket.say("entry", entry(2));
    expect(room.head).toBe(2);
  });

  test("tells by `on` what the methods of each event tell, and nothing once it is taken off", async () => {
    const room = await open.joinLobby();
    const told: unknown[] = [];
    const offs = [
      room.on("entry", ({ seq }) => told.push(seq)),
      room.on("signal", ({ type }) => told.push(type)),
      room.on("read", ({ seq }) => told.push(`read ${seq}`)),
      room.on("reset", (same) => told.push(same === room)),
    ];
    room.on("end", ({ reason }) => told.push(reason));
    const news = (): void => {
      socket.say("entry", entry(room.head + 1));
      socket.say("signal", { room: "lobby", type: "wave", body: {} });
      socket.say("read", { room: "lobby", account: ALICE, seq: 2 });
    };
    news();
    socket.answer("room:join", () => joinReply(1, { epoch: "e2", entries: [entry(1)] }));
    await open.comeBack();
    for (const off of offs) off();
    news();
    socket.say("room:removed", { room: "lobby", reason: "ban" });
    expect(told).toEqual([3, "wave", "read 2", true, "ban"]);
  });

  test("joins again when an entry is missing", async () => {
    const room = await open.joinLobby();
    socket.answer("room:join", () => joinReply(4, { recovered: true, entries: [entry(3), entry(4)] }));
    socket.say("entry", entry(4));
    await settle();
    expect(room.entries.get().map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  test("patches its state and shares what did not change", async () => {
    const state = { turn: 0, cells: [null, null] };
    const room = await open.joinLobby(2, { state });
    socket.say("state", { room: "lobby", seq: 3, base: 2, patch: [{ op: "replace", path: "/turn", value: 1 }] });
    expect(room.state).toEqual({ turn: 1, cells: [null, null] });
    expect(Reflect.get(room.state!, "cells")).toBe(state.cells);
    expect(state.turn).toBe(0);
  });

  test("joins again when a patch is for another base", async () => {
    const room = await open.joinLobby(2, { state: { turn: 0 } });
    socket.answer("room:join", () => joinReply(5, { recovered: true, state: { turn: 7 } }));
    socket.say("state", { room: "lobby", seq: 5, base: 4, patch: [{ op: "replace", path: "/turn", value: 1 }] });
    await settle();
    expect(room.state).toEqual({ turn: 7 });
  });

  test("joins again when a patch does not fit", async () => {
    const room = await open.joinLobby(2, { state: { turn: 0 } });
    socket.answer("room:join", () => joinReply(3, { recovered: true, state: { turn: 1 } }));
    socket.say("state", { room: "lobby", seq: 3, base: 2, patch: [{ op: "remove", path: "/gone" }] });
    await settle();
    expect(room.state).toEqual({ turn: 1 });
  });

  test("takes a whole state whatever its base", async () => {
    const room = await open.joinLobby(2, { state: { turn: 0 } });
    socket.say("state", { room: "lobby", seq: 9, state: { turn: 4 } });
    expect([room.state, room.head]).toEqual([{ turn: 4 }, 9]);
  });

  test("recovers from the last entry whose hash it knows when ticks moved it on", async () => {
    await open.joinLobby(2, { state: { turn: 0 } });
    socket.say("state", { room: "lobby", seq: 9, state: { turn: 4 } });
    await open.comeBack();
    expect(socket.sentOf("room:join").at(-1)?.since).toEqual({ epoch: "e1", seq: 2, hash: hashOf(2) });
  });

  test("follows who is here, and asks after a gap", async () => {
    const room = await open.joinLobby();
    socket.say("presence", { room: "lobby", v: 2, joined: [BOB], left: [], count: 2 });
    expect(room.presence.get()).toEqual({ v: 2, members: [ALICE, BOB], count: 2 });
    socket.answer("room:presence", () => ({ v: 5, members: [BOB], count: 1 }));
    socket.say("presence", { room: "lobby", v: 5, joined: [], left: [ALICE], count: 1 });
    await settle();
    expect(room.presence.get()).toEqual({ v: 5, members: [BOB], count: 1 });
  });

  test("knows only a count above the presence size", async () => {
    const room = await open.joinLobby(2, { presence: { v: 3, count: 900 } });
    socket.say("presence", { room: "lobby", count: 901 });
    expect(room.presence.get()).toEqual({ v: 3, count: 901 });
  });

  test("ends when this account loses its right, and stays ended", async () => {
    const room = await open.joinLobby();
    const ends: (string | null)[] = [];
    room.onEnd(({ reason }) => ends.push(reason));
    socket.say("room:removed", { room: "lobby", reason: "ban" });
    await open.comeBack();
    expect([ends, socket.sentOf("room:join").length]).toEqual([["ban"], 1]);
  });

  test("ends when the way back is refused", async () => {
    const room = await open.joinLobby();
    const ends: (string | null)[] = [];
    room.onEnd(({ reason }) => ends.push(reason));
    socket.refuse("room:join", { code: "forbidden", reason: "banned" });
    await open.comeBack();
    expect(ends).toEqual(["forbidden"]);
  });

  test("tries again when the way back is only blocked for now", async () => {
    const room = await open.joinLobby();
    socket.refuse("room:join", { code: "unavailable", retryable: true, retryAfter: 300 });
    await open.comeBack();
    socket.answer("room:join", () => joinReply(3, { recovered: true, entries: [entry(3)] }));
    await vi.advanceTimersByTimeAsync(300);
    expect(room.head).toBe(3);
  });

  test("finds its way in although the connection is lost while joining", async () => {
    socket.accept();
    const joining = client.joinRoom({ room: "lobby" });
    await settle();
    socket.answer("room:join", () => joinReply(0));
    await open.comeBack();
    expect((await joining).head).toBe(0);
  });

  test("is given up when the server never answers the join, and asked for again when it was in", async () => {
    socket.accept();
    const unanswered = expect(client.joinRoom({ room: "lobby" })).rejects.toMatchObject({ reason: "timeout" });
    await vi.advanceTimersByTimeAsync(10_000);
    await unanswered;
    const room = await open.joinLobby();
    socket.handlers.delete("room:join");
    await open.comeBack();
    socket.answer("room:join", () => joinReply(3, { recovered: true, entries: [entry(3)] }));
    await vi.advanceTimersByTimeAsync(11_000);
    expect(room.head).toBe(3);
  });

  test("can be joined again as a player, on every handle of it", async () => {
    const room = await open.joinLobby();
    socket.answer("room:join", () => joinReply(3, { recovered: true, entries: [entry(3)], seat: 0 }));
    const player = await client.joinRoom({ room: "lobby", as: "player" });
    expect([room.seat, room.head, player.seat, player.head]).toEqual([0, 3, 0, 3]);
    await open.comeBack();
    expect(socket.sentOf("room:join").at(-1)).toMatchObject({ as: "player" });
  });

  test("refuses what the server refuses, and can be asked for again", async () => {
    socket.accept();
    socket.refuse("room:join", { code: "not_found" });
    await expect(client.joinRoom({ room: "lobby" })).rejects.toMatchObject({ code: "not_found" });
    expect((await open.joinLobby()).head).toBe(2);
  });
});
