// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Past } from "../../../src/games/any/past.js";

const TYPES = ["room.created", "chat.message", "game.seated", "chat.message", "game.action", "game.ended"];
let asked: string[];
let refusal: object | null;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  refusal = null;
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url);
    const { pathname, searchParams } = new URL(url, "http://here");
    if (refusal) return new Response(JSON.stringify({ error: refusal }), { status: 404 });
    const entries = TYPES.map((type, at) => ({ seq: at + 1, type, body: {}, author: "", at: 0 }));
    const at = Number(searchParams.get("at"));
    const said = pathname.endsWith("/entries") ? { entries } : { first: 1, head: TYPES.length, state: { at } };
    return new Response(JSON.stringify(said));
  });
});
afterEach(() => (vi.useRealTimers(), vi.unstubAllGlobals()));

const past = (): Past => new Past("hall", () => TYPES.length);
const passed = (): Promise<unknown> => vi.advanceTimersByTimeAsync(200);

test("an entry is shown with its state and the one before", async () => {
  const one = past();
  one.go(3);
  await passed();
  expect(one.moment.value).toMatchObject({
    seq: 3,
    state: { at: 3 },
    before: { at: 2 },
    entry: { type: "game.seated" },
  });
});

test("a slider that moves on asks for the last place alone, and a state once", async () => {
  const one = past();
  for (const seq of [5, 4, 3]) one.go(seq);
  await passed();
  one.go(2);
  await passed();
  expect(asked.filter((url) => url.includes("/state")).map((url) => url.split("=")[1])).toEqual(["3", "2", "1"]);
});

test("steps go over talk, to the first entry and back to now", async () => {
  const one = past();
  const seen: (number | null)[] = [];
  for (const by of [-1, -1, -1, -1, 1, 1, 1] as const) {
    await one.step(by);
    await passed();
    seen.push(one.at.value);
  }
  expect(seen).toEqual([5, 3, 1, 1, 3, 5, null]);
});

test("play runs from the beginning to now by itself, and pause holds it", async () => {
  const one = past();
  one.play();
  await passed();
  expect(one.at.value).toBe(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(one.at.value).toBe(3);
  one.pause();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(one.at.value).toBe(3);
  one.play();
  await vi.advanceTimersByTimeAsync(5_000);
  expect([one.at.value, one.playing.value]).toEqual([null, false]);
});

test("what is not kept any more moves to the first entry that is", async () => {
  const one = past();
  refusal = {
    code: "not_found",
    reason: "not_kept",
    message: "Gone.",
    retryable: false,
    details: { first: 4, head: 6 },
  };
  one.go(2);
  await vi.advanceTimersByTimeAsync(90);
  refusal = null;
  await passed();
  expect([one.first.value, one.at.value]).toEqual([1, 4]); // the server says now that all is kept
});

test("a refusal that may pass is told, and tried again after its time", async () => {
  const one = past();
  refusal = { code: "rate_limited", message: "Slow down.", retryable: true, retryAfter: 3_000 };
  one.go(3);
  await passed();
  expect([one.problem.value, one.moment.value]).toEqual(["Slow down.", null]);
  refusal = null;
  await vi.advanceTimersByTimeAsync(3_000);
  expect([one.problem.value, one.moment.value?.seq]).toEqual(["", 3]);
});

test("an answer that comes after going back to now is not shown", async () => {
  const one = past();
  one.go(3);
  await vi.advanceTimersByTimeAsync(80);
  one.live();
  await passed();
  expect([one.at.value, one.moment.value]).toEqual([null, null]);
});
