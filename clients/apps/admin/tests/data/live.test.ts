// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { follow, isTold, listen, type LiveSocket } from "../../src/data/live.js";
import { paused } from "../../src/data/paused.js";

/** A socket that is open once it is asked to be, and writes down what it is sent. */
class Wire implements LiveSocket {
  connected = false;
  readonly sent: unknown[] = [];
  private readonly listeners = new Map<string, (value: never) => void>();

  on(event: string, listener: (value: never) => void): void {
    this.listeners.set(event, listener);
  }
  emit(event: string, value: object): void {
    this.sent.push([event, value]);
  }
  connect(): void {
    this.connected = true;
    this.happens("connect");
  }
  disconnect(): void {
    this.connected = false;
  }
  happens(event: string, value?: unknown): void {
    this.listeners.get(event)?.(value as never);
  }
}

let wires: Wire[];
const open = async (): Promise<Wire> => {
  wires.push(new Wire());
  return wires.at(-1)!;
};

beforeEach(() => {
  wires = [];
  vi.useFakeTimers();
  vi.stubGlobal("fetch", async () => Response.json({}, { status: 401 }));
});
afterEach(() => {
  paused.value = true;
  paused.value = false;
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("what is followed is asked for once, told to all who follow it, and let go with the last of them", async () => {
  const told: unknown[] = [];
  const ends = [1, 2].map((who) => follow("rooms", (data) => told.push([who, data])));
  await listen(open);
  await listen(open);
  expect(wires).toHaveLength(1);
  const [wire] = wires as [Wire];
  wire.happens("console", { what: "rooms", data: "news" });
  wire.happens("console", { what: "audit", data: "not followed" });
  expect(told).toEqual([
    [1, "news"],
    [2, "news"],
  ]);
  const last = follow("audit", () => undefined);
  [...ends, last].forEach((end) => end());
  expect(wire.sent).toEqual([
    ["console:follow", { what: "rooms" }],
    ["console:follow", { what: "audit" }],
    ["console:unfollow", { what: "rooms" }],
    ["console:unfollow", { what: "audit" }],
  ]);
});

test("news counts for six seconds", async () => {
  await listen(open);
  expect(isTold()).toBe(false);
  wires[0]!.happens("console", { what: "overview", data: {} });
  expect(isTold()).toBe(true);
  vi.advanceTimersByTime(6_000);
  expect(isTold()).toBe(false);
});

test.each([
  ["connect_error", { message: "forbidden" }],
  ["disconnect", "io server disconnect"],
  ["console", { what: "overview", error: { code: "unavailable" } }],
])("after %s nothing is told, and the socket is tried again ten seconds after the last try", async (event, value) => {
  await listen(open);
  wires[0]!.happens("console", { what: "overview", data: {} });
  wires[0]!.happens(event, value);
  expect([isTold(), wires[0]!.connected]).toEqual([false, false]);
  await listen(open);
  expect(wires).toHaveLength(1);
  vi.advanceTimersByTime(10_000);
  await listen(open);
  expect(wires).toHaveLength(2);
});

test("a console that is paused lets its socket go, and has another as soon as it goes on", async () => {
  await listen(open);
  wires[0]!.happens("console", { what: "overview", data: {} });
  paused.value = true;
  expect([isTold(), wires[0]!.connected]).toEqual([false, false]);
  await listen(open);
  expect(wires).toHaveLength(1);
  paused.value = false;
  await listen(open);
  expect(wires).toHaveLength(2);
});
