import { afterEach, describe, expect, test, vi } from "vitest";
import type { ConnectOptions } from "../../src/index.js";
import { ParlourError } from "../../src/index.js";
import { openClient, settle, type Harness } from "../harness.js";

let open: Harness;

afterEach(() => open.close());

async function openWith(token: ConnectOptions["token"]): Promise<Harness["socket"]> {
  open = await openClient({ token } as ConnectOptions);
  return open.socket;
}

function expire(): void {
  open.socket.say("closing", { reason: "expired", reconnect: false });
  open.socket.drop("io server disconnect");
}

describe("a token", () => {
  test("is sent as it is, and nothing by a guest", async () => {
    expect((await openWith("t1")).auth).toEqual({ token: "t1", protocol: 1, features: ["frames", "steps"] });
    open.close();
    expect((await openWith(undefined)).auth).toEqual({ protocol: 1, features: ["frames", "steps"] });
  });

  test("is asked for before every socket, which waits for it", async () => {
    const tokens = ["t1", "t2"];
    const socket = await openWith(() => new Promise((resolve) => setTimeout(() => resolve(tokens.shift()), 5_000)));
    expect(socket.connects).toBe(0);
    await vi.advanceTimersByTimeAsync(5_000);
    expect([socket.connects, socket.auth]).toEqual([1, { token: "t1", protocol: 1, features: ["frames", "steps"] }]);
    socket.accept();
    socket.drop();
    await vi.advanceTimersByTimeAsync(6_000);
    expect([socket.connects, socket.auth]).toEqual([2, { token: "t2", protocol: 1, features: ["frames", "steps"] }]);
  });

  test("that cannot be had is asked for again, and the error hook is told", async () => {
    const wrong = new Error("no storage");
    let asked = 0;
    const socket = await openWith(() => {
      if (asked++ === 0) throw wrong;
      return "t1";
    });
    expect([open.errors, open.client.status.get()]).toEqual([[wrong], "offline"]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([asked, socket.connects]).toEqual([2, 1]);
  });

  test("that is refused for good closes the connection", async () => {
    const refusal = new ParlourError({ code: "nonce", message: "Too late.", retryable: false });
    await openWith(() => Promise.reject(refusal));
    expect([open.client.status.get(), open.client.error]).toEqual(["closed", refusal]);
  });

  test("that expired is followed by a newer one", async () => {
    const tokens = ["t1", "t2", "t2"];
    const socket = await openWith(() => tokens.shift());
    socket.accept();
    expire();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([socket.connects, socket.auth]).toEqual([2, { token: "t2", protocol: 1, features: ["frames", "steps"] }]);
  });

  test("that expired and has no newer one ends the connection", async () => {
    const socket = await openWith("t1");
    socket.accept();
    expire();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([open.client.status.get(), open.client.error?.reason, socket.connects]).toEqual(["closed", "expired", 1]);
    expect(open.client.error?.message).toBe("The server has ended this session: expired.");
  });

  test("that is unknown to the server is followed by a newer one, once", async () => {
    let number = 1;
    const ended: string[] = [];
    const socket = await openWith({ token: () => `t${number}`, tokenEnded: (token) => ended.push(token) && number++ });
    const refuse = (): void =>
      socket.say("connect_error", Object.assign(new Error("who?"), { data: { code: "unauthorized" } }));
    refuse();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([socket.connects, socket.auth]).toEqual([2, { token: "t2", protocol: 1, features: ["frames", "steps"] }]);
    refuse();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([open.client.status.get(), socket.connects, ended]).toEqual(["closed", 2, ["t1", "t2"]]);
  });

  test("that was signed out is not asked for again", async () => {
    const ended: string[] = [];
    const socket = await openWith({ token: () => "t1", tokenEnded: (token) => ended.push(token) });
    socket.accept();
    socket.say("closing", { reason: "signed_out", reconnect: false });
    socket.drop("io server disconnect");
    await settle();
    expect([open.client.status.get(), ended]).toEqual(["closed", ["t1"]]);
  });
});
