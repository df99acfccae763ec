import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { pause } from "../../src/connection/retry.js";
import { connect, ParlourError, type Client } from "../../src/index.js";
import { ALICE, FakeSocket } from "../fake-socket.js";
import { openClient, settle, type Harness } from "../harness.js";

let open: Harness;
let socket: FakeSocket;
let client: Client;

beforeEach(async () => {
  open = await openClient();
  ({ socket, client } = open);
});

afterEach(() => open.close());

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

  test("waits as long as the application says", async () => {
    open.close();
    open = await openClient({ retry: { first: 10, longest: 40 } });
    for (let attempt = 0; attempt < 4; attempt++) {
      open.socket.say("connect_error", new Error("xhr poll error"));
      await vi.advanceTimersByTimeAsync(40);
    }
    expect(open.socket.connects).toBe(5);
  });

  test("dials at once when the network is back, unless the server asked for a pause", async () => {
    let wake = (): void => undefined;
    vi.stubGlobal("addEventListener", (event: string, listener: () => void) => event === "online" && (wake = listener));
    const other = await openClient();
    other.socket.accept();
    other.socket.drop();
    wake();
    await settle();
    expect(other.socket.connects).toBe(2);
    other.socket.accept();
    other.socket.say("closing", { reason: "draining", reconnect: true, retryAfter: 8_000 });
    other.socket.drop();
    wake();
    await settle();
    expect(other.socket.connects).toBe(2);
    other.client.close();
    vi.unstubAllGlobals();
  });

  test("opens no socket before it is used", async () => {
    const unused = new FakeSocket();
    const lazy = connect({ createSocket: () => unused });
    expect([lazy.status.get(), lazy.me.get()]).toEqual(["connecting", null]);
    await settle();
    expect(unused.connects).toBe(0);
    lazy.status.subscribe(() => undefined);
    await settle();
    expect(unused.connects).toBe(1);
    lazy.close();
  });

  test("sends a request again after a lost connection, unless that could make two rooms", async () => {
    socket.accept();
    const members = client.request("room:members", { room: "lobby" });
    const unnamed = expect(client.request("room:create", { kind: "chat" })).rejects.toMatchObject({
      reason: "disconnected",
    });
    socket.answer("room:members", () => ({ members: [], cursor: null }));
    await open.comeBack();
    await unnamed;
    expect(await members).toEqual({ members: [], cursor: null });
    expect(socket.sent.map(({ event }) => event)).toEqual(["room:members", "room:create", "room:members"]);
  });

  test("draws an id that starts with the account where the server asks for that", async () => {
    socket.accept();
    socket.refuse("room:create", { code: "forbidden", reason: "room_ids" });
    const created = client.createRoom({ kind: "chat" }).catch((error: unknown) => error);
    await settle();
    expect(await created).toMatchObject({ reason: "room_ids" });
    expect(socket.sentOf("room:create").map(({ id }) => String(id).startsWith(`${ALICE}.`))).toEqual([false, true]);
  });

  test("hears no answer that comes after a request was given up", async () => {
    const acks: ((ack: object) => void)[] = [];
    socket.emit = (_event, _payload, ack) => void acks.push(ack!);
    socket.accept();
    const lobby = client.lobby();
    await vi.advanceTimersByTimeAsync(10_000);
    acks[0]!({ ok: true, rooms: [{ id: "late" }], cursor: null });
    expect(lobby.rooms.get()).toEqual([]);
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
    expect([open.errors, seen]).toEqual([[mine], ["online"]]);
  });
});
