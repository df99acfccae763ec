import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Client, Room } from "../../src/index.js";
import { entry, hashOf, joinReply, type FakeSocket } from "../fake-socket.js";
import { openClient, settle, type Harness } from "../harness.js";

let open: Harness;
let socket: FakeSocket;
let client: Client;

beforeEach(async () => {
  open = await openClient();
  ({ socket, client } = open);
  socket.answer("room:join", () => joinReply(2, { entries: [entry(1), entry(2)] }));
});

afterEach(() => open.close());

async function openLobby(): Promise<Room> {
  if (!socket.connected) socket.accept();
  return client.openRoom({ room: "lobby" }).ready;
}

describe("a handle", () => {
  test("is there at once, and joins when there is a connection", async () => {
    const room = client.openRoom({ room: "lobby" });
    expect([room.status.get(), room.info.id, room.entries.get(), room.state]).toEqual([
      "connecting",
      "lobby",
      [],
      undefined,
    ]);
    socket.accept();
    expect(await room.ready).toBe(room);
    expect([room.status.get(), room.info.kind, room.entries.get().length]).toEqual(["online", "chat", 2]);
  });

  test("tells by its status what becomes of the room", async () => {
    const room = await openLobby();
    const seen: string[] = [];
    room.status.subscribe((status) => seen.push(status));
    room.onEnd(({ reason }) => seen.push(`end: ${reason}`));
    socket.answer("room:join", () => joinReply(2, { recovered: true }));
    await open.comeBack();
    socket.say("room:closed", { room: "lobby", reason: "over" });
    expect(seen).toEqual(["offline", "online", "ended", "end: over"]);
    expect(room.ended).toBe("closed");
  });

  test("hears beside another, each until it is released", async () => {
    const [first, second] = [await openLobby(), await openLobby()];
    const heard: string[] = [];
    first.onEntry(({ seq }) => heard.push(`first ${seq}`));
    first.entries.subscribe((entries) => heard.push(`first has ${entries.length}`));
    second.onEntry(({ seq }) => heard.push(`second ${seq}`));
    socket.say("entry", entry(3));
    first.release();
    first.release();
    socket.say("entry", entry(4));
    expect(heard).toEqual(["first has 3", "first 3", "second 3", "second 4"]);
    expect(socket.sentOf("room:join")).toHaveLength(1);
    expect([first.ended, second.ended]).toEqual(["released", null]);
  });

  test("keeps the seat when it is released, and the room is not joined again", async () => {
    const room = await openLobby();
    room.release();
    await open.comeBack();
    expect(socket.sentOf("room:leave")).toEqual([]);
    expect(socket.sentOf("room:join")).toHaveLength(1);
  });

  test("that is opened, released and opened again hears, as under React's StrictMode", async () => {
    socket.accept();
    const first = client.openRoom({ room: "lobby" });
    first.release();
    const second = client.openRoom({ room: "lobby" });
    await expect(first.ready).rejects.toMatchObject({ code: "closed", reason: "released" });
    await second.ready;
    socket.say("entry", entry(3));
    expect(second.entries.get().map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  test("is released at the end of a `using` block", async () => {
    const room = await openLobby();
    room[Symbol.dispose]();
    expect(room.ended).toBe("released");
  });

  test("gives the room up for all handles by leave", async () => {
    const [first, second] = [await openLobby(), await openLobby()];
    const ends: (string | null)[] = [];
    second.onEnd(({ reason }) => ends.push(reason));
    socket.answer("room:leave", () => ({}));
    await first.leave();
    expect([first.ended, second.ended, ends]).toEqual(["left", "left", ["left"]]);
    expect(socket.sentOf("room:leave")).toEqual([{ room: "lobby", id: expect.any(String) }]);
  });

  test("refuses to write once it is over, and sends nothing", async () => {
    const room = await openLobby();
    room.release();
    const closed = { code: "closed", reason: "released", retryable: false };
    await expect(room.say("gm")).rejects.toMatchObject(closed);
    await expect(room.signal({ type: "typing" })).rejects.toMatchObject(closed);
    expect(socket.sent.map(({ event }) => event)).toEqual(["room:join"]);
  });

  test("ends alone when it is refused for good", async () => {
    const watching = await openLobby();
    socket.refuse("room:join", { code: "illegal", reason: "full" });
    const playing = client.openRoom({ room: "lobby", as: "player" });
    const ends: (string | null)[] = [];
    playing.onEnd(({ reason }) => ends.push(reason));
    await expect(playing.ready).rejects.toMatchObject({ code: "illegal", reason: "full" });
    expect([playing.ended, playing.error?.reason, ends]).toEqual(["illegal", "full", ["illegal"]]);
    expect([watching.ended, watching.status.get()]).toEqual([null, "online"]);
  });

  test("asks again for as long as it is only refused for now", async () => {
    socket.refuse("room:join", { code: "rate_limited", retryable: true, retryAfter: 60_000 });
    socket.accept();
    const room = client.openRoom({ room: "lobby" });
    await vi.advanceTimersByTimeAsync(59_000);
    expect([room.status.get(), room.ended]).toEqual(["connecting", null]);
    socket.answer("room:join", () => joinReply(0));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(room.status.get()).toBe("online");
  });

  test("holds back what is written before it has joined", async () => {
    socket.answer("room:post", () => ({ seq: 3, at: 3, hash: hashOf(3) }));
    const room = client.openRoom({ room: "lobby" });
    const said = [room.say("one"), room.say("two")];
    socket.accept();
    await Promise.all(said);
    expect(socket.sent.map(({ event }) => event)).toEqual(["room:join", "room:post", "room:post"]);
    expect(socket.sentOf("room:post").map(({ body }) => body)).toEqual([{ text: "one" }, { text: "two" }]);
  });

  test("joins again in another way, even in the way it had before", async () => {
    const room = await openLobby();
    socket.answer("room:join", () => joinReply(2, { recovered: true, seat: 1 }));
    await room.rejoin({ as: "player" });
    await room.rejoin({ as: "player" });
    expect(socket.sentOf("room:join").slice(1)).toMatchObject([{ as: "player" }, { as: "player" }]);
    expect(room.seat).toBe(1);
  });

  test("ends with the connection", async () => {
    const room = await openLobby();
    socket.say("closing", { reason: "revoked", reconnect: false });
    socket.drop("io server disconnect");
    await settle();
    expect([room.ended, room.error?.reason]).toEqual(["revoked", "revoked"]);
  });
});
