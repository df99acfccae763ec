import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { pause } from "../../src/connection/retry.js";
import { ParlourError, type Client } from "../../src/index.js";
import { ALICE, type FakeSocket } from "../fake-socket.js";
import { openClient, type Harness } from "../harness.js";

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
