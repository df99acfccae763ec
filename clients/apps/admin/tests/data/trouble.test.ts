import { expect, test } from "vitest";
import { findTroubles } from "../../src/data/trouble.js";
import type { Chain, HourSample, Overview, Webhook } from "../../src/data/types.js";

const OVERVIEW = { now: { redis: "up" } } as Overview;
const endpoint = { name: "a", healthy: true, head: 1, errors: 0, lastError: "", latencyMs: 1 };
const CHAIN = {
  chain: 10,
  state: "following",
  reason: "",
  lagSeconds: 0,
  lagBlocks: 0,
  endpoints: [endpoint, endpoint],
  outbox: { waiting: 0, parked: 0, delivered: 0 },
} as unknown as Chain;

const told = (chain: Partial<Chain>): string[] =>
  findTroubles(OVERVIEW, [], [{ ...CHAIN, ...chain }], []).map(({ what }) => what);

test("nothing is wrong while a chain is followed and every endpoint answers", () => {
  expect(told({})).toEqual([]);
});

test("a halted chain is told with its reason, and endpoints that are down", () => {
  expect(told({ state: "halted", reason: "finalized blocks differ" })).toEqual([
    "Chain 10 is halted: finalized blocks differ",
  ]);
  expect(told({ endpoints: [endpoint, { ...endpoint, healthy: false }] })).toEqual([
    "1 of 2 endpoints of chain 10 are down.",
  ]);
  expect(told({ outbox: { waiting: 0, parked: 3, delivered: 0 } })).toEqual([
    "3 events of chain 10 could not be delivered.",
  ]);
});

test("a chain that does not move is told with how far it is behind, and once where it is halted", () => {
  expect(told({ state: "lagging", lagSeconds: 120, lagBlocks: 9 })).toEqual([]);
  expect(told({ state: "lagging", lagSeconds: 180, lagBlocks: 1 })).toEqual([
    "Chain 10 has not moved for 3 min; it is 1 block behind.",
  ]);
  expect(told({ state: "halted", reason: "x", lagSeconds: 180, lagBlocks: 9 })).toHaveLength(1);
});

const CALM = { commitP99Ms: 4, storeWaiting: 0, loopLagMs: 1, ackP99Ms: null } as HourSample;

test.each([
  ["commitP99Ms", 250, "The database is slow: one commit in a hundred takes 300 ms or more."],
  ["storeWaiting", 1_000, "1,200 writes or more wait for the database."],
  ["loopLagMs", 250, "The event loop stands still for 300 ms and more."],
  ["ackP99Ms", 500, "One answer in a hundred takes 600 ms or more."],
] as const)("%s above %i is told once it lasted three samples", (figure, limit, words) => {
  const found = (...values: (number | null)[]): string[] => {
    const hour = [CALM, ...values.map((value) => ({ ...CALM, [figure]: value }))];
    return findTroubles(OVERVIEW, hour, [], []).map(({ what }) => what);
  };
  const much = limit * 1.2;
  expect(found(much, much * 2, much)).toEqual([words]);
  expect(found(limit, limit, limit)).toEqual([]);
  expect(found(much, much)).toEqual([]);
  expect(found(much, null, much)).toEqual([]);
  expect(found(much, much, much, 0)).toEqual([]);
});

test("Redis that is down is told, and none is no trouble", () => {
  const found = (redis: "none" | "up" | "down") => findTroubles({ ...OVERVIEW, now: { redis } }, [], [], []);
  expect(found("down").map(({ what }) => what)).toEqual(["Redis does not answer."]);
  expect([...found("none"), ...found("up")]).toEqual([]);
});

test("what a webhook gave up is told with the first error", () => {
  const entry = { room: "lobby", seq: 4, at: 1, error: "answered 500" };
  const hook = (...parked: Webhook["parked"]) => ({ name: "search", parked }) as Webhook;
  const found = findTroubles(OVERVIEW, [], [], [hook(), hook(entry), hook(entry, { ...entry, error: "later" })]);
  expect(found.map(({ what, page }) => [what, page])).toEqual([
    ["1 entry for the webhook search was given up: answered 500", "webhooks"],
    ["2 entries for the webhook search were given up: answered 500", "webhooks"],
  ]);
});

test("before anything is known nothing is wrong", () => {
  expect(findTroubles(null, [], [CHAIN], [])).toEqual([]);
});
